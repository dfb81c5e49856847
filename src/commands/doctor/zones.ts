/** Finds the zones to check, and describes them. */
import { isHexId } from '../../base/identifiers.js';
import { isObject } from '../../base/json.js';
import { quote, showHost, showPlan } from '../../base/sanitize.js';
import type { Deps } from '../../call/context.js';
import type { Zone } from '../../cloudflare/zones.js';
import type { Config } from '../../config/config.js';
import { Failure } from '../../errors.js';
import type { ZoneEntry } from '../../operations/scope.js';
import { type Finding, fix, note, ok } from './finding.js';
import { type RemedyFacts, remedyFor } from './remedy.js';
import { describeFailure } from './wording.js';

/** A zone of the API's list. The API may leave out what the token cannot read. */
export interface ListedZone {
	readonly id: string;
	readonly name: string;
	/** Cloudflare's `legacy_id`. */
	readonly plan?: unknown;
	/** Name and id of its account. */
	readonly account?: unknown;
	readonly accountId?: string;
}

/** How many zones are looked at, and how many are named. The report counts the rest. */
const MAX_ZONES = 20;

/** Reads a list of zones. Rows that are none are left out. */
export function readZones(result: unknown): ListedZone[] {
	return (Array.isArray(result) ? result : []).flatMap((row: unknown) => {
		if (!isObject(row) || typeof row.id !== 'string' || !isHexId(row.id) || typeof row.name !== 'string') return [];
		const plan = isObject(row.plan) ? row.plan.legacy_id : undefined;
		const account = isObject(row.account) ? row.account : {};
		const accountId = typeof account.id === 'string' ? { accountId: account.id } : {};
		return [{ id: row.id, name: row.name, plan, account: account.name, ...accountId }];
	});
}

/** Describes a list of zones. `total` counts those of all pages, where the API says so. */
export function describeZones(zones: readonly ListedZone[], total: unknown): Finding[] {
	const shown = zones.slice(0, MAX_ZONES).map(describeZone);
	const more = Math.max(Number.isSafeInteger(total) ? Number(total) : 0, zones.length) - shown.length;
	return more > 0 ? [...shown, ok('zone', `… and ${more} more ${more === 1 ? 'zone' : 'zones'}`)] : shown;
}

function describeZone({ name, plan, account }: Pick<ListedZone, 'name' | 'plan' | 'account'>): Finding {
	const accountName = typeof account === 'string' ? quote(account, 100) : 'unknown account';
	return ok('zone', `${showHost(name)} · ${showPlan(plan)} · ${accountName}`);
}

/** The zones that --zone and --zones name, in this order. */
export function namedZones({ zone, zones = [] }: Pick<Config, 'zone' | 'zones'>): ZoneEntry[] {
	const isThere = zones.some(({ name, id }) => zone === name || zone === id);
	return zone === undefined || isThere ? [...zones] : [isHexId(zone) ? { id: zone } : { name: zone }, ...zones];
}

/** Looks up each named zone by itself: a list of all zones has pages, and the token may not be able to list them. */
export async function lookUpZones(
	{ zoneRule }: Deps,
	entries: readonly ZoneEntry[],
	facts: RemedyFacts & { readonly signal: AbortSignal | undefined },
): Promise<{ findings: Finding[]; zones: Zone[] }> {
	const findings: Finding[] = [];
	const zones: Zone[] = [];
	for (const { name, id } of entries.slice(0, MAX_ZONES)) {
		try {
			const zone = await zoneRule.resolve(name ?? id, { signal: facts.signal });
			zones.push(zone);
			findings.push(
				...(name && id ? [ok('zone', `${name} is pinned to its id and was not looked up`)] : describe(zone)),
			);
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			findings.push(fix('zone', `${name ?? id}: ${describeFailure(error)}`, remedyFor(error, facts)));
		}
	}
	const more = entries.length - MAX_ZONES;
	if (more > 0) findings.push(note('zone', `… and ${more} more in --zones, not looked up`));
	return { findings, zones };
}

/** A zone, and what keeps its cache from working. */
function describe(zone: Zone): Finding[] {
	const { status, paused, development_mode: seconds } = zone.state ?? {};
	const link = 'https://dash.cloudflare.com/?to=/:account/:zone';
	return [
		describeZone(zone),
		...(paused ? [note('zone', `${zone.name} is paused: nothing of it is cached`, `Resume it: ${link}`)] : []),
		...(status ? [note('zone', `${zone.name} is ${quote(status)}, and not active: it has no traffic yet`, link)] : []),
		...(seconds ? [note('zone', `${zone.name} is in development mode for ${seconds} s: its cache is bypassed`)] : []),
	];
}
