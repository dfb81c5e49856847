/** Reads and writes the settings of a zone that lie below /settings, as far as they decide how it caches. */
import { type Answer, Failure, succeed } from './answers.js';
import { takeField, takeJson } from './body.js';
import { type Call, formatTime } from './call.js';
import { developmentModeSeconds } from './development-mode.js';
import type { Setting, Zone } from './zones.js';

interface Kind {
	/** The value of a setting that was never written. */
	start: unknown;
	accepts: (value: unknown) => boolean;
	editableBy?: (zone: Zone) => boolean;
	/** Fields of the answer beside those that every setting has. */
	more?: (zone: Zone, now: number) => object;
	/** What else a new value does. */
	apply?: (zone: Zone, value: unknown, now: number) => void;
}

const DEVELOPMENT_MODE_MS = 3 * 60 * 60 * 1000;
const BROWSER_TTL_SECONDS = [
	0, 30, 60, 120, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600, 72000, 86400, 172800, 259200,
	345600, 432000, 691200, 1382400, 2073600, 2678400, 5356800, 16070400, 31536000,
];

const oneOf = (values: readonly unknown[]) => (value: unknown) => values.includes(value);
const isSwitch = oneOf(['on', 'off']);

const KINDS: Record<string, Kind> = {
	browser_cache_ttl: { start: 14400, accepts: oneOf(BROWSER_TTL_SECONDS) },
	cache_level: { start: 'aggressive', accepts: oneOf(['aggressive', 'basic', 'simplified']) },
	always_online: { start: 'on', accepts: isSwitch },
	sort_query_string_for_cache: {
		start: 'off',
		accepts: isSwitch,
		editableBy: ({ plan }) => plan === 'enterprise',
	},
	development_mode: {
		start: 'off',
		accepts: isSwitch,
		more: (zone, now) => ({ time_remaining: Math.max(0, developmentModeSeconds(zone, now)) }),
		apply: (zone, value, now) => {
			if (value === 'on') zone.developmentModeEndsAt = now + DEVELOPMENT_MODE_MS;
			else delete zone.developmentModeEndsAt;
		},
	},
};

/** Returns the setting as it is in force; development mode ends by itself. */
export function settingOf(zone: Zone, id: string, now: number): Setting {
	const setting = zone.settings.get(id) ?? { value: KINDS[id]?.start, modifiedOn: null };
	const hasEnded = id === 'development_mode' && developmentModeSeconds(zone, now) <= 0;
	return hasEnded ? { ...setting, value: 'off' } : setting;
}

/** PATCH /zones/{zone_id}/settings/{setting_id}. */
export function changeZoneSetting(zone: Zone, call: Call): Answer {
	const { id, kind } = findKind(call);
	if (kind.editableBy?.(zone) === false) {
		throw new Failure(403, { code: 1015, message: `Not allowed to edit setting for ${id}` }).invented('status');
	}
	const value = takeField(takeJson(call.body), 'value');
	if (!kind.accepts(value)) {
		throw new Failure(400, { code: 1007, message: `Invalid value for zone setting ${id}` }).invented('status');
	}
	const now = call.behavior.now();
	zone.settings.set(id, { value, modifiedOn: formatTime(now) });
	kind.apply?.(zone, value, now);
	return showZoneSetting(zone, call);
}

/** GET /zones/{zone_id}/settings/{setting_id}. */
export function showZoneSetting(zone: Zone, call: Call): Answer {
	const { id, kind } = findKind(call);
	const now = call.behavior.now();
	const { value, modifiedOn } = settingOf(zone, id, now);
	const editable = kind.editableBy?.(zone) ?? true;
	return succeed({ id, value, modified_on: modifiedOn, editable, ...kind.more?.(zone, now) });
}

function findKind({ parameters: { setting_id: id = '' } }: Call): { id: string; kind: Kind } {
	const kind = Object.hasOwn(KINDS, id) ? KINDS[id] : undefined;
	if (kind === undefined) {
		throw new Failure(400, { code: 1006, message: 'Unrecognized zone setting name' }).invented('status and code');
	}
	return { id, kind };
}
