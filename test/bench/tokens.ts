/** Measures the tokens section: o200k tokens of the tools as listed and of some answers, by the built command. */

import { OPERATIONS } from '../../src/operations/index.js';
import { startSandbox } from '../../src/sandbox/server.js';
import api from '../cloudflare/openapi.json' with { type: 'json' };
import { ZONE_NAME } from './answers.js';
import { MAPPINGS } from './regions.js';
import type { RowId } from './rows.js';
import type { Section } from './section.js';
import { callOf, listTools, readResult, type Server } from './server.js';
import { SUBJECTS } from './subjects.js';
import { startUpstream } from './upstream.js';

/** Id of a row of this section. */
export type TokenRow = Extract<RowId, `tokens.${string}`>;

interface Tool {
	name: string;
	description: string;
	inputSchema: unknown;
}

interface Answer {
	content: { text: string }[];
	structuredContent?: unknown;
	isError?: boolean;
}

/** A call by its tool and its arguments besides the zone. */
type Call = readonly [tool: string, args?: Record<string, unknown>];

const URLS = Array.from({ length: 5_000 }, (_, at) => `https://${ZONE_NAME}/articles/of-the-day/${at}`);

/** What makes the answers as long as they get without a finding: a zone on which all is set that goes together. */
const PREPARATION: readonly Call[] = [
	['tiered_cache_edit', { value: 'on' }],
	['smart_tiered_cache_edit', { value: 'on' }],
	['regional_tiered_cache_edit', { value: 'on' }],
	['variants_edit', { mode: 'merge', value: { jpeg: ['image/webp'], jpg: ['image/webp'], png: ['image/webp'] } }],
	['cache_reserve_edit', { value: 'off' }],
	['origin_cloud_regions_bulk_update', { mappings: MAPPINGS.map(({ modified_on: _, ...mapping }) => mapping) }],
];

/** The calls to the sandbox whose answers are counted in both sights. */
const SANDBOX_CALLS = {
	setting: ['cache_reserve_get'],
	unset: ['cache_reserve_clear_status'],
	overview: ['cache_overview'],
	purge: ['purge_cache', { urls: URLS }],
	confirm: ['purge_everything'],
	mappings: ['origin_cloud_regions_list', { per_page: 100 }],
} as const satisfies Record<string, Call>;

/** Gives the names of the tools that send one of the 22 documented operations. */
function documentedTools(): Set<string> {
	const core = new Set(
		Object.entries(api.paths).flatMap(([path, methods]) =>
			Object.entries(methods as Record<string, { 'x-scope'?: string }>)
				.filter(([, operation]) => operation['x-scope'] === 'core')
				.map(([method]) => `${method.toUpperCase()} ${path}`),
		),
	);
	if (core.size !== 22) throw new Error(`${core.size} operations are marked as documented, not 22`);
	return new Set(OPERATIONS.filter(({ route }) => route !== undefined && core.has(route)).map(({ name }) => name));
}

/** Counts the tokens of every row. Throws when a call does not end as expected. */
export async function measureTokens(): Promise<Record<TokenRow, number>> {
	// Loaded here because it is large and most sections do without it.
	const { encode } = await import('gpt-tokenizer/encoding/o200k_base');
	const count = (value: unknown) => encode(typeof value === 'string' ? value : JSON.stringify(value)).length;
	return { ...(await measureUpstream(count)), ...(await measureSandbox(count)) } as Record<TokenRow, number>;
}

type Count = (value: unknown) => number;

/** The catalogue, and answers in a form that the sandbox does not give. The last one is a refusal of the API. */
async function measureUpstream(count: Count): Promise<Partial<Record<TokenRow, number>>> {
	const cost = (tools: readonly Tool[]) =>
		tools.reduce((sum, { name, description, inputSchema }) => sum + count({ name, description, inputSchema }), 0);
	const upstream = await startUpstream();
	const whole = SUBJECTS.ours(upstream.url);
	const purging = SUBJECTS.ours(upstream.url, ['--toolsets', 'purge']);
	try {
		const all = await toolsOf(whole);
		const documented = documentedTools();
		return {
			'tokens.documented': cost(all.filter(({ name }) => documented.has(name))),
			'tokens.all': cost(all),
			'tokens.purge-tools': cost(await toolsOf(purging)),
			'tokens.regions': count((await ask(whole, ['origin_cloud_regions_supported'])).text),
			'tokens.error': count((await ask(whole, ['variants_get'], { fails: true })).text),
		};
	} finally {
		await whole.kill();
		await purging.kill();
		await upstream.close();
	}
}

/** Answers of the product with the sandbox as API. */
async function measureSandbox(count: Count): Promise<Record<string, number>> {
	const sandbox = await startSandbox();
	const server = SUBJECTS.ours(sandbox.url);
	const counts: Record<string, number> = {};
	try {
		await toolsOf(server);
		for (const call of PREPARATION) await ask(server, call);
		for (const [row, call] of Object.entries<Call>(SANDBOX_CALLS)) {
			const { text, structured } = await ask(server, call);
			counts[`tokens.${row}`] = count(text);
			counts[`tokens.${row}-structured`] = count(structured);
		}
		return counts;
	} finally {
		await server.kill();
		await sandbox.close();
	}
}

async function toolsOf(server: Server): Promise<Tool[]> {
	return readResult<{ tools: Tool[] }>(await listTools(server)).tools;
}

async function ask(
	server: Server,
	[tool, args]: Call,
	{ fails = false } = {},
): Promise<{ text: string; structured: unknown }> {
	const params = callOf(tool, { zone: ZONE_NAME, ...args });
	const {
		content,
		structuredContent,
		isError = false,
	} = readResult<Answer>(await server.ask('tools/call', params).answer);
	const text = content.map((part) => part.text).join('\n');
	if (isError !== fails) throw new Error(`${tool} answered: ${text}`);
	return { text, structured: structuredContent };
}

export const tokens: Section = async ({ report }) => {
	for (const [row, count] of Object.entries(await measureTokens())) report(row as TokenRow, count);
};
