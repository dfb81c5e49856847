/** Defines snapshots of the cache settings of a zone, and the operation that brings one back. */
import { quote, showDate } from '../../base/sanitize.js';
import { ApiError, InputError, Refused } from '../../errors.js';
import { z } from '../../zod.js';
import type { Steps } from '../composite.js';
import { type CompositeContext, defineOperation, type Operation } from '../operation.js';
import { cacheReserveClearStatus } from '../reserve.js';
import { formatCount } from '../wording.js';
import { groupMappings, SETTING_NAMES, type Snapshot, snapshotField } from './format.js';
import { SETTING_PARTS } from './parts.js';
import { compare } from './restore-steps.js';
import { describeRuleChanges, readRules } from './rule-changes.js';
import { MAPPINGS, readZone } from './zone-reading.js';

const family = { toolset: 'zone', permission: 'Zone Settings' } as const;

const kept = z.object({
	id: z.string().optional(),
	zone: z.object({ id: z.string(), name: z.string() }).optional(),
	taken: z.string().optional(),
	settings: z.record(z.unknown()).optional(),
	origin_cloud_regions: z.record(z.unknown()).optional(),
	origin_cloud_regions_total: z.number().optional(),
	rules: z.record(z.unknown()).optional(),
	unread: z.record(z.string()).optional(),
	/** Why it is not kept. */
	not_kept: z.string().optional(),
});

const cacheSnapshot = defineOperation({
	...family,
	name: 'cache_snapshot',
	title: 'Take a snapshot of the cache settings',
	description:
		'Saves all cache settings and mappings of a zone, which it only reads. cache_restore brings them back by the id. Take one before several changes; each change saves what it replaces by itself.',
	danger: 'read',
	input: z.object({}).strict(),
	output: kept,
	run: takeSnapshot,
	summarize: ({ zone, result }) => {
		const { id, settings = {}, origin_cloud_regions_total: total, unread = {}, not_kept } = result;
		const held = [
			formatCount(Object.keys(settings).length, 'settings'),
			...(total === undefined ? [] : [formatCount(total, 'mappings')]),
		].join(' and ');
		const gaps = Object.entries(unread).map(([name, reason]) => `${labelOf(name)}: ${reason}`);
		return [
			id === undefined
				? `Snapshot of ${zone.name}: ${held}. It is not kept: ${not_kept} To go back, give the whole result to cache_restore as snapshot.`
				: `Snapshot ${id} of ${zone.name}: ${held}. To go back, call cache_restore with snapshot: ${id}.`,
			...(gaps.length > 0 ? [`Not in it: ${gaps.join('; ')}.`] : []),
		].join('\n');
	},
	example: {},
});

function labelOf(name: string): string {
	if (name === MAPPINGS) return 'origin cloud regions';
	return Object.entries(SETTING_PARTS).find(([key]) => key === name)?.[1].label ?? name;
}

async function takeSnapshot({ zone, read, readAll, now, save }: CompositeContext): Promise<z.output<typeof kept>> {
	const [{ settings, mappings, unread }, rules] = await Promise.all([
		readZone({ read, readAll, zone }, { settings: SETTING_NAMES, mappings: true }),
		readRules(read),
	]);
	const snapshot: Snapshot = {
		zone: { id: zone.id, name: zone.name },
		taken: new Date(now).toISOString(),
		settings,
		...(mappings && { origin_cloud_regions: groupMappings(mappings), origin_cloud_regions_total: mappings.length }),
		...(Object.keys(rules).length > 0 && { rules }),
		...(Object.keys(unread).length > 0 && { unread }),
	};
	try {
		return { id: await save(snapshot), ...snapshot };
	} catch (error) {
		// The answer has all of it, so that it can be kept elsewhere.
		if (error instanceof Refused) return { ...snapshot, not_kept: error.message };
		throw error;
	}
}

