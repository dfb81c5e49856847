/** Purge and invalidate: what leaves the cache, and what is only marked stale. */
import { z } from '../zod.js';
import { identifier, list, normalizeHost, normalizePrefix, normalizeTag, normalizeUrl, text } from './fields.js';
import { defineOperation, type Outcome, type ZoneRef } from './operation.js';
import { formatCounts } from './wording.js';

const family = { toolset: 'purge', permission: 'Cache Purge', repeatable: true } as const;

const url = text(normalizeUrl);
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name');
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must not contain control characters');

const file = z.object({ url, headers: z.record(headerName, headerValue).optional() }).strict();

/** Without descriptions: what they are is said once, at purge_cache, and every fault is answered with what to write instead. */
const selectors = {
	urls: list(url).optional(),
	files: list(file).optional(),
	tags: list(text(normalizeTag)).optional(),
	hosts: list(text(normalizeHost)).optional(),
	prefixes: list(text(normalizePrefix)).optional(),
	urls_file: z.string().optional(),
};
const describedSelectors = {
	urls: selectors.urls.describe('Absolute URLs with query'),
	files: selectors.files.describe('URLs cached by header, e.g. Origin'),
	tags: selectors.tags.describe('Cache-Tag values'),
	hosts: selectors.hosts.describe('Host names'),
	prefixes: selectors.prefixes.describe('host/path, no scheme or query'),
	urls_file: selectors.urls_file.describe('File, a URL a line'),
};

const environmentId = identifier('`ref` of environments_list');
const split = {
	urls: (files: readonly unknown[]) => ({ files }),
	files: (files: readonly unknown[]) => ({ files }),
	tags: (tags: readonly unknown[]) => ({ tags }),
	hosts: (hosts: readonly unknown[]) => ({ hosts }),
	prefixes: (prefixes: readonly unknown[]) => ({ prefixes }),
};
const everything = () => ({ purge_everything: true });
const accepted = z.object({ id: z.string() }).passthrough().nullable();
const example = { tags: ['a-cache-tag', 'another-cache-tag'] };
const environmentExample = '023e105f4ecef8ad9ca31a8372d0c353';

function requireSelector(args: Record<string, unknown>): string | undefined {
	const kinds = Object.keys(selectors);
	return kinds.some((kind) => args[kind] !== undefined)
		? undefined
		: `Nothing was selected. Give at least one of ${kinds.join(', ')}.`;
}

interface Selected {
	urls?: readonly string[] | undefined;
	files?: readonly { url: string }[] | undefined;
	hosts?: readonly string[] | undefined;
	prefixes?: readonly string[] | undefined;
}

/** The host of every URL, host and prefix: content of another zone cannot be purged through this one. */
function* hostsOf({
	urls = [],
	files = [],
	hosts = [],
	prefixes = [],
}: Selected): Generator<readonly [string, number, string]> {
	for (const [at, one] of urls.entries()) yield ['urls', at, hostOf(one)];
	for (const [at, { url }] of files.entries()) yield ['files', at, hostOf(url)];
	for (const [at, one] of hosts.entries()) yield ['hosts', at, one];
	for (const [at, one] of prefixes.entries()) yield ['prefixes', at, one.split('/', 1)[0] ?? ''];
}

/** The host of a canonical URL; a parser would take a hundred times as long, and there may be a hundred thousand. */
const hostOf = (url: string) => url.slice(url.indexOf('/') + 2).replace(/[:/].*$/s, '');

type Accepted = Outcome<{ tags?: unknown; environment_id?: string | undefined }, unknown>;

const place = (zone: ZoneRef, environment?: string) =>
	environment ? `environment ${environment} of ${zone.name}` : zone.name;

function describeSent(verb: string, next: string, { args, zone, items, requests }: Accepted): string {
	const how = requests > 1 ? ` in ${requests} requests` : '';
	return `${verb} ${formatCounts(items)} of ${place(zone, args.environment_id)}${how}; Cloudflare accepted it, which does not prove it was cached.\n${next}`;
}

const NEXT_MISS = 'The next request goes to the origin (CF-Cache-Status: MISS).';
const NEXT_REVALIDATE = 'The next request is revalidated with the origin (REVALIDATED or EXPIRED).';

const describePurge = (outcome: Accepted) => describeSent('Purged', NEXT_MISS, outcome);
const describeInvalidation = (outcome: Accepted) => describeSent('Invalidated', NEXT_REVALIDATE, outcome);

