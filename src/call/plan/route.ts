/** Fills the route of an operation with the arguments of a call. */
import type { ApiRequest } from '../../cloudflare/api.js';
import type { Route, ZoneRef } from '../../operations/operation.js';

/** Arguments by name. */
export type Args = Readonly<Record<string, unknown>>;

/** Method, path and query of a route, and in `rest` the arguments that its path did not take. */
type FilledRoute = Omit<ApiRequest, 'body'> & { readonly rest: Record<string, unknown> };

const PLACEHOLDER = /\[([^\]{]*)\{(\w+)\}([^\]]*)\]|\{(\w+)\}/g;

/**
 * Puts arguments into a route string: `{name}` is one encoded path segment, `[…]` is left out when its argument is absent.
 * Throws a TypeError on a value that could change the shape of the path.
 */
export function fillRoute(route: Route, args: Args, zone: ZoneRef | undefined): FilledRoute {
	const [method, target = ''] = route.split(' ') as [ApiRequest['method'], string];
	const [template = '', query = ''] = target.split('?');
	const rest: Record<string, unknown> = {};
	for (const name in args) if (args[name] !== undefined) rest[name] = args[name];
	const path = template.replace(PLACEHOLDER, (_, before = '', optional, after = '', required) => {
		const name: string = optional ?? required;
		const value = name === 'zone_id' ? zone?.id : rest[name];
		if (value === undefined && optional !== undefined) return '';
		delete rest[name];
		return before + toSegment(name, value) + after;
	});
	return { method, path, query: Object.fromEntries(new URLSearchParams(query)), rest };
}

/** One encoded path segment. Encoding leaves dots alone, so `.` and `..` would climb out of the path. */
function toSegment(name: string, value: unknown): string {
	if (typeof value !== 'string' || value === '' || value === '.' || value === '..')
		throw new TypeError(`path argument ${name} is not a usable segment`);
	return encodeURIComponent(value);
}
