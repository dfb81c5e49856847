/** The stored zone settings: which exist on which zone, how they are read, written and deleted. */
import { type Answer, succeed } from './answers.js';
import { takeField, takeJson } from './body.js';
import { type Call, writeTime } from './call.js';
import { badRequest, neverSet, planTooSmall } from './failures.js';
import type { Setting, Zone } from './zones.js';

interface Kind {
	offeredTo: (zone: Zone) => boolean;
	/** Absent: the setting does not exist before it is first written. */
	start?: 'off';
	/** The examples of Cache Reserve have no modification time; those of all others do. */
	untimed?: true;
}

const SETTINGS = {
	cache_reserve: { offeredTo: (zone) => zone.reserveSubscribed, start: 'off', untimed: true },
	tiered_cache_smart_topology_enable: { offeredTo: () => true },
	variants: { offeredTo: (zone) => zone.plan !== 'free' },
	tc_regional: { offeredTo: (zone) => zone.plan === 'enterprise', start: 'off' },
	tiered_caching: { offeredTo: () => true, start: 'off' },
} satisfies Record<string, Kind>;

/** The ids of the settings, as they stand in answers. */
export type SettingId = keyof typeof SETTINGS;

/** Gives the stored or initial setting, or fails with 1135 or 1142. */
export function findSetting(zone: Zone, id: SettingId, { behaviour }: Call): Setting {
	const kind: Kind = SETTINGS[id];
	if (!kind.offeredTo(zone)) throw planTooSmall();
	const off = kind.start ?? (id === 'tiered_cache_smart_topology_enable' ? behaviour.smartMissing : '404');
	const setting = zone.settings.get(id);
	if (setting !== undefined) return setting;
	if (off === 'off') return { value: 'off', modifiedOn: null };
	throw neverSet(id);
}

/** Stores a value that was already checked. */
export function storeSetting(zone: Zone, id: SettingId, value: unknown, { behaviour }: Call): Answer {
	const setting = { value, modifiedOn: writeTime(behaviour.now()) };
	zone.settings.set(id, setting);
	return succeed(describeSetting(id, setting));
}

/** Fails with 1135 when the zone's plan does not include the setting. */
export function demandOffered(zone: Zone, id: SettingId): void {
	if (!SETTINGS[id].offeredTo(zone)) throw planTooSmall();
}

/** Makes the GET of a setting. */
export function readingOf(id: SettingId) {
	return (zone: Zone, call: Call): Answer => succeed(describeSetting(id, findSetting(zone, id, call)));
}

/** Makes the PATCH or POST of an on/off setting. */
export function switchingOf(id: SettingId) {
	return (zone: Zone, call: Call): Answer => {
		demandOffered(zone, id);
		return storeSetting(zone, id, readSwitch(call), call);
	};
}

/** Makes the DELETE of a setting; its answer has no value. */
export function deletionOf(id: SettingId) {
	return (zone: Zone, call: Call): Answer => {
		findSetting(zone, id, call);
		zone.settings.delete(id);
		return succeed({ id, editable: true, modified_on: writeTime(call.behaviour.now()) });
	};
}

/** Reads `{"value": "on" | "off"}`. */
export function readSwitch({ body }: Call): 'on' | 'off' {
	const value = takeField(takeJson(body), 'value');
	if (value !== 'on' && value !== 'off') throw badRequest('invalid value, must be "on" or "off"');
	return value;
}

function describeSetting(id: SettingId, { value, modifiedOn }: Setting) {
	const kind: Kind = SETTINGS[id];
	return { id, editable: true, value, ...(kind.untimed ? {} : { modified_on: modifiedOn }) };
}
