/** Defines purge and invalidate: the first removes content from the cache, the second only marks it stale. */
import { z } from '../zod.js';
import { cacheKeyHeaders } from './cache-key-headers.js';
import { bounded, identifier, list, shorthand } from './fields.js';
import { defineOperation, type Outcome, type ZoneRef } from './operation.js';
import { host, prefix, tag, url } from './purge-items.js';
import { formatCounts } from './wording.js';

const family = { toolset: 'purge', permission: 'Cache Purge', repeatable: true } as const;

const file = shorthand(
	z
		.object({
			url: url.describe('Absolute URL'),
			headers: cacheKeyHeaders.optional(),
		})
		.strict(),
	'url',
);

/** Longest path of an operating system. */
const MAX_PATH_CHARACTERS = 4_096;

const selectors = {
	urls: list(url).describe('Absolute URLs with query, as visitors request them').optional(),
	files: list(file).describe('URLs whose cache key has headers').optional(),
	tags: list(tag).describe('Cache-Tag values, one per item').optional(),
	hosts: list(host).describe('Whole sites, e.g. www.example.com').optional(),
	prefixes: list(prefix).describe('Everything below, e.g. www.example.com/blog').optional(),
	urls_file: bounded(MAX_PATH_CHARACTERS)
		.describe('Text file, one URL per line; relative to --files-root or the first root')
		.optional(),
};

const environmentId = identifier('Environment: its `ref` in environments_list');
/** Each kind of selector → the body of a request. `urls` and `files` are the same field of the API. */
const split = {
	urls: (files: readonly unknown[]) => ({ files }),
	files: (files: readonly unknown[]) => ({ files }),
	tags: (tags: readonly unknown[]) => ({ tags }),
	hosts: (hosts: readonly unknown[]) => ({ hosts }),
	prefixes: (prefixes: readonly unknown[]) => ({ prefixes }),
};
const everything = () => ({ purge_everything: true });
/** The answer to every purge and invalidation. The id is not a job's: nothing can be polled. */
const accepted = z.object({ id: z.string() }).passthrough().nullable();
const example = { tags: ['a-cache-tag', 'another-cache-tag'] };
const environmentExample = '023e105f4ecef8ad9ca31a8372d0c353';

function requireSelector(args: Record<string, unknown>): string | undefined {
	const kinds = Object.keys(selectors);
	return kinds.some((kind) => args[kind] !== undefined)
		? undefined
		: `Nothing was selected. Give at least one of ${kinds.join(', ')}.`;
}

/** A file without headers is a URL. So is one that came as a plain text, as Cloudflare's own examples write it. */
function canonicalize<Args extends { urls?: string[] | undefined; files?: z.output<typeof file>[] | undefined }>({
	files,
	...args
}: Args) {
	const withHeaders = files?.filter(({ headers }) => headers !== undefined) ?? [];
	const plain = files?.filter(({ headers }) => headers === undefined) ?? [];
	return {
		...args,
		...(plain.length > 0 && { urls: [...(args.urls ?? []), ...plain.map((one) => one.url)] }),
		...(withHeaders.length > 0 && { files: withHeaders }),
	};
}

/** What the functions below read of the arguments of a purge or an invalidation. */
interface Selection {
	environment_id?: string | undefined;
	urls?: readonly string[] | undefined;
	files?: readonly { url: string }[] | undefined;
	hosts?: readonly string[] | undefined;
	prefixes?: readonly string[] | undefined;
}

/** Yields the host of every URL, host and prefix, because a zone can purge only its own content. */
function* hostsOf({
	urls = [],
	files = [],
	hosts = [],
	prefixes = [],
}: Selection): Generator<readonly [string, number, string]> {
	for (const [at, one] of urls.entries()) yield ['urls', at, hostOf(one)];
	for (const [at, { url }] of files.entries()) yield ['files', at, hostOf(url)];
	for (const [at, one] of hosts.entries()) yield ['hosts', at, one];
	for (const [at, one] of prefixes.entries()) yield ['prefixes', at, one.split('/', 1)[0] ?? ''];
}

/** The host of a URL that `normalizeUrl` has made canonical. A call may bring 100,000, so it is cut out without a URL parser. */
const hostOf = (url: string) => url.slice(url.indexOf('/') + 2).replace(/[:/].*$/s, '');

/** `example.com`, or `environment 023e… of example.com`. */
const describePlace = (zone: ZoneRef, environment?: string) =>
	environment ? `environment ${environment} of ${zone.name}` : zone.name;

/** `Cloudflare accepted the purge of 250 URLs of example.com in 3 requests. …`, and what the next request gets. */
function describeAccepted(
	what: string,
	next: string,
	{ args, zone, items, requests }: Outcome<Selection, unknown>,
): string {
	const how = requests > 1 ? ` in ${requests} requests` : '';
	return `Cloudflare accepted the ${what} of ${formatCounts(items)} of ${describePlace(zone, args.environment_id)}${how}. It does not report what was cached.\n${next}`;
}

