/** Lists and reads what a client may read beside calling tools. */
import { quote } from '../base/sanitize.js';
import type { AuditEntry } from '../call/audit-entry.js';
import type { Deps } from '../call/context.js';
import { KEEP_HOURS } from '../call/unfinished.js';
import { Failure } from '../errors.js';
import type { Caller } from './caller.js';
import { INVALID_PARAMS, ProtocolError } from './json-rpc.js';
import { invalidParams, type Loaded, type Params, type Served } from './methods.js';
import type { Result } from './requests.js';
import { readView, VIEW_TYPE, VIEW_URI } from './view.js';

/** Longest URI that an error repeats whole. */
const MAX_URI_CHARACTERS = 2_048;

/** What resources and templates show of themselves. */
interface Shown {
	readonly name: string;
	readonly title: string;
	readonly description: string;
	readonly mimeType: string;
	/** What the host of a view is told. */
	readonly _meta?: { readonly ui: object };
}

/** One resource, as resources/list shows it, with the function that reads it. */
interface Resource extends Shown {
	readonly uri: string;
	read(deps: Deps): string | Promise<string>;
}

/** A view needs no other host, so that the host of the view lets it connect to none. */
const VIEW_META = { ui: { csp: {}, prefersBorder: true } };

/** Resources of one form, as resources/templates/list shows them. Each variable stands for one segment of the URI. */
interface ResourceTemplate extends Shown {
	readonly uriTemplate: string;
	/** Reads the resource that the variables name. Throws where there is none. */
	read(variables: Readonly<Record<string, string>>, loaded: Loaded, caller: Caller): Promise<string>;
}

/** All resources in listing order. */
const RESOURCES: readonly Resource[] = [
	{
		uri: 'cf-cache://audit/recent',
		name: 'audit_recent',
		title: 'Recent changes',
		description:
			'The last 50 audit records of your calls: each call that could change something, with zone, consent and outcome.',
		mimeType: 'application/json',
		read: ({ audit, settings }) =>
			JSON.stringify(settings.isShared ? audit.recent().map(withoutServer) : audit.recent(), null, 1),
	},
	{
		uri: 'cf-cache://purges/unfinished',
		name: 'purges_unfinished',
		title: 'Unfinished purges',
		description: `Purges of the last ${KEEP_HOURS} hours that are not finished, each with the handle that finishes it.`,
		mimeType: 'application/json',
		read: async ({ unfinished }) => JSON.stringify(await unfinished.list(), null, 1),
	},
	{
		uri: 'cf-cache://snapshots',
		name: 'snapshots',
		title: 'Snapshots',
		description: 'Snapshots of cache settings, newest first. `before` names the change that a snapshot undoes.',
		mimeType: 'application/json',
		read: async ({ snapshots }) => JSON.stringify(await snapshots.list(), null, 1),
	},
	{
		uri: 'cf-cache://guides/cache-statuses',
		name: 'guide_cache_statuses',
		title: 'Guide to cache statuses',
		description: 'What each value of CF-Cache-Status means, and what to do about it.',
		mimeType: 'text/markdown',
		read: async () => (await import('../call/guides.js')).printStatusGuide(),
	},
	{
		uri: 'cf-cache://guides/error-codes',
		name: 'guide_error_codes',
		title: "Guide to Cloudflare's error codes",
		description: 'What each error code of the cache API means here, and what to do next.',
		mimeType: 'text/markdown',
		read: async () => (await import('../call/guides.js')).printErrorGuide(),
	},
	{
		uri: VIEW_URI,
		name: 'zone_view',
		title: 'Cache of a zone, as a picture',
		description:
			'What clients with views show for cache_overview and cache_analytics: the tiers, findings, and hit ratio.',
		mimeType: VIEW_TYPE,
		_meta: VIEW_META,
		read: readView,
	},
];

/** All templates in listing order. */
const TEMPLATES: readonly ResourceTemplate[] = [
	{
		uriTemplate: 'cf-cache://zones/{zone}/overview',
		name: 'zone_overview',
		title: 'Cache settings of a zone',
		description: 'All cache settings of a zone, as cache_overview shows them.',
		mimeType: 'application/json',
		read: async ({ zone = '' }, { deps, callTool }, caller) => {
			const { isError, content, structuredContent } = await callTool(
				deps,
				{ name: 'cache_overview', args: { zone } },
				caller,
			);
			if (isError) throw new ProtocolError(INVALID_PARAMS, content[0].text);
			return JSON.stringify(structuredContent, null, 1);
		},
	},
	{
		uriTemplate: 'cf-cache://snapshots/{snapshot}',
		name: 'snapshot',
		title: 'A snapshot',
		description: 'All of a snapshot, by its id. cache_restore takes it back as it is.',
		mimeType: 'application/json',
		read: async ({ snapshot = '' }, { deps }) => {
			try {
				return JSON.stringify(await deps.snapshots.load(snapshot), null, 1);
			} catch (error) {
				throw error instanceof Failure ? new ProtocolError(INVALID_PARAMS, error.message) : error;
			}
		},
	},
];

/** What callers elsewhere may read: the process, the user and the machine of a shared server are the operator's business. */
function withoutServer({ pid: _, user: __, host: ___, ...entry }: AuditEntry): unknown {
	return entry;
}

/** The resources as resources/list shows them. */
export function listResources(): readonly unknown[] {
	return RESOURCES.map(({ read: _, ...shown }) => shown);
}

/** The templates as resources/templates/list shows them. */
export function listTemplates(): readonly unknown[] {
	return TEMPLATES.map(({ read: _, ...shown }) => shown);
}

/** The names of the variables of a template; undefined where there is no such template. */
export function variablesOf(uriTemplate: string): readonly string[] | undefined {
	if (!TEMPLATES.some((template) => template.uriTemplate === uriTemplate)) return undefined;
	return [...uriTemplate.matchAll(VARIABLE)].map(([, name = '']) => name);
}

/** Answers resources/read. */
export async function readResource({ uri }: Params, caller: Caller, served: Served): Promise<Result> {
	if (typeof uri !== 'string') throw invalidParams('resources/read', 'uri must be a string');
	const { load, toOutput } = served;
	const resource = RESOURCES.find((one) => one.uri === uri);
	if (resource) return contents(uri, resource, toOutput(await resource.read((await load()).deps)));
	for (const template of TEMPLATES) {
		const variables = matchTemplate(template.uriTemplate, uri);
		if (variables) return contents(uri, template, toOutput(await template.read(variables, await load(), caller)));
	}
	const data = uri.length <= MAX_URI_CHARACTERS ? { uri } : undefined;
	throw new ProtocolError(INVALID_PARAMS, `There is no resource ${quote(toOutput(uri))}.`, data);
}

const contents = (uri: string, { mimeType, _meta }: Shown, text: string): Result => ({
	contents: [{ uri, mimeType, text, ...(_meta && { _meta }) }],
});

const VARIABLE = /\{(\w+)\}/g;

/** The variables with which a template gives this URI; undefined where it does not. */
function matchTemplate(uriTemplate: string, uri: string): Record<string, string> | undefined {
	const names = [...uriTemplate.matchAll(VARIABLE)].map(([, name = '']) => name);
	// The split leaves only literal text: slashes, colons, letters and hyphens.
	const pattern = uriTemplate.split(/\{\w+\}/).join('([^/?#]+)');
	const found = new RegExp(`^${pattern}$`).exec(uri);
	try {
		return found
			? Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')]))
			: undefined;
	} catch {
		// A percent sign that encodes nothing names no resource.
		return undefined;
	}
}