const cacheRestore = defineOperation({
	...family,
	name: 'cache_restore',
	title: 'Restore cache settings from a snapshot',
	description:
		'Sets a zone back to a snapshot: compares, then makes only the changes that differ, each told before → after. It also undoes a change, by the id in its answer. Cached content, development mode and Cache Rules stay.',
	danger: 'change',
	removes: true,
	input: z
		.object({
			snapshot: snapshotField('Id of a snapshot, or all of its JSON'),
			prune: z.boolean().optional().describe('Also delete mappings that it lacks'),
		})
		.strict(),
	output: z.object({
		made: z.array(z.string()).optional(),
		not_made: z.array(z.string()).optional(),
		unknown: z.array(z.string()).optional(),
	}),
	plan: planRestore,
	example: {
		snapshot: {
			zone: { id: '023e105f4ecef8ad9ca31a8372d0c353', name: 'example.com' },
			taken: '2026-01-31T12:00:00Z',
			settings: { tiered_caching: 'off' },
		},
	},
});

async function planRestore({
	args: { snapshot: given, prune = false },
	zone,
	read,
	readAll,
	load,
	now,
}: CompositeContext<{ snapshot: string | Snapshot; prune?: boolean | undefined }>): Promise<Steps<Operation>> {
	const snapshot = typeof given === 'string' ? await load(given) : given;
	refuseUnfit(snapshot, zone, prune);
	const names = SETTING_NAMES.filter((name) => snapshot.settings[name] !== undefined);
	const current = await readZone(
		{ read, readAll, zone },
		{ settings: names, mappings: snapshot.origin_cloud_regions !== undefined },
	);
	const turnsReserveOn = snapshot.settings.cache_reserve === 'on' && current.settings.cache_reserve === 'off';
	const { steps, remarks, replaced } = compare(snapshot, current, {
		prune,
		reserveObstacle: turnsReserveOn ? await findReserveObstacle(read) : undefined,
	});
	const rules = snapshot.rules && (await readRules(read));
	const state = `its snapshot of ${showDate(snapshot.taken)}`;
	return {
		steps,
		remarks: [...remarks, ...describeRuleChanges(snapshot.rules, rules)],
		purpose: `Restores ${zone.name} (${zone.plan}) to ${state}.`,
		achieved: `Restored ${zone.name} to ${state}.`,
		nothing: `${zone.name} equals ${state}: there is nothing to change.`,
		replaced: {
			zone: { id: zone.id, name: zone.name },
			taken: new Date(now).toISOString(),
			before: 'cache_restore',
			...replaced,
		},
	};
}

/** Throws an InputError when the snapshot is of another zone, or cannot say which mappings are to be pruned. */
function refuseUnfit(
	{ zone: of, origin_cloud_regions_total: total }: Snapshot,
	zone: { id: string; name: string },
	prune: boolean,
): void {
	if (of.id !== zone.id)
		throw new InputError(`The snapshot is of zone ${quote(of.name, 100)} (${quote(of.id, 40)}), not of ${zone.name}.`, {
			advice: 'A snapshot is restored only to the zone that it was taken of.',
		});
	if (prune && total === undefined)
		throw new InputError('The snapshot does not hold all mappings of the zone, so that none can be pruned.', {
			advice: 'Call again without prune.',
		});
}

/** What stands in the way of turning Cache Reserve on. A read that fails shows nothing. */
async function findReserveObstacle(read: CompositeContext['read']): Promise<string | undefined> {
	try {
		const { result } = await read(cacheReserveClearStatus);
		if ((result as { state?: string }).state !== 'In-progress') return undefined;
		return 'Cache Reserve stays off while it is cleared. Call again when cache_reserve_clear_status says Completed.';
	} catch (error) {
		if (error instanceof ApiError) return undefined;
		throw error;
	}
}

/** The tools of this family, in listing order. */
export const snapshotOperations = [cacheSnapshot, cacheRestore];
