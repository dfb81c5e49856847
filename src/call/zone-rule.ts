/** Enforces --zones: which zones a call may touch, and which it may show. */

import { isHexId, isWithin } from '../base/identifiers.js';
import { quote } from '../base/sanitize.js';
import { type CallLimits, toZoneKey, type Zone, type Zones } from '../cloudflare/zones.js';
import { Refused } from '../errors.js';
import type { ZoneEntry } from '../operations/scope.js';

/** Entries that a refusal names. */
const MAX_SHOWN_ENTRIES = 10;

/** The zones that the operator allows. */
export class ZoneRule {
	private readonly entries: readonly ZoneEntry[] | undefined;
	private readonly zones: Zones;

	/** Without `entries`, every zone that the token can see is allowed. */
	constructor(entries: readonly ZoneEntry[] | undefined, zones: Zones) {
		this.entries = entries;
		this.zones = zones;
	}

	/** The zone that a name or id stands for. Throws Refused when it is not allowed. */
	async resolve(reference: string, limits?: CallLimits): Promise<Zone> {
		const { entries, zones } = this;
		if (!entries) return zones.find(reference, limits);
		const key = toZoneKey(reference);
		const zone = isHexId(key) ? await this.findById(key, entries, limits) : await this.findByName(key, entries, limits);
		return zone ?? refuse(reference, entries);
	}

	/** Whether a list may show the zone. */
	isVisible(zone: { readonly id: string; readonly name: string }): boolean {
		return this.entries?.some((entry) => isEntryOf(entry, zone)) ?? true;
	}

	/** Turns allowed names into ids, never the id into a name: a foreign zone is not even looked up. */
	private async findById(id: string, entries: readonly ZoneEntry[], limits?: CallLimits): Promise<Zone | undefined> {
		for (const entry of entries)
			if ((entry.id ?? (await this.findEntry(entry, limits)).id) === id) return this.findEntry(entry, limits);
		return undefined;
	}

	private async findByName(
		name: string,
		entries: readonly ZoneEntry[],
		limits?: CallLimits,
	): Promise<Zone | undefined> {
		// An entry without a name may stand for this zone; only a look-up can tell.
		if (!entries.some((entry) => entry.name === undefined || isWithin(name, entry.name))) return undefined;
		const zone = await this.zones.find(name, limits);
		for (const entry of entries)
			if (isEntryOf(entry, zone) && (await this.findEntry(entry, limits)).id === zone.id) return zone;
		return undefined;
	}

	private findEntry({ name, id }: ZoneEntry, limits?: CallLimits): Promise<Zone> {
		return this.zones.find(name ?? id, limits);
	}
}

/** Whether an entry names this zone. An id counts more than a name, which can come to belong to another zone. */
function isEntryOf(entry: ZoneEntry, zone: { readonly id: string; readonly name: string }): boolean {
	return entry.id === undefined ? entry.name === zone.name : entry.id === zone.id;
}

function refuse(reference: string, entries: readonly ZoneEntry[]): never {
	const allowed = entries.slice(0, MAX_SHOWN_ENTRIES).map(({ name, id }) => name ?? id);
	throw new Refused(
		`${quote(reference, 100)} is not one of the zones that this server may touch (--zones): ${allowed.join(', ')}.`,
		{ advice: 'Only the operator can change that.' },
	);
}
