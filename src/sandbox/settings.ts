/** Reads, writes and deletes the zone settings that are stored, and says which zone has which. */
import { type Answer, succeed } from './answers.js';
import { takeField, takeJson } from './body.js';
import { type Call, formatTime } from './call.js';
import { badRequest, neverSet, planTooSmall } from './failures.js';
import type { Setting, Zone } from './zones.js';

interface Kind {
	offeredTo: (zone: Zone) => boolean;
	/** The value of a setting that was never written; absent where such a setting does not exist. */
	start?: 'off';
	/** The documented examples of Cache Reserve have no modification time; all other examples do. */
	untimed?: true;
}

const SETTINGS = {
	cache_reserve: { offeredTo: (zone) => zone.reserveSubscribed, start: 'off', untimed: true },
	tiered_cache_smart_topology_enable: { offeredTo: () => true },
	variants: { offeredTo: (zone) => zone.plan !== 'free' },
	tc_regional: { offeredTo: (zone) => zone.plan === 'enterprise', start: 'off' },
	tiered_caching: { offeredTo: () => true, start: 'off' },
} satisfies Record<string, Kind>;

/** The id of a setting, as answers have it. */
type SettingId = keyof typeof SETTINGS;

/** Returns the stored or initial setting. Throws 1135 or 1142 when the zone has none. */
export function findSetting(zone: Zone, id: SettingId, { behavior }: Call): Setting {
	const kind: Kind = SETTINGS[id];
	if (!kind.offeredTo(zone)) throw planTooSmall();
	const off = kind.start ?? (id === 'tiered_cache_smart_topology_enable' ? behavior.smartMissing : '404');
	const setting = zone.settings.get(id);
	if (setting !== undefined) return setting;
	if (off === 'off') return { value: 'off', modifiedOn: null };
	throw neverSet(id);
}

/** Stores a value that was already checked. */
export function storeSetting(zone: Zone, id: SettingId, value: unknown, { behavior }: Call): Answer {
	const setting = { value, modifiedOn: formatTime(behavior.now()) };
	zone.settings.set(id, setting);
	return succeed(describeSetting(id, setting));
}

/** Throws 1135 when the zone's plan does not include the setting. */
export function requireOffered(zone: Zone, id: SettingId): void {
	if (!SETTINGS[id].offeredTo(zone)) throw planTooSmall();
}

/** Returns the handler of GET of a setting. */
export function readHandler(id: SettingId) {
	return (zone: Zone, call: Call): Answer => succeed(describeSetting(id, findSetting(zone, id, call)));
}

/** Returns the handler of PATCH or POST of an on/off setting. */
export function switchHandler(id: SettingId) {
	return (zone: Zone, call: Call): Answer => {
		requireOffered(zone, id);
		return storeSetting(zone, id, readSwitch(call), call);
	};
}

/** Returns the handler of DELETE of a setting; its answer has no value. */
export function deleteHandler(id: SettingId) {
	return (zone: Zone, call: Call): Answer => {
		findSetting(zone, id, call);
		zone.settings.delete(id);
		return succeed({ id, editable: true, modified_on: formatTime(call.behavior.now()) });
	};
}

/** Reads `{"value": "on" | "off"}`. Throws 1146 for anything else. */
export function readSwitch({ body }: Call): 'on' | 'off' {
	const value = takeField(takeJson(body), 'value');
	if (value !== 'on' && value !== 'off') throw badRequest('invalid value, must be "on" or "off"');
	return value;
}

function describeSetting(id: SettingId, { value, modifiedOn }: Setting) {
	const kind: Kind = SETTINGS[id];
	return { id, editable: true, value, ...(kind.untimed ? {} : { modified_on: modifiedOn }) };
}
