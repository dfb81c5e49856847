/** How counts, lists and changed values are put into words, the same in every summary. */
const KINDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
	urls: ['URL', 'URLs'],
	files: ['URL with headers', 'URLs with headers'],
	tags: ['tag', 'tags'],
	hosts: ['host', 'hosts'],
	prefixes: ['prefix', 'prefixes'],
	mappings: ['mapping', 'mappings'],
	origin_ips: ['origin IP', 'origin IPs'],
	zones: ['zone', 'zones'],
};

/** `1 tag`, `250 URLs`; kinds are the names of lists. */
export function formatCount(amount: number, kind: string): string {
	const [one, many] = KINDS[kind] ?? [kind, kind];
	return `${formatNumber(amount)} ${amount === 1 ? one : many}`;
}

/** `1,234,567`. */
export function formatNumber(amount: number): string {
	return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `250 URLs, 3 tags and 1 host`, without the kinds that are empty. */
export function formatCounts(items: Readonly<Record<string, number>>): string {
	const parts = Object.entries(items)
		.filter(([, amount]) => amount > 0)
		.map(([kind, amount]) => formatCount(amount, kind));
	// Not Intl.ListFormat: loading its data costs as much time as the rest of the start.
	return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts.join();
}

/** Rows up to `limit` characters, cut at a whole row; `rest` says how to get the others. */
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

/** `off → on`, `on (as before)`, or only the new value when the old one could not be read. */
export function formatTransition(before: string | null | undefined, after: string): string {
	if (before === undefined) return `now ${after}`;
	if (before === null) return `not set → ${after}`;
	return before === after ? `${after}, as before` : `${before} → ${after}`;
}
