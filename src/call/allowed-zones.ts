/** Lists the allowed zones, each looked up by itself, so that nothing of an answer tells of any other zone. */
import { toHostname } from '../base/identifiers.js';
import type { ApiRequest } from '../cloudflare/api.js';
import { CancelledError, Failure } from '../errors.js';
import type { ReadAnswer, RoutedOperation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { keyOf, type ZoneEntry } from '../operations/scope.js';
import { type Call, limitsOf } from './context.js';
import { parseResult } from './summarize.js';

/** Zones on a page, as many as on one of the API. */
const PER_PAGE = 50;
/** Look-ups under way at once. */
const MAX_IN_FLIGHT = 8;

/** A row of the list. */
interface ZoneRow {
	readonly id: string;
	readonly name: string;
}

type ListCall = Pick<Call, 'deps' | 'context' | 'args' | 'api'>;

/**
 * The allowed zones that match the arguments, filtered, counted and cut into pages here. Throws the failure of a look-up when
 * no zone could be read.
 */
export async function listAllowedZones(
	call: ListCall,
	operation: RoutedOperation,
	entries: readonly ZoneEntry[],
): Promise<ReadAnswer> {
	const { name: part = '', page = 1 } = call.args as { name?: string; page?: number };
	const wanted = entries.filter(({ name }) => name === undefined || name.includes(part));
	const rows = new Map<string, ZoneRow>();
	const failures: Failure[] = [];
	for (let start = 0; start < wanted.length; start += MAX_IN_FLIGHT) {
		const slice = wanted.slice(start, start + MAX_IN_FLIGHT);
		for (const found of await Promise.all(slice.map((entry) => lookUp(call, operation, entry))))
			if (found instanceof Failure) failures.push(found);
			else if (found && nameOf(found).includes(part) && (await isWithinBound(call, found))) rows.set(found.id, found);
	}
	if (rows.size === 0 && failures[0]) throw failures[0];
	const result = [...rows.values()].slice((page - 1) * PER_PAGE, page * PER_PAGE);
	return {
		result: operation.select ? operation.select(result as never, call.args as never) : result,
		page: {
			page,
			per_page: PER_PAGE,
			count: result.length,
			total_count: rows.size,
			total_pages: Math.max(1, Math.ceil(rows.size / PER_PAGE)),
		},
	};
}

/** Whether a zone of the entries is also within what bounds them. */
async function isWithinBound({ deps, context }: ListCall, row: ZoneRow): Promise<boolean> {
	if (!deps.zoneRule.isBound) return true;
	return deps.zoneRule.admits({ id: row.id, name: nameOf(row) }, limitsOf({ deps, context }));
}

/** The zone of one entry; undefined where there is none, or more than one. A pinned zone needs no look-up to be allowed. */
async function lookUp(
	{ deps, context, api }: ListCall,
	operation: RoutedOperation,
	entry: ZoneEntry,
): Promise<ZoneRow | Failure | undefined> {
	const { id, name } = entry;
	const target: Pick<ApiRequest, 'path' | 'query'> =
		id === undefined ? { path: '/zones', query: { name: keyOf(entry) } } : { path: `/zones/${id}`, query: {} };
	try {
		const answer = await api(
			{ method: 'GET', ...target },
			{ permission: permissionOf(operation), ...limitsOf({ deps, context }) },
		);
		const objects = id === undefined ? answer.result : [answer.result];
		const { result } = parseResult(operation, objects);
		const rows = ((result ?? []) as ZoneRow[]).filter((row) =>
			id === undefined ? nameOf(row) === name : row.id === id,
		);
		return rows.length === 1 ? rows[0] : undefined;
	} catch (error) {
		if (error instanceof CancelledError || !(error instanceof Failure)) throw error;
		return id !== undefined && name !== undefined ? { id, name } : error;
	}
}

/** The name in ASCII form. The API gives names of international zones in either form. */
function nameOf({ name }: ZoneRow): string {
	return toHostname(name) ?? name;
}
