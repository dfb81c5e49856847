/** Arguments → the requests a call would send. Pure: nothing is sent, nothing is read. */
import { canonicalJson } from '../../base/json.js';
import { inSlices } from '../../base/slices.js';
import type { ApiRequest } from '../../cloudflare/api.js';
import { costOf, ITEMS_PER_CALL, itemsPerRequest, rateOf } from '../../cloudflare/limits.js';
import { InputError } from '../../errors.js';
import type { Route, RoutedOperation, Split, ZoneRef } from '../../operations/operation.js';
import { formatNumber } from '../../operations/wording.js';

/** A request of a plan, with how many items of which kind it carries. */
export interface PlannedRequest extends ApiRequest {
	readonly kind?: string;
	/** The items it carries; none for a request that is no part of a list. */
	readonly items: readonly unknown[];
}

/** All requests of a call, in the order they are sent. They share method and path. */
export interface Plan {
	readonly requests: readonly [PlannedRequest, ...PlannedRequest[]];
	/** Items by kind, duplicates removed. */
	readonly items: Readonly<Record<string, number>>;
	/** How many items were given more than once. */
	readonly duplicates: number;
}

type Args = Readonly<Record<string, unknown>>;

/** The requests of an operation with a route. `plan` is the zone's plan, which decides how lists are split. */
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

/** The request of an operation that splits nothing. */
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
	return { method, path, query, ...(hasBody && { body }), items: [] };
}

/** The plan for the rest of a call: `left` are its requests that were not done, as they were planned. */
export function planRest(
	operation: RoutedOperation,
	args: Args,
	zone: ZoneRef,
	left: readonly { readonly kind: string; readonly items: readonly unknown[] }[],
): Plan {
	const { method, path, query } = fillRoute(operation.route, args, zone);
	const items: Record<string, number> = {};
	const requests = left.map(({ kind, items: part }): PlannedRequest => {
		items[kind] = (items[kind] ?? 0) + part.length;
		return { method, path, query, body: operation.split?.[kind]?.(part), kind, items: part };
	});
	const [first, ...others] = requests;
	if (!first) throw new TypeError('an unfinished call with nothing left');
	return { requests: [first, ...others], items, duplicates: 0 };
}

/** The lists of a plan by their kind, as they are sent. */
export function listsOf({ requests }: Plan): Record<string, readonly unknown[]> {
	const lists: Record<string, unknown[]> = {};
	for (const { kind, items } of requests) if (kind !== undefined) lists[kind] = [...(lists[kind] ?? []), ...items];
	return lists;
}

/** What a plan takes from the purge buckets, and how long it lasts when they are full at its start. */
export interface Estimate {
	readonly seconds: number;
	readonly tokens: Readonly<Record<string, number>>;
}

/** The estimate of a plan of purges; undefined for operations that draw from no bucket. */
export function estimate({ requests }: Plan, operation: RoutedOperation, zonePlan: string): Estimate | undefined {
	if (!operation.repeatable) return undefined;
	const tokens: Record<string, number> = {};
	let seconds = 0;
	for (const { kind, items } of requests) {
		const cost = costOf(kind, items.length);
		const taken = (tokens[cost.group] ?? 0) + cost.tokens;
		tokens[cost.group] = taken;
		const { refillPerSecond, burst } = rateOf(cost.group, zonePlan);
		seconds = Math.max(seconds, Math.ceil((taken - burst) / refillPerSecond));
	}
	return { seconds, tokens };
}

async function splitRequests(
	split: Split,
	base: Omit<ApiRequest, 'body'>,
	args: Args,
	zonePlan: string,
): Promise<Plan> {
	const requests: PlannedRequest[] = [];
	const items: Record<string, number> = {};
	let duplicates = 0;
	for (const [kind, toBody] of Object.entries(split)) {
		const given = (args[kind] as unknown[] | undefined) ?? [];
		if (given.length === 0) continue;
		const unique = await dedupe(given);
		duplicates += given.length - unique.length;
		items[kind] = unique.length;
		const size = itemsPerRequest(kind, zonePlan);
		for (let start = 0; start < unique.length; start += size) {
			const part = unique.slice(start, start + size);
			requests.push({ ...base, body: toBody(part), kind, items: part });
		}
	}
	const total = Object.values(items).reduce((sum, amount) => sum + amount, 0);
	if (total > ITEMS_PER_CALL)
		throw new InputError(
			`${formatNumber(total)} items are more than the ${formatNumber(ITEMS_PER_CALL)} that one call may bring.`,
			{
				advice: 'Send them in several calls, or purge by prefix, host or tag.',
			},
		);
	const [first, ...others] = requests;
	if (!first) throw new TypeError('a split operation without items: its check must refuse that');
	return { requests: [first, ...others], items, duplicates };
}

/**
 * Puts arguments into a route string: `{name}` is one encoded path segment, `[…]` falls away when its argument is absent.
 * `rest` holds the arguments that the path did not take. Throws on a value that could change the path's shape.
 */
export function fillRoute(
	route: Route,
	args: Args,
	zone: ZoneRef | undefined,
): Omit<ApiRequest, 'body'> & { rest: Record<string, unknown> } {
	const { method, pieces, query } = parseRoute(route);
	const rest: Record<string, unknown> = {};
	for (const name in args) if (args[name] !== undefined) rest[name] = args[name];
	let path = '';
	for (const { before, name, after, optional } of pieces) {
		const value = name === 'zone_id' ? zone?.id : rest[name];
		if (value === undefined && optional) continue;
		path += before + (name === '' ? '' : toSegment(name, value)) + after;
		delete rest[name];
	}
	return { method, path, query, rest };
}

function toSegment(name: string, value: unknown): string {
	if (typeof value !== 'string' || value === '' || value === '.' || value === '..')
		throw new TypeError(`path argument ${name} is not a usable segment`);
	return encodeURIComponent(value);
}

/** A route, taken apart. */
interface ParsedRoute {
	readonly method: ApiRequest['method'];
	/** Text around at most one argument each; an empty name takes none. */
	readonly pieces: readonly { before: string; name: string; after: string; optional: boolean }[];
	readonly query: Readonly<Record<string, string>>;
}

/** Taken apart once: it takes longer than to fill one. */
const parsed = new Map<Route, ParsedRoute>();

function parseRoute(route: Route): ParsedRoute {
	const known = parsed.get(route);
	if (known) return known;
	const [method, target = ''] = route.split(' ') as [ApiRequest['method'], string];
	const [template = '', query = ''] = target.split('?');
	const pieces = [...template.matchAll(/\[([^\]{]*)\{(\w+)\}([^\]]*)\]|\{(\w+)\}|[^[{]+/g)].map(
		([text, before = '', inner, after = '', outer]) =>
			inner !== undefined
				? { before, name: inner, after, optional: true }
				: { before: outer === undefined ? text : '', name: outer ?? '', after: '', optional: false },
	);
	const result: ParsedRoute = { method, pieces, query: Object.fromEntries(new URLSearchParams(query)) };
	parsed.set(route, result);
	return result;
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
