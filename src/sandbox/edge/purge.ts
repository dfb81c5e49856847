/** Carries out purges and invalidations in the cache of a zone. */
import { isRecord } from '../body.js';
import type { Selection } from '../selectors.js';
import type { Zone } from '../zones.js';
import { cacheKeyOf } from './cache-key.js';
import { cacheSettingsOf } from './cache-settings.js';
import { isEligible } from './edge.js';
import type { Selects } from './store.js';
import { readPurgedFile } from './visit.js';

/** What becomes of what is selected. */
export type PurgeMode = 'purge' | 'invalidate';

/** Purges or invalidates a valid selection; an empty one stands for everything. `now` in milliseconds since 1970. */
export function applyPurge(zone: Zone, selection: Selection, mode: PurgeMode, now: number): void {
	const { files, tags, hosts, prefixes } = selection;
	const isEverything = Object.keys(selection).length === 0;
	const keys = new Set((files ?? []).flatMap((file) => keysOf(zone, file, now)));
	const byKey: Selects = (_, key) => keys.has(key);
	const byOthers: Selects = ({ host, path, tags: own }) =>
		(tags ?? []).some((tag) => own.some((one) => one.toLowerCase() === String(tag).toLowerCase())) ||
		(hosts ?? []).some((one) => String(one).toLowerCase() === host) ||
		(prefixes ?? []).some((prefix) => isBelow(`${host}${path}`, String(prefix)));
	if (mode === 'invalidate') {
		zone.cache.invalidate((stored, key) => isEverything || byKey(stored, key) || byOthers(stored, key));
		return;
	}
	zone.cache.purge((stored, key) => isEverything || byKey(stored, key), false);
	zone.cache.purge(byOthers, zone.settings.get('tiered_caching')?.value === 'on');
}

/** The key that a purge of a URL means. A rule that does not match it leaves what the rule has stored. */
function keysOf(zone: Zone, file: unknown, now: number): string[] {
	const { url, headers } = isRecord(file) ? file : { url: file, headers: {} };
	const visit = readPurgedFile(String(url), { ...(headers as Record<string, string> | undefined) });
	const settings = cacheSettingsOf(zone, visit);
	return isEligible(zone, visit, settings, now) ? [cacheKeyOf(zone, visit, settings, now)] : [];
}

function isBelow(address: string, prefix: string): boolean {
	const bare = prefix.replace(/\/$/, '');
	return address === bare || address.startsWith(`${bare}/`);
}
