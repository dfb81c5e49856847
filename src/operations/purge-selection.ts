/** Defines what a purge or an invalidation selects: its arguments, the bodies they become and the hosts they name. */
import { checksumOf } from '../base/checksum.js';
import { z } from '../zod.js';
import { cacheKeyHeaders } from './cache-key-headers.js';
import { bounded, list, shorthand } from './fields.js';
import { host, prefix, tag, url } from './purge-items.js';
import { formatCounts } from './wording.js';

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

/** The arguments that select content. */
export const selectors = {
	urls: list(url).describe('Absolute URLs with query, as visitors request them').optional(),
	files: list(file).describe('URLs whose cache key has headers').optional(),
	tags: list(tag).describe('Cache-Tag values, one per item').optional(),
	hosts: list(host).describe('Whole sites, e.g. www.example.com').optional(),
	prefixes: list(prefix).describe('Everything below, e.g. www.example.com/blog').optional(),
	urls_file: bounded(MAX_PATH_CHARACTERS)
		.describe('Text file, one URL per line, relative to --files-root or the first root')
		.optional(),
};

/** Each kind of selector → the body of a request. `urls` and `files` are the same field of the API. */
export const split = {
	urls: (files: readonly unknown[]) => ({ files }),
	files: (files: readonly unknown[]) => ({ files }),
	tags: (tags: readonly unknown[]) => ({ tags }),
	hosts: (hosts: readonly unknown[]) => ({ hosts }),
	prefixes: (prefixes: readonly unknown[]) => ({ prefixes }),
};

/** What is wrong with a call that selects nothing. */
export function requireSelector(args: Record<string, unknown>): string | undefined {
	const kinds = Object.keys(selectors);
	return kinds.some((kind) => args[kind] !== undefined)
		? undefined
		: `Nothing was selected. Give at least one of ${kinds.join(', ')}.`;
}

/** A file without headers is a URL. So is one that came as a plain text, as Cloudflare's own examples write it. */
export function canonicalize<
	Args extends { urls?: string[] | undefined; files?: z.output<typeof file>[] | undefined },
>({ files, ...args }: Args) {
	const withHeaders = files?.filter(({ headers }) => headers !== undefined) ?? [];
	const plain = files?.filter(({ headers }) => headers === undefined) ?? [];
	return {
		...args,
		...(plain.length > 0 && { urls: [...(args.urls ?? []), ...plain.map((one) => one.url)] }),
		...(withHeaders.length > 0 && { files: withHeaders }),
	};
}

/** What the functions below read of the arguments of a purge or an invalidation. */
export interface Selection {
	environment_id?: string | undefined;
	urls?: readonly string[] | undefined;
	files?: readonly { url: string }[] | undefined;
	tags?: readonly string[] | undefined;
	hosts?: readonly string[] | undefined;
	prefixes?: readonly string[] | undefined;
}

/** Yields the host of every URL, host and prefix, because a zone can purge only its own content. */
export function* hostsOf({
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

/** Everything selected that is a whole host: the hosts, and as `prefix www.example.com/` the prefixes without a path. */
export function wholeHostsOf({ hosts = [], prefixes = [] }: Selection): string[] {
	return [...hosts, ...prefixes.filter(isWholeHost).map((prefix) => `prefix ${prefix}`)];
}

/** Whether a prefix has no path, or one that Cloudflare's normalization of URLs turns into `/`. */
function isWholeHost(prefix: string): boolean {
	const slash = prefix.indexOf('/');
	const path = slash < 0 ? '' : prefix.slice(slash);
	if (/^\/*$/.test(path)) return true;
	// A call may bring 100,000 prefixes, so only those with a dot segment are parsed.
	if (!/\/(\.|%2e)/i.test(path)) return false;
	return /^\/*$/.test(new URL(`http://host.example${path}`).pathname);
}

/** What is selected beside whole hosts, with a checksum, because it is only counted. Undefined where there is nothing else. */
export function describeOthers({ urls = [], files = [], tags = [], prefixes = [] }: Selection): string | undefined {
	const others = { urls, files, tags, prefixes: prefixes.filter((prefix) => !isWholeHost(prefix)) };
	const counts = Object.fromEntries(Object.entries(others).map(([kind, items]) => [kind, items.length]));
	const text = formatCounts(counts);
	return text && `${text} (checksum ${checksumOf(others)})`;
}
