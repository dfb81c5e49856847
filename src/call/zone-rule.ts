/** Enforces --zones: which zones a call may touch, and which it may show. */

import { isHexId, isWithin } from '../base/identifiers.js';
import { quote } from '../base/sanitize.js';
import { type CallLimits, toZoneKey, type Zone, type Zones } from '../cloudflare/zones.js';
import { Refused } from '../errors.js';
import type { ZoneEntry } from '../operations/scope.js';

/** The zones that the operator allows. */
export interface ZoneRule {
	/** The zone that a name or id stands for. Throws Refused when it is not allowed. */
	resolve(reference: string, limits?: CallLimits): Promise<Zone>;
	/** Whether a list may show the zone. */
	isVisible(zone: { id: string; name: string }): boolean;
}

/** The rule for `entries`; without any, every zone that the token can see is allowed. */
export function createZoneRule(entries: readonly ZoneEntry[] | undefined, zones: Zones): ZoneRule {
	if (!entries) return { resolve: (reference, limits) => zones.find(reference, limits), isVisible: () => true };

	const refuse = (reference: string): Refused => {
		const allowed = entries.slice(0, 10).map(({ name, id }) => name ?? id);
		return new Refused(
			`${quote(reference, 100)} is not one of the zones that this server may touch (--zones): ${allowed.join(', ')}.`,
			{
				advice: 'Only the operator can change that.',
			},
		);
	};
	/** The zone that an entry of --zones stands for. */
	const findEntry = ({ name, id }: ZoneEntry, limits?: CallLimits) => zones.find(name ?? id, limits);

	return {
		async resolve(reference, limits) {
			const key = toZoneKey(reference);
			if (isHexId(key)) {
				// The allowed names are turned into ids, never the id into a name: a foreign zone is not even looked up.
				for (const entry of entries) {
					if (entry.id !== undefined ? entry.id === key : (await findEntry(entry, limits)).id === key)
						return findEntry(entry, limits);
				}
				throw refuse(reference);
			}
			if (!entries.some(({ name }) => name === undefined || isWithin(key, name))) throw refuse(reference);
			const zone = await zones.find(key, limits);
			for (const entry of entries) {
				if (entry.id !== undefined ? entry.id === zone.id : entry.name === zone.name) {
					if ((await findEntry(entry, limits)).id === zone.id) return zone;
				}
			}
			throw refuse(reference);
		},
		isVisible: (zone) => entries.some(({ name, id }) => (id !== undefined ? id === zone.id : name === zone.name)),
	};
}
