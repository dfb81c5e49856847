/** Puts a plan into words and into data, for those who decide about it. */
import { quoteJson } from '../../base/sanitize.js';
import { formatCounts } from '../../operations/wording.js';
import type { Estimate } from './estimate.js';
import { countItems, type Plan, type PlannedRequest } from './plan.js';

/** Requests of one method and path. */
type SameRoute = readonly [PlannedRequest, ...PlannedRequest[]];

/** The plan as structured content has it. A plan with several routes has a list of them. */
export function showPlan({ requests }: Plan, groups: readonly string[] = []): Record<string, unknown> {
	const [first, ...others] = groupByRoute(requests).map(showRoute);
	const shown = others.length === 0 ? first : { requests: requests.length, routes: [first, ...others] };
	return { ...shown, ...(groups.length > 0 && { groups }) };
}

/** `POST /zones/…/purge_cache, 250 URLs in 3 requests`, and so on for each route. */
export function describePlan({ requests, duplicates }: Plan, { hasBody = true } = {}): string {
	const routes = groupByRoute(requests).map((group) => describeRoute(group, hasBody));
	return routes.join('; ') + describeDuplicates(duplicates);
}

function groupByRoute([first, ...others]: SameRoute): SameRoute[] {
	const routes: [PlannedRequest, ...PlannedRequest[]][] = [[first]];
	for (const request of others) {
		const same = routes.find(([{ method, path }]) => method === request.method && path === request.path);
		if (same) same.push(request);
		else routes.push([request]);
	}
	return routes;
}

function showRoute(requests: SameRoute): Record<string, unknown> {
	const [{ method, path, body, kind }] = requests;
	// The caller knows the lists, and repeating them would cost tokens.
	const items = kind !== undefined && { items: countItems(requests) };
	return { method, path, requests: requests.length, ...(items || (body !== undefined && { body })) };
}

function describeRoute(requests: SameRoute, hasBody: boolean): string {
	const [{ method, path, body, kind }] = requests;
	const what = kind
		? `, ${formatCounts(countItems(requests))} in ${requests.length} ${requests.length === 1 ? 'request' : 'requests'}`
		: body === undefined || !hasBody
			? ''
			: ` ${quoteJson(body)}`;
	return `${method} ${path}${what}`;
}

/** ` (2 duplicates left out)`, or an empty text. */
function describeDuplicates(duplicates: number): string {
	return duplicates > 0 ? ` (${duplicates} duplicate${duplicates === 1 ? '' : 's'} left out)` : '';
}

/** `; about 12 s …`, or an empty text. */
export function describeEstimate({ requests }: Plan, estimate: Estimate | undefined): string {
	return estimate && requests.length > 1 ? `; about ${estimate.seconds} s at the rate limits of the zone's plan` : '';
}
