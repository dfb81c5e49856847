/** The rule of --zones: which zones a call may touch, and which may be shown. */

import { isHexId, isWithin } from '../base/identifiers.js';
import { quote } from '../base/sanitize.js';
import { type CallLimits, toZoneKey, type Zone, type Zones } from '../cloudflare/zones.js';
import { Refused } from '../errors.js';
import type { ZoneEntry } from '../operations/scope.js';

/** The zones that may be touched. */
export interface ZoneRule {
	/** The zone a reference stands for. Throws Refused when it is not one of those allowed. */
	resolve(reference: string, waiting?: CallLimits): Promise<Zone>;
	/** Whether a zone of a list may be shown. */
	isVisible(zone: { id: string; name: string }): boolean;
}

/** The rule for `entries`; without any, every zone that the token can see is allowed. */
export function createZoneRule(entries: readonly ZoneEntry[] | undefined, zones: Zones): ZoneRule {
	if (!entries) return { resolve: (reference, waiting) => zones.find(reference, waiting), isVisible: () => true };

	const refuse = (reference: string): Refused => {
		const allowed = entries.slice(0, 10).map(({ name, id }) => name ?? id);
		return new Refused(
			`${quote(reference, 100)} is not one of the zones that this server may touch (--zones): ${allowed.join(', ')}.`,
			{
				advice: 'Only the operator can change that.',
			},
		);
	};
	/** The zone that an entry means. */
	const findEntry = ({ name, id }: ZoneEntry, waiting?: CallLimits) => zones.find(name ?? id, waiting);

	return {
		async resolve(reference, waiting) {
			const key = toZoneKey(reference);
			if (isHexId(key)) {
				// The names are turned into ids, never the other way round: a foreign id is not even looked at.
				for (const entry of entries) {
					if (entry.id !== undefined ? entry.id === key : (await findEntry(entry, waiting)).id === key)
						return findEntry(entry, waiting);
				}
				throw refuse(reference);
			}
			if (!entries.some(({ name }) => name === undefined || isWithin(key, name))) throw refuse(reference);
			const zone = await zones.find(key, waiting);
			for (const entry of entries) {
				if (entry.id !== undefined ? entry.id === zone.id : entry.name === zone.name) {
					if ((await findEntry(entry, waiting)).id === zone.id) return zone;
				}
			}
			throw refuse(reference);
		},
		isVisible: (zone) => entries.some(({ name, id }) => (id !== undefined ? id === zone.id : name === zone.name)),
	};
}
