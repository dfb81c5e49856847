/** Checks by reads which toolsets the token may use on a zone, and names what reads cannot show. */
import { fillRoute } from '../../call/plan/route.js';
import type { ApiAnswer, ApiRequest } from '../../cloudflare/api.js';
import type { Zone } from '../../cloudflare/zones.js';
import { ApiError, ErrorCode, Failure } from '../../errors.js';
import { type Operation, TOOLSETS, type Toolset } from '../../operations/operation.js';
import { permissionOf } from '../../operations/permission.js';
import { type Finding, fix, note, ok } from './finding.js';
import { type RemedyFacts, remedyFor } from './remedy.js';
import { describeFailure } from './wording.js';

type Get = (request: Pick<ApiRequest, 'path' | 'query'>, permission: string) => Promise<ApiAnswer>;

/** What a read of a toolset showed. */
type Probe =
	| { readonly toolset: Toolset; readonly shows: 'readable' | 'outside the plan' }
	| { readonly toolset: Toolset; readonly failure: Failure; readonly permission: string };

/** Runs one read of each toolset on a zone. Toolsets that fail alike are one finding. */
export async function probeToolsets(
	get: Get,
	operations: readonly Operation[],
	zone: Zone,
	facts: RemedyFacts,
): Promise<Finding[]> {
	const probes = (await Promise.all(TOOLSETS.map((toolset) => probe(get, operations, toolset, zone)))).flat();
	const showing = (shows: string) =>
		probes.flatMap((one) => ('shows' in one && one.shows === shows ? one.toolset : []));
	const [readable, outside] = [showing('readable'), showing('outside the plan')];
	return [
		...(readable.length > 0 ? [ok('permission', `readable on ${zone.name}: ${readable.join(', ')}`)] : []),
		...(outside.length > 0 ? [note('permission', `not in the plan of ${zone.name}: ${outside.join(', ')}`)] : []),
		...describeFailures(probes, zone, facts),
	];
}

/** Runs the first operation of a toolset that reads a zone and needs no arguments. */
async function probe(get: Get, operations: readonly Operation[], toolset: Toolset, zone: Zone): Promise<Probe[]> {
	const reader = operations.find(
		(one) => one.toolset === toolset && one.danger === 'read' && one.route && one.input.safeParse({}).success,
	);
	if (!reader?.route) return [];
	const permission = permissionOf(reader);
	try {
		const { path, query } = fillRoute(reader.route, {}, zone);
		await get({ path, query }, permission);
		return [{ toolset, shows: 'readable' }];
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		if (error instanceof ApiError && error.has(ErrorCode.notSet)) return [{ toolset, shows: 'readable' }];
		if (error instanceof ApiError && error.reason === 'plan') return [{ toolset, shows: 'outside the plan' }];
		return [{ toolset, failure: error, permission }];
	}
}

function describeFailures(probes: readonly Probe[], { name }: Zone, facts: RemedyFacts): Finding[] {
	const groups = new Map<string, Extract<Probe, { failure: Failure }>[]>();
	for (const one of probes) {
		if (!('failure' in one)) continue;
		const key = `${one.permission} ${one.failure.message}`;
		groups.set(key, [...(groups.get(key) ?? []), one]);
	}
	return [...groups.values()].flatMap(([first, ...others]) => {
		if (!first) return [];
		const { failure, permission } = first;
		const toolsets = [first, ...others].map(({ toolset }) => toolset).join(', ');
		const lacks = failure instanceof ApiError && failure.reason === 'permission';
		const needed = lacks ? `The token needs ${permission} there. ` : '';
		const what = `not readable on ${name}: ${toolsets}. ${needed}${describeFailure(failure)}`;
		return [fix('permission', what, remedyFor(failure, facts))];
	});
}

/** Names the permissions that only a change could test, but for that of purges, which have a trial of their own. */
export function listUntested(operations: readonly Operation[]): Finding[] {
	const untested = new Map<string, Set<Toolset>>();
	for (const operation of operations) {
		if (operation.danger === 'read' || operation.permission === 'Cache Purge') continue;
		const permission = permissionOf(operation);
		untested.set(permission, new Set([...(untested.get(permission) ?? []), operation.toolset]));
	}
	return [...untested].map(([permission, toolsets]) =>
		note('permission', `${permission} (${[...toolsets].join(', ')}) not tested: only a change would show it`),
	);
}
