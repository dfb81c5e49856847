/** Defines Cache Reserve: the persistent store behind the cache, and the operation that clears it. */

import { isObject } from '../base/json.js';
import { bareWords, showDate } from '../base/sanitize.js';
import { Refused } from '../errors.js';
import { z } from '../zod.js';
import { onOff } from './fields.js';
import { defineOperation, type ZoneRef } from './operation.js';
import { RESERVE_SUBSCRIPTION } from './requirement.js';
import { describeChange, describeSetting, needsTieredCache, onOffSetting } from './setting.js';

const label = 'Cache Reserve';
const family = { toolset: 'reserve', permission: 'Zone Settings', requires: RESERVE_SUBSCRIPTION } as const;

const clearState = z.object({
	start_ts: z.string().optional(),
	end_ts: z.string().optional(),
	state: z.string().optional(),
	value: z.string().optional(),
});

/** Known states of a clear, bare. */
export const showState = bareWords('In-progress', 'Completed', 'state unknown');

/** Shown before a clear, when it can still be refused, and after it. */
const CLEAR_TERMS =
	'It takes up to 24 hours and cannot be undone or cancelled. Cache Reserve cannot be turned on meanwhile.';

export const cacheReserveGet = defineOperation({
	...family,
	name: 'cache_reserve_get',
	title: 'Get Cache Reserve',
	description: 'Shows whether Cache Reserve (persistent, paid storage of cacheable files) is on.',
	danger: 'read',
	route: 'GET /zones/{zone_id}/cache/cache_reserve',
	input: z.object({}).strict(),
	output: onOffSetting,
	summarize: (outcome) => describeSetting(label, outcome),
	example: {},
});

export const cacheReserveEdit = defineOperation({
	...family,
	name: 'cache_reserve_edit',
	title: 'Turn Cache Reserve on or off',
	description:
		'Turns Cache Reserve on or off. On needs its subscription and is billed for storage and operations; turn on Tiered Cache too. Off keeps stored files, which are billed until they expire or cache_reserve_clear deletes them.',
	danger: 'change',
	route: 'PATCH /zones/{zone_id}/cache/cache_reserve',
	current: { route: 'GET /zones/{zone_id}/cache/cache_reserve' },
	depends: [
		needsTieredCache,
		{
			route: 'GET /zones/{zone_id}/cache/variants',
			remark: (value, args) =>
				args.value === 'on' && isObject(value) && Object.keys(value).length > 0
					? 'It does not store the images that have variants (variants_get).'
					: undefined,
		},
	],
	input: z.object({ value: onOff }).strict(),
	output: onOffSetting,
	summarize: (outcome) =>
		outcome.result.value === 'off'
			? `${describeChange(label, outcome)}\nStored files stay and are billed until they expire or cache_reserve_clear deletes them.`
			: describeChange(label, outcome),
	example: { value: 'on' },
});

export const cacheReserveClearStatus = defineOperation({
	...family,
	name: 'cache_reserve_clear_status',
	title: 'Get Cache Reserve clear status',
	description: 'Shows the state of the latest cache_reserve_clear (In-progress or Completed) and its times.',
	danger: 'read',
	route: 'GET /zones/{zone_id}/cache/cache_reserve_clear',
	input: z.object({}).strict(),
	output: clearState,
	unset: (_, zone) => `Cache Reserve clear of ${zone.name}: no clear was ever run.`,
	summarize: ({ zone, result }) => describeClear(zone, result),
	example: {},
});

const cacheReserveClear = defineOperation({
	...family,
	name: 'cache_reserve_clear',
	title: 'Clear Cache Reserve',
	description:
		'Deletes everything stored in Cache Reserve, which must have been on once and be off now. Takes up to 24 hours (see cache_reserve_clear_status); Reserve cannot be turned on meanwhile. Cannot be undone or cancelled.',
	danger: 'destroy',
	idempotent: false,
	route: 'POST /zones/{zone_id}/cache/cache_reserve_clear',
	current: { route: 'GET /zones/{zone_id}/cache/cache_reserve', label: 'Cache Reserve' },
	input: z.object({}).strict(),
	body: () => ({}),
	obstacle: async (current, read) => {
		// Cloudflare would answer with error 1152.
		if (current?.value === 'on')
			return new Refused('Cache Reserve is on, and it can be cleared only while it is off.', {
				advice: 'Turn it off first (cache_reserve_edit), then call again.',
			});
		const latest = (await read(cacheReserveClearStatus)) as z.output<typeof clearState> | undefined;
		if (latest?.state !== 'In-progress') return undefined;
		const since = latest.start_ts ? ` since ${showDate(latest.start_ts)}` : '';
		return new Refused(`Cache Reserve is being cleared already${since}.`, {
			advice: 'cache_reserve_clear_status shows its state.',
		});
	},
	output: clearState,
	consequence: (_, zone) =>
		`Deletes everything stored in Cache Reserve for ${zone.name} (${zone.plan}). ${CLEAR_TERMS}`,
	summarize: ({ zone, result }) =>
		`${describeClear(zone, result)}\n${CLEAR_TERMS}\nCheck progress with cache_reserve_clear_status.`,
	example: {},
});

function describeClear(zone: ZoneRef, result: z.output<typeof clearState>): string {
	const since = result.start_ts ? `, started ${showDate(result.start_ts)}` : '';
	const until = result.end_ts ? `, ended ${showDate(result.end_ts)}` : '';
	const wait = result.state === 'In-progress' ? ' A clear often ends within 24 hours; look again in an hour.' : '';
	return `Cache Reserve clear of ${zone.name}: ${showState(result.state ?? 'state unknown')}${since}${until}.${wait}`;
}

/** The tools of this family, in listing order. */
export const reserveOperations = [cacheReserveGet, cacheReserveEdit, cacheReserveClearStatus, cacheReserveClear];