const NEXT_REVALIDATE = 'The next request is revalidated with the origin (CF-Cache-Status: REVALIDATED or EXPIRED).';

/** With Tiered Cache, a lower tier shows EXPIRED after a purge by anything but URLs (Cloudflare's pages on each kind). */
function describePurge(outcome: Outcome<Selection, unknown>): string {
	const { tags, hosts, prefixes } = outcome.items;
	const status = tags || hosts || prefixes ? 'MISS, or EXPIRED with Tiered Cache' : 'MISS';
	return describeAccepted('purge', `The next request goes to the origin (CF-Cache-Status: ${status}).`, outcome);
}

const describeInvalidation = (outcome: Outcome<Selection, unknown>) =>
	describeAccepted('invalidation', NEXT_REVALIDATE, outcome);

const purgeCache = defineOperation({
	name: 'purge_cache',
	title: 'Purge cached content',
	description:
		"Purges chosen content everywhere. Use urls for pages (Vary versions go along), tags or prefixes for groups, hosts for whole sites. urls leave versions by device, country, language or custom key: give their headers in files, or use tags. Only urls and files free Cache Reserve's storage. invalidate_cache spares the origin. Cannot be undone.",
	...family,
	danger: 'change',
	route: 'POST /zones/{zone_id}/purge_cache',
	input: z.object(selectors).strict(),
	split,
	canonicalize,
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
		'Purges everything cached for the zone, in all environments. The origin then gets every request, and may not cope. Prefer purge_cache or invalidate_everything. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}/purge_cache',
	input: z.object({}).strict(),
	body: everything,
	output: accepted,
	consequence: (_, zone) =>
		`Deletes everything cached for ${zone.name} (${zone.plan}), in every data centre and environment. Expect full load on your origin.`,
	summarize: ({ zone }) =>
		`Cloudflare accepted the purge of everything cached for ${zone.name}, in all environments. It cannot be undone.\nExpect full load on the origin until the cache has refilled.`,
	example: {},
});

const purgeEnvironment = defineOperation({
	name: 'purge_environment',
	title: 'Purge cached content of one environment',
	description:
		'Purges chosen content of one Version Management environment (Enterprise). urls and files fail where it selects by IP, country, ASN or threat score. Cannot be undone.',
	...family,
	danger: 'change',
	route: 'POST /zones/{zone_id}/environments/{environment_id}/purge_cache',
	input: z.object({ environment_id: environmentId, ...selectors }).strict(),
	split,
	canonicalize,
	check: requireSelector,
	hosts: hostsOf,
	output: accepted,
	summarize: describePurge,
	example: { environment_id: environmentExample, ...example },
});

const purgeEnvironmentEverything = defineOperation({
	name: 'purge_environment_everything',
	title: 'Purge everything of one environment',
	description:
		'Purges everything cached for one Version Management environment (Enterprise). The origin then gets its requests, and may not cope. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}/environments/{environment_id}/purge_cache',
	input: z.object({ environment_id: environmentId }).strict(),
	body: everything,
	output: accepted,
	consequence: ({ environment_id }, zone) =>
		`Deletes everything cached for ${describePlace(zone, environment_id)} (${zone.plan}), in every data centre. Expect full load on its origin.`,
	summarize: ({ args, zone }) =>
		`Cloudflare accepted the purge of everything cached for ${describePlace(zone, args.environment_id)}. It cannot be undone.`,
	example: { environment_id: environmentExample },
});

const invalidateCache = defineOperation({
	name: 'invalidate_cache',
	title: 'Invalidate cached content',
	description:
		'Marks chosen content stale: the next request asks the origin, and a 304 keeps the copy. Gentle after a deploy if the origin sends ETag or Last-Modified. For content that must not be served again (leak, legal) use purge_cache. Cannot be undone.',
	...family,
	danger: 'change',
	route: 'POST /zones/{zone_id}[/environments/{environment_id}]/invalidate_cache',
	input: z.object({ ...selectors, environment_id: environmentId.optional() }).strict(),
	split,
	canonicalize,
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
		'Marks everything cached for the zone or one environment stale: the origin is asked about each object that is requested. Prefer invalidate_cache. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}[/environments/{environment_id}]/invalidate_cache',
	input: z.object({ environment_id: environmentId.optional() }).strict(),
	body: everything,
	output: accepted,
	consequence: ({ environment_id }, zone) =>
		`Marks everything cached for ${describePlace(zone, environment_id)} (${zone.plan}) as stale, in every data centre. Expect a revalidation at your origin for every object that is requested.`,
	summarize: ({ args, zone }) =>
		`Cloudflare accepted the invalidation of everything cached for ${describePlace(zone, args.environment_id)}. It cannot be undone.\n${NEXT_REVALIDATE}`,
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
