/** Switches Cache Reserve, and clears it; it must be off while it is cleared. */
import { type Answer, Failure, markInvented, succeed } from './answers.js';
import { type Call, formatTime } from './call.js';
import { neverSet } from './failures.js';
import { findSetting, readSwitch, requireOffered, storeSetting } from './settings.js';
import type { Zone } from './zones.js';

const BUSY = 'Cache Reserve cannot be enabled because a deletion is already in progress.';

/** PATCH /zones/{zone_id}/cache/cache_reserve. */
export function switchReserve(zone: Zone, call: Call): Answer {
	requireOffered(zone, 'cache_reserve');
	const value = readSwitch(call);
	if (value === 'on' && isClearing(zone, call)) throw new Failure(400, { code: 1153, message: BUSY });
	return storeSetting(zone, 'cache_reserve', value, call);
}

/** GET /zones/{zone_id}/cache/cache_reserve_clear. */
export function showClear(zone: Zone, call: Call): Answer {
	requireOffered(zone, 'cache_reserve');
	return succeed(describeClear(zone, call));
}

/** POST /zones/{zone_id}/cache/cache_reserve_clear. A clear that runs goes on; after its end a new one starts. */
export function startClear(zone: Zone, call: Call): Answer {
	if (findSetting(zone, 'cache_reserve', call).value === 'on') {
		throw new Failure(400, { code: 1152, message: 'Turn off Cache Reserve sync to proceed with deletion.' });
	}
	if (isClearing(zone, call)) return markInvented(succeed(describeClear(zone, call)), 'a second clear');
	const startedAt = call.behavior.now();
	zone.reserveClear = { startedAt, endsAt: startedAt + call.behavior.clearTakesMs };
	return succeed(describeClear(zone, call));
}

function isClearing(zone: Zone, { behavior }: Call): boolean {
	return zone.reserveClear !== undefined && behavior.now() < zone.reserveClear.endsAt;
}

function describeClear(zone: Zone, call: Call) {
	const clear = zone.reserveClear;
	if (clear === undefined) {
		throw neverSet('cache_reserve_clear', ' because you never performed a Cache Reserve Clear operation.');
	}
	const start = { id: 'cache_reserve_clear', start_ts: formatTime(clear.startedAt) };
	if (isClearing(zone, call)) return { ...start, state: 'In-progress' };
	return { ...start, end_ts: formatTime(clear.endsAt), state: 'Completed' };
}
