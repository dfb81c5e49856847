/** Arguments → the requests a call would send. Pure: nothing is sent, nothing is read. */
import type { ApiRequest } from '../cloudflare/client.js';
import { itemsPerRequest } from '../cloudflare/limits.js';
import type { Route, RoutedOperation, Split, ZoneRef } from '../operations/operation.js';

/** A request of a plan, with how many items of which kind it carries. */
export interface PlannedRequest extends ApiRequest {
	readonly kind?: string;
	readonly amount: number;
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
export function planRequests(
	operation: RoutedOperation,
	args: Args,
	zone: ZoneRef | undefined,
	plan: string,
	current?: unknown,
): Plan {
	const { method, path, query, rest } = fillRoute(operation.route, { ...args, ...(zone && { zone_id: zone.id }) });
	const base = { method, path, query };
	if (operation.split) return splitRequests(operation.split, base, args, plan);
	if (method === 'GET') {
		const own = operation.query ? operation.query(args as never) : rest;
		return single({ ...base, query: { ...query, ...toQuery(own) }, amount: 1 });
	}
	const body = operation.body ? operation.body(args as never, current as never) : rest;
	const hasBody = operation.body !== undefined || method !== 'DELETE' || Object.keys(rest).length > 0;
	return single({ ...base, ...(hasBody && { body }), amount: 1 });
}

function single(request: PlannedRequest): Plan {
	return { requests: [request], items: {}, duplicates: 0 };
}

function splitRequests(split: Split, base: Omit<ApiRequest, 'body'>, args: Args, plan: string): Plan {
	const requests: PlannedRequest[] = [];
	const items: Record<string, number> = {};
	let duplicates = 0;
	for (const [kind, toBody] of Object.entries(split)) {
		const given = (args[kind] as unknown[] | undefined) ?? [];
		const unique = [...new Map(given.map((item) => [canonicalJson(item), item])).values()];
		if (unique.length === 0) continue;
		duplicates += given.length - unique.length;
		items[kind] = unique.length;
		const size = itemsPerRequest(kind, plan);
		for (let start = 0; start < unique.length; start += size) {
			const part = unique.slice(start, start + size);
			requests.push({ ...base, body: toBody(part), kind, amount: part.length });
		}
	}
	const [first, ...others] = requests;
	if (!first) throw new TypeError('a split operation without items: its check must refuse that');
	return { requests: [first, ...others], items, duplicates };
}

/**
 * Puts arguments into a route string: `{name}` is one encoded path segment, `[…]` falls away when its argument is absent.
 * `rest` holds the arguments that the path did not take. Throws on a value that could change the path's shape.
 */
export function fillRoute(route: Route, args: Args): Omit<ApiRequest, 'body'> & { rest: Record<string, unknown> } {
	const [method, target = ''] = route.split(' ') as [ApiRequest['method'], string];
	const [template = '', literalQuery = ''] = target.split('?');
	const rest: Record<string, unknown> = Object.fromEntries(
		Object.entries(args).filter(([, value]) => value !== undefined),
	);
	const fill = (text: string) =>
		text.replace(/\{(\w+)\}/g, (_, name: string) => {
			const value = rest[name];
			delete rest[name];
			if (typeof value !== 'string' || value === '' || value === '.' || value === '..')
				throw new TypeError(`path argument ${name} is not a usable segment`);
			return encodeURIComponent(value);
		});
	const path = template
		.replace(/\[([^\]]*\{(\w+)\}[^\]]*)\]/g, (_, part: string, name: string) => (name in rest ? part : ''))
		.replace(/[^/]+/g, fill);
	return { method, path, query: Object.fromEntries(new URLSearchParams(literalQuery)), rest };
}

function toQuery(args: Args): Record<string, string> {
	return Object.fromEntries(
		Object.entries(args)
			.filter(([, value]) => value !== undefined)
			.map(([name, value]) => [name, String(value)]),
	);
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === 'object' && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
}
