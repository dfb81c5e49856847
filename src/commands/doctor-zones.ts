/** Checks and describes the zones that tools may use. */
import { isHexId } from '../base/identifiers.js';
import { isObject } from '../base/json.js';
import { quote, showHost, showPlan } from '../base/sanitize.js';
import type { Deps } from '../call/context.js';
import type { Zone } from '../cloudflare/zones.js';
import type { ZoneEntry } from '../operations/scope.js';
import { explainFailure, type Finding, fix, ok } from './doctor-finding.js';

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

/** How many zones are named. The report counts the rest. */
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
	if (zones.length === 0) return [fix('no zone is visible: add zones to the token (Zone Resources), or check --zones')];
	const shown = zones.slice(0, MAX_ZONES).map(describeZone);
	const more = Math.max(Number.isSafeInteger(total) ? Number(total) : 0, zones.length) - shown.length;
	return more > 0 ? [...shown, ok(`… and ${more} more ${more === 1 ? 'zone' : 'zones'}`)] : shown;
}

function describeZone({ name, plan, account }: Pick<ListedZone, 'name' | 'plan' | 'account'>): Finding {
	const accountName = typeof account === 'string' ? quote(account, 100) : 'unknown account';
	return ok(`zone ${showHost(name)} · ${showPlan(plan)} · ${accountName}`);
}

/** Looks up each entry of --zones by itself: a list of all zones has pages, and the token may not be able to list them. */
export async function checkEntries(
	{ zoneRule }: Deps,
	entries: readonly ZoneEntry[],
): Promise<{ findings: Finding[]; zones: Zone[] }> {
	const findings: Finding[] = [];
	const zones: Zone[] = [];
	for (const { name, id } of entries.slice(0, MAX_ZONES)) {
		try {
			const zone = await zoneRule.resolve(name ?? id);
			zones.push(zone);
			findings.push(name && id ? ok(`zone ${name} is pinned to its id and was not looked up`) : describeZone(zone));
		} catch (error) {
			findings.push(fix(`--zones, ${name ?? id}: ${explainFailure(error)}`));
		}
	}
	const more = entries.length - MAX_ZONES;
	return { findings: more > 0 ? [...findings, ok(`… and ${more} more in --zones, not looked up`)] : findings, zones };
}
