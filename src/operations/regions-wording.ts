/** Puts mappings into words: lists and batches in groups of one line each, and what a batch did. */
import { quote, showIp } from '../base/sanitize.js';
import { canonicalIp } from './fields.js';
import { describeRegion, type Located } from './mapping.js';
import type { ZoneRef } from './operation.js';
import { formatCount, formatNumber, formatTransition, type ListSummary } from './wording.js';

/** What became of one mapping of a batch. */
type BatchItem = Located & { error?: string | undefined; kept?: boolean | undefined };

/** Failed items that are shown with their reason. The rest is counted. */
const MAX_FAILURES_SHOWN = 10;
/** Applied items that are shown. More are only counted, because the caller has the list. */
const MAX_APPLIED_SHOWN = 20;
/** Addresses of one group of a preview. The rest is counted, because the caller has the list. */
const MAX_PREVIEWED = 10;

/** One line for each vendor and region: `aws us-east-1 (2): 192.0.2.1, 192.0.2.2`. */
export function groupByRegion(mappings: readonly Located[]): string[] {
	const groups = group(mappings.map((item) => [describeRegion(item), item.origin_ip]));
	return [...groups].map(([where, ips]) => `${where} (${ips.length}): ${ips.join(', ')}`);
}

/** One line for each region that a batch sets, and what it replaces: `aws us-east-1 → gcp us-central1 (1): 192.0.2.1`. */
export function previewUpdate(mappings: readonly Located[], stored: readonly unknown[] | undefined): string[] {
	const before = stored && regionsOf(stored);
	return formatGroups(
		mappings.map((item) => {
			const old = before && (before.get(item.origin_ip) ?? null);
			return [old === undefined ? describeRegion(item) : formatTransition(old, describeRegion(item)), item.origin_ip];
		}),
	);
}

/** One line for each region that a batch deletes from; none where the mappings could not be read. */
export function previewDeletion(ips: readonly string[], stored: readonly unknown[] | undefined): string[] {
	if (!stored) return [];
	const before = regionsOf(stored);
	return formatGroups(ips.map((ip) => [before.get(ip) ?? 'no mapping', ip]));
}

/** The region of each address, in words. */
function regionsOf(stored: readonly unknown[]): ReadonlyMap<string, string> {
	return new Map((stored as Located[]).map((item) => [canonicalIp(item.origin_ip), describeRegion(item)]));
}

function formatGroups(items: readonly (readonly [where: string, ip: string])[]): string[] {
	return [...group(items)].map(([where, ips]) => {
		const hidden = ips.length - MAX_PREVIEWED;
		const rest = hidden > 0 ? ` and ${formatNumber(hidden)} more` : '';
		return `${where} (${formatNumber(ips.length)}): ${ips.slice(0, MAX_PREVIEWED).join(', ')}${rest}`;
	});
}

function group(items: readonly (readonly [where: string, ip: string])[]): Map<string, string[]> {
	const groups = new Map<string, string[]>();
	for (const [where, ip] of items) {
		const ips = groups.get(where) ?? [];
		ips.push(showIp(ip));
		groups.set(where, ips);
	}
	return groups;
}

/** `Failed 192.0.2.1. Cloudflare kept aws us-east-1.` */
function describeFailed(item: BatchItem): string {
	const ip = showIp(item.origin_ip);
	if (item.kept) return `Failed ${ip}. Cloudflare kept ${describeRegion(item)}.`;
	return `Failed ${ip}. ${item.error ? `Cloudflare said: ${quote(item.error)}` : 'Cloudflare gave no reason'}.`;
}

/** `Set 3 mappings of example.com; 1 failed.`, then the failed items and the applied ones. */
export function describeBatch(
	verb: string,
	zone: ZoneRef,
	{ succeeded, failed }: { readonly succeeded: readonly Located[]; readonly failed: readonly BatchItem[] },
): ListSummary {
	const hidden = failed.length - MAX_FAILURES_SHOWN;
	return {
		sentences: [
			`${verb} ${formatCount(succeeded.length, 'mappings')} of ${zone.name}${failed.length > 0 ? `; ${failed.length} failed` : ''}.`,
		],
		rows: [
			...failed.slice(0, MAX_FAILURES_SHOWN).map(describeFailed),
			...(hidden > 0 ? [`… and ${hidden} more failed.`] : []),
			...(succeeded.length <= MAX_APPLIED_SHOWN ? groupByRegion(succeeded) : []),
		],
	};
}
