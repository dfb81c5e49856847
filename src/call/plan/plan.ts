/** Plans the requests of a call, without sending or reading anything. */
import { canonicalJson } from '../../base/json.js';
import { inSlices } from '../../base/slices.js';
import type { ApiRequest } from '../../cloudflare/api.js';
import { ITEMS_PER_CALL, itemsPerRequest } from '../../cloudflare/limits.js';
import { InputError } from '../../errors.js';
import type { RoutedOperation, Split, ZoneRef } from '../../operations/operation.js';
import { formatNumber } from '../../operations/wording.js';
import { type Args, fillRoute } from './route.js';

/** A request of a plan. */
export interface PlannedRequest extends ApiRequest {
	/** The kind of its items: the name of the list argument they come from. */
	readonly kind?: string;
	/** The items it carries; empty for a request that is not part of a list. */
	readonly items: readonly unknown[];
}

/** All requests of a call, in their order. They share method and path, but for those of a call in steps. */
export interface Plan {
	readonly requests: readonly [PlannedRequest, ...PlannedRequest[]];
	/** Items by kind, duplicates removed. */
	readonly items: Readonly<Record<string, number>>;
	/** How many items were given more than once. */
	readonly duplicates: number;
}

/**
 * The plan of an operation with a route. `zonePlan` decides how lists are split; `current` is the value that a change
 * replaces. Throws an InputError above ITEMS_PER_CALL items.
 */
export async function planRequests(
	operation: RoutedOperation,
	args: Args,
	zone: ZoneRef,
	zonePlan: string,
	current?: unknown,
): Promise<Plan> {
	if (!operation.split) return { requests: [planRequest(operation, args, zone, current)], items: {}, duplicates: 0 };
	const { method, path, query } = fillRoute(operation.route, args, zone);
	return splitRequests(operation.split, { method, path, query }, args, zonePlan);
}

/** The one request of an operation that does not split lists. */
export function planRequest(
	operation: RoutedOperation,
	args: Args,
	zone: ZoneRef | undefined,
	current?: unknown,
): PlannedRequest {
	const { method, path, query, rest } = fillRoute(operation.route, args, zone);
	if (method === 'GET') {
		const own = operation.query ? operation.query(args as never) : rest;
		return { method, path, query: { ...query, ...toQuery(own) }, items: [] };
	}
	const body = operation.body ? operation.body(args as never, current as never) : rest;
	const hasBody = operation.body !== undefined || method !== 'DELETE' || Object.keys(rest).length > 0;
	const reads = operation.danger === 'read';
	return { method, path, query, ...(hasBody && { body }), ...(reads && { reads }), items: [] };
}

/** The plan that finishes a call. `remaining` are the requests of its first plan that are not done. */
export function planRest(
	operation: RoutedOperation,
	args: Args,
	zone: ZoneRef,
	remaining: readonly { readonly kind: string; readonly items: readonly unknown[] }[],
): Plan {
	const { method, path, query } = fillRoute(operation.route, args, zone);
	const requests = remaining.map(
		({ kind, items }): PlannedRequest => ({ method, path, query, body: operation.split?.[kind]?.(items), kind, items }),
	);
	const [first, ...others] = requests;
	if (!first) throw new TypeError('an unfinished call without remaining requests');
	return { requests: [first, ...others], items: countItems(requests), duplicates: 0 };
}

/** The items of requests by their kind, as they are sent. */
export function listsOf(
	requests: readonly Pick<PlannedRequest, 'kind' | 'items'>[],
): Record<string, readonly unknown[]> {
	const lists: Record<string, unknown[]> = {};
	for (const { kind, items } of requests) {
		if (kind === undefined) continue;
		lists[kind] ??= [];
		lists[kind].push(...items);
	}
	return lists;
}

/** How many items of each kind the requests carry. */
export function countItems(requests: readonly PlannedRequest[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { kind, items } of requests) if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + items.length;
	return counts;
}

/** Throws an InputError when `total` items are more than one call may carry. */
export function refuseLongCall(total: number): void {
	if (total <= ITEMS_PER_CALL) return;
	throw new InputError(`${formatNumber(total)} items exceed the limit of ${formatNumber(ITEMS_PER_CALL)} per call.`, {
		advice: 'Send them in several calls, or purge by prefix, host or tag.',
	});
}

/** The sum of counts by kind. */
export function totalOf(counts: Readonly<Record<string, number>>): number {
	return Object.values(counts).reduce((total, amount) => total + amount, 0);
}

async function splitRequests(
	split: Split,
	{ method, path, query }: Omit<ApiRequest, 'body'>,
	args: Args,
	zonePlan: string,
): Promise<Plan> {
	const requests: PlannedRequest[] = [];
	let duplicates = 0;
	for (const [kind, toBody] of Object.entries(split)) {
		const given = (args[kind] as unknown[] | undefined) ?? [];
		const unique = await dedupe(given);
		duplicates += given.length - unique.length;
		const size = itemsPerRequest(kind, zonePlan);
		for (let start = 0; start < unique.length; start += size) {
			const items = unique.slice(start, start + size);
			requests.push({ method, path, query, body: toBody(items), kind, items });
		}
	}
	const items = countItems(requests);
	const total = totalOf(items);
	refuseLongCall(total);
	const [first, ...others] = requests;
	if (!first) throw new TypeError('a split operation without items: its check must refuse that');
	return { requests: [first, ...others], items, duplicates };
}

function toQuery(args: Args): Record<string, string> {
	return Object.fromEntries(
		Object.entries(args)
			.filter(([, value]) => value !== undefined)
			.map(([name, value]) => [name, String(value)]),
	);
}

/** The first of equal items, in order. */
async function dedupe(items: readonly unknown[]): Promise<unknown[]> {
	const seen = new Set<string>();
	const unique: unknown[] = [];
	for await (const slice of inSlices(items))
		for (const item of slice) {
			const key = typeof item === 'string' ? item : canonicalJson(item);
			if (seen.has(key)) continue;
			seen.add(key);
			unique.push(item);
		}
	return unique;
}
