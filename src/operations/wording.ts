/** Puts counts, lists and changed values into words, in the same way in every answer. */
import type { PageInfo } from '../base/page-info.js';

/** The nouns of what is counted. */
const NOUNS: Readonly<Record<string, readonly [one: string, many: string]>> = {
	urls: ['URL', 'URLs'],
	files: ['URL with headers', 'URLs with headers'],
	tags: ['tag', 'tags'],
	hosts: ['host', 'hosts'],
	prefixes: ['prefix', 'prefixes'],
	mappings: ['mapping', 'mappings'],
	origin_ips: ['origin IP', 'origin IPs'],
	zones: ['zone', 'zones'],
	environments: ['environment', 'environments'],
	regions: ['region', 'regions'],
};

/** `1 tag`, `250 URLs`. A kind of item is the name of a list argument. */
export function formatCount(amount: number, kind: string): string {
	const [one, many] = NOUNS[kind] ?? [kind, kind];
	return `${formatNumber(amount)} ${amount === 1 ? one : many}`;
}

/** `1,234,567`: a number with thousands separators. */
export function formatNumber(amount: number): string {
	return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `250 URLs, 3 tags and 1 host`, without the kinds that are empty. */
export function formatCounts(items: Readonly<Record<string, number>>): string {
	const parts = Object.entries(items)
		.filter(([, amount]) => amount > 0)
		.map(([kind, amount]) => formatCount(amount, kind));
	return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts.join();
}

/** `, page 1 of 3; next: page 2`, or nothing on the last page. */
export function formatPages({ page = 1, total_pages: pages = 1 }: PageInfo = {}): string {
	return page < pages ? `, page ${page} of ${pages}; next: page ${page + 1}` : '';
}

/** Joins rows up to `limit` characters and leaves out whole rows. `rest` tells how many, and how to get them. */
export function joinRows(lines: readonly string[], rest: (left: number) => string, limit = 8_000): string {
	const kept: string[] = [];
	let length = 0;
	for (const line of lines) {
		length += line.length + 1;
		if (length > limit) return [...kept, rest(lines.length - kept.length)].join('\n');
		kept.push(line);
	}
	return kept.join('\n');
}

/** `off → on` or `on (unchanged)`. Without an old value: `not set → on` for null, `now on` when it was not read. */
export function formatTransition(before: string | null | undefined, after: string): string {
	if (before === undefined) return `now ${after}`;
	if (before === null) return `not set → ${after}`;
	return before === after ? `${after} (unchanged)` : `${before} → ${after}`;
}
