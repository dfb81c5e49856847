/** Puts counts, lists and changed values into words, in the same way in every answer. */
import { formatNumber } from '../base/amounts.js';
import { checksumOf } from '../base/checksum.js';
import type { PageInfo } from '../base/page-info.js';

export { formatNumber } from '../base/amounts.js';

/** The nouns of what is counted. */
const NOUNS: Readonly<Record<string, readonly [one: string, many: string]>> = {
	urls: ['URL', 'URLs'],
	files: ['URL with headers', 'URLs with headers'],
	tags: ['tag', 'tags'],
	hosts: ['host', 'hosts'],
	whole_hosts: ['whole host', 'whole hosts'],
	prefixes: ['prefix', 'prefixes'],
	mappings: ['mapping', 'mappings'],
	origin_ips: ['origin IP', 'origin IPs'],
	zones: ['zone', 'zones'],
	environments: ['environment', 'environments'],
	regions: ['region', 'regions'],
	changes: ['change', 'changes'],
	settings: ['setting', 'settings'],
};

/** `1 tag`, `250 URLs`. A kind of item is the name of a list argument. */
export function formatCount(amount: number, kind: string): string {
	const [one, many] = NOUNS[kind] ?? [kind, kind];
	return `${formatNumber(amount)} ${amount === 1 ? one : many}`;
}

/** `250 URLs, 3 tags and 1 host`, without the kinds that are empty. */
export function formatCounts(items: Readonly<Record<string, number>>): string {
	const parts = Object.entries(items)
		.filter(([, amount]) => amount > 0)
		.map(([kind, amount]) => formatCount(amount, kind));
	return formatList(parts);
}

/** `, page 1 of 3; next: page 2`, or nothing on the last page. */
export function formatPages({ page = 1, total_pages: pages = 1 }: PageInfo = {}): string {
	return page < pages ? `, page ${page} of ${pages}; next: page ${page + 1}` : '';
}

/** Items that a list for the user names before it only counts them. */
const MAX_NAMED = 10;

/** `a, b and c`; of a longer list the first ten, how many more there are, and a checksum of all: equal texts mean equal lists. */
export function formatList(items: readonly string[]): string {
	if (items.length > MAX_NAMED) {
		const rest = formatNumber(items.length - MAX_NAMED);
		return `${items.slice(0, MAX_NAMED).join(', ')} and ${rest} more (checksum of all: ${checksumOf(items)})`;
	}
	return items.length > 1 ? `${items.slice(0, -1).join(', ')} and ${items.at(-1)}` : items.join();
}

/** A summary of a list. Structured content takes the sentences alone, because its result has the rows. */
export interface ListSummary {
	/** Full sentences, or a heading. */
	readonly sentences: readonly string[];
	/** One line each. */
	readonly rows: readonly string[];
	/** Says how many rows are left out, and how to get them. */
	rest?(left: number): string;
}

/** A summary as text. Rows beyond `limit` characters are left out whole. */
export function joinRows({ sentences, rows, rest }: ListSummary, limit = 8_000): string {
	const kept = [...sentences];
	let length = sentences.join('\n').length;
	for (const [index, row] of rows.entries()) {
		length += row.length + 1;
		if (length > limit) {
			const left = rows.length - index;
			return [...kept, rest?.(left) ?? `… and ${formatNumber(left)} more.`].join('\n');
		}
		kept.push(row);
	}
	return kept.join('\n');
}

/** `off → on` or `on (unchanged)`. Without an old value: `not set → on` for null, `now on` when it was not read. */
export function formatTransition(before: string | null | undefined, after: string): string {
	if (before === undefined) return `now ${after}`;
	if (before === null) return `not set → ${after}`;
	return before === after ? `${after} (unchanged)` : `${before} → ${after}`;
}