const purgeCache = defineOperation({
	name: 'purge_cache',
	title: 'Purge cached content',
	description:
		'Deletes chosen content from the cache everywhere, Cache Reserve included; all plans. urls for pages, tags or prefixes for groups, hosts for a whole host name. Where content need not vanish, invalidate_cache spares the origin. Cannot be undone.',
	...family,
	danger: 'change',
	route: 'POST /zones/{zone_id}/purge_cache',
	input: z.object(describedSelectors).strict(),
	split,
	check: requireSelector,
	hosts: hostsOf,
	output: accepted,
	summarize: describePurge,
	example,
});

const purgeEverything = defineOperation({
	name: 'purge_everything',
	title: 'Purge everything of a zone',
	description:
		'Deletes everything cached for the zone, all environments. Every request then goes to the origin, which may not bear it: prefer purge_cache or invalidate_everything. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}/purge_cache',
	input: z.object({}).strict(),
	body: everything,
	output: accepted,
	consequence: (_, zone) =>
		`Deletes everything cached for ${zone.name} (${zone.plan}) in every data centre, all environments; expect full load on your origin.`,
	summarize: ({ zone }) =>
		`Purged everything cached for ${zone.name}, all environments; Cloudflare accepted it. It cannot be undone.\nExpect full load on the origin until the cache has refilled.`,
	example: {},
});

const purgeEnvironment = defineOperation({
	name: 'purge_environment',
	title: 'Purge cached content of one environment',
	description:
		'purge_cache for one Version Management environment (Enterprise). Arguments as in purge_cache; URLs fail where it selects by IP, country, ASN or threat score.',
	...family,
	danger: 'change',
	route: 'POST /zones/{zone_id}/environments/{environment_id}/purge_cache',
	input: z.object({ environment_id: environmentId, ...selectors }).strict(),
	split,
	check: requireSelector,
	hosts: hostsOf,
	output: accepted,
	summarize: describePurge,
	example: { environment_id: environmentExample, ...example },
});

const purgeEnvironmentEverything = defineOperation({
	name: 'purge_environment_everything',
	title: 'Purge everything of one environment',
	description: 'purge_everything for one Version Management environment (Enterprise). Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}/environments/{environment_id}/purge_cache',
	input: z.object({ environment_id: environmentId }).strict(),
	body: everything,
	output: accepted,
	consequence: ({ environment_id }, zone) =>
		`Deletes everything cached for environment ${environment_id} of ${zone.name} (${zone.plan}) in every data centre; expect full load on its origin.`,
	summarize: ({ args, zone }) =>
		`Purged everything cached for ${place(zone, args.environment_id)}; Cloudflare accepted it. It cannot be undone.`,
	example: { environment_id: environmentExample },
});

const invalidateCache = defineOperation({
	name: 'invalidate_cache',
	title: 'Invalidate cached content',
	description:
		'Marks chosen content stale: the next request revalidates with the origin, and a 304 keeps the copy. Gentle after a deploy, if the origin sends ETag or Last-Modified. For what must not be served again (leak, legal) use purge_cache. Arguments as in purge_cache. Cannot be undone.',
	...family,
	danger: 'change',
	route: 'POST /zones/{zone_id}[/environments/{environment_id}]/invalidate_cache',
	input: z.object({ ...selectors, environment_id: environmentId.optional() }).strict(),
	split,
	check: requireSelector,
	hosts: hostsOf,
	output: accepted,
	summarize: describeInvalidation,
	example,
});

const invalidateEverything = defineOperation({
	name: 'invalidate_everything',
	title: 'Invalidate everything of a zone',
	description:
		'Marks everything cached for the zone, or one environment, stale. Nothing is deleted, but the origin gets a revalidation for each object requested. Prefer invalidate_cache. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}[/environments/{environment_id}]/invalidate_cache',
	input: z.object({ environment_id: environmentId.optional() }).strict(),
	body: everything,
	output: accepted,
	consequence: ({ environment_id }, zone) =>
		`Marks everything cached for ${place(zone, environment_id)} (${zone.plan}) stale in every data centre; expect a revalidation at your origin for each object requested.`,
	summarize: ({ args, zone }) =>
		`Invalidated everything cached for ${place(zone, args.environment_id)}; Cloudflare accepted it. It cannot be undone.\n${NEXT_REVALIDATE}`,
	example: {},
});

/** The tools of this family, in listing order. */
export const purgeOperations = [
	purgeCache,
	purgeEverything,
	purgeEnvironment,
	purgeEnvironmentEverything,
	invalidateCache,
	invalidateEverything,
];
