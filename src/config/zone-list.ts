/** Tells whether a default zone is among the allowed zones, as far as that can be told without the API. */
import { isHexId, isWithin, toHostname } from '../base/identifiers.js';
import type { ZoneEntry } from '../operations/scope.js';

/** Whether calls for the zone are allowed. An id may be that of any zone which is listed by name, and the other way round. */
export function isAmong(zone: string, zones: readonly ZoneEntry[]): boolean {
	// In the form in which names of zones are kept, so that every spelling that calls accept is accepted here.
	const key = toHostname(zone) ?? zone.toLowerCase();
	return zones.some(({ name, id }) => key === id || name === undefined || isWithin(key, name) || isHexId(key));
}
