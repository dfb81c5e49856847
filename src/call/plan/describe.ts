/** Puts a plan into words and into data, for those who decide about it. */
import { quoteJson } from '../../base/sanitize.js';
import { formatCounts } from '../../operations/wording.js';
import type { Estimate } from './estimate.js';
import type { Plan } from './plan.js';

/** The plan as structured content has it. The caller knows the lists, and repeating them would cost tokens. */
export function showPlan({ requests, items }: Plan, groups: readonly string[] = []): Record<string, unknown> {
	const [{ method, path, body, kind }] = requests;
	return {
		method,
		path,
		requests: requests.length,
		...(kind ? { items } : body !== undefined && { body }),
		...(groups.length > 0 && { groups }),
	};
}

/** `POST /zones/…/purge_cache, 250 URLs in 3 requests`. */
export function describePlan({ requests, items, duplicates }: Plan, { hasBody = true } = {}): string {
	const [{ method, path, body, kind }] = requests;
	const what = kind
		? `, ${formatCounts(items)} in ${requests.length} ${requests.length === 1 ? 'request' : 'requests'}`
		: body === undefined || !hasBody
			? ''
			: ` ${quoteJson(body)}`;
	return `${method} ${path}${what}${describeDuplicates(duplicates)}`;
}

/** `; about 12 s …`, or an empty text. */
export function describeEstimate({ requests }: Plan, estimate: Estimate | undefined): string {
	return estimate && requests.length > 1 ? `; about ${estimate.seconds} s at the rate limits of the zone's plan` : '';
}

/** ` (2 duplicates left out)`, or an empty text. */
function describeDuplicates(duplicates: number): string {
	return duplicates > 0 ? ` (${duplicates} duplicate${duplicates === 1 ? '' : 's'} left out)` : '';
}
