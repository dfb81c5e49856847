/** Finds the changes that bring a zone back to a snapshot. */
import { canonicalJson, isObject } from '../../base/json.js';
import { showIp } from '../../base/sanitize.js';
import type { Step } from '../composite.js';
import { describeRegion, type Located } from '../mapping.js';
import type { Operation } from '../operation.js';
import { originCloudRegionsBulkDelete, originCloudRegionsBulkUpdate } from '../regions.js';
import { formatCount, formatList } from '../wording.js';
import {
	groupMappings,
	MAPPINGS_AFTER,
	mappingsOf,
	SETTING_NAMES,
	type SettingName,
	type SettingValue,
	type Snapshot,
	UNSET,
} from './format.js';
import { describeValue, SETTING_PARTS } from './parts.js';
import { MAPPINGS, type ZoneReading } from './zone-reading.js';

/** The changes, and what stays as it is. */
export interface Difference {
	readonly steps: readonly Step<Operation>[];
	/** One sentence each. */
	readonly remarks: readonly string[];
	/** What the zone has now where the steps change it. */
	readonly replaced: Pick<Snapshot, 'settings' | 'origin_cloud_regions'>;
}

/** How a snapshot is restored. */
interface RestoreOptions {
	/** Whether mappings that the snapshot lacks are deleted. */
	readonly prune: boolean;
	/** Why Cache Reserve cannot be turned on now; undefined where it can. */
	readonly reserveObstacle: string | undefined;
}

/** What differs between a snapshot and the zone as it is now. */
export function compare(snapshot: Snapshot, now: ZoneReading, options: RestoreOptions): Difference {
	const steps: Step<Operation>[] = [];
	const remarks: string[] = [];
	const replaced: { settings: { [Name in SettingName]?: SettingValue | undefined }; mappings: Located[] } = {
		settings: {},
		mappings: [],
	};
	for (const name of SETTING_NAMES) {
		const { step, remark } = compareSetting(name, snapshot, now, options);
		if (step) {
			steps.push(step);
			replaced.settings[name] = now.settings[name];
		}
		if (remark) remarks.push(remark);
		if (name !== MAPPINGS_AFTER) continue;
		const mappings = compareMappings(snapshot, now, options);
		steps.push(...mappings.steps);
		remarks.push(...mappings.remarks);
		replaced.mappings = mappings.replaced;
	}
	const { settings, mappings } = replaced;
	return {
		steps,
		remarks,
		replaced: { settings, ...(mappings.length > 0 && { origin_cloud_regions: groupMappings(mappings) }) },
	};
}

function compareSetting(
	name: SettingName,
	snapshot: Snapshot,
	now: ZoneReading,
	{ reserveObstacle }: RestoreOptions,
): { step?: Step<Operation>; remark?: string } {
	const part = SETTING_PARTS[name];
	const given = snapshot.settings[name];
	if (given === undefined) return {};
	const wanted = part.normalize?.(given) ?? given;
	const current = now.settings[name];
	if (current === undefined)
		return { remark: `${part.label} stays as it is: ${now.unread[name] ?? 'it could not be read'}.` };
	if (canonicalJson(sorted(wanted)) === canonicalJson(sorted(current))) return {};
	if (name === 'cache_reserve' && wanted === 'on' && reserveObstacle !== undefined) return { remark: reserveObstacle };
	const lines = [`${part.label}: ${describeValue(part, current)} → ${describeValue(part, wanted)}`];
	if (wanted === UNSET && part.remove) return { step: { operation: part.remove, args: {}, lines } };
	const consequence = part.consequenceOf?.(wanted);
	return {
		step: {
			operation: part.set,
			args: { ...part.args, value: wanted },
			lines,
			...(consequence && { consequence }),
		},
	};
}

/** The value with its lists in one order, which means nothing here. */
function sorted(value: SettingValue): unknown {
	if (!isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([extension, types]) => [extension, [...types].sort()]));
}

function compareMappings(
	snapshot: Snapshot,
	now: ZoneReading,
	{ prune }: RestoreOptions,
): { steps: Step<Operation>[]; remarks: string[]; replaced: Located[] } {
	if (!snapshot.origin_cloud_regions) return { steps: [], remarks: [], replaced: [] };
	if (!now.mappings)
		return { steps: [], remarks: [`The mappings stay as they are: ${now.unread[MAPPINGS]}.`], replaced: [] };
	const current = new Map(now.mappings.map((one) => [one.origin_ip, one]));
	const wanted = mappingsOf(snapshot);
	const named = new Set(wanted.map(({ origin_ip }) => origin_ip));
	const different = wanted.filter((one) => describe(current.get(one.origin_ip)) !== describe(one));
	const extra = now.mappings.filter(({ origin_ip }) => !named.has(origin_ip));
	const pruned = prune ? extra : [];
	const isWhole = snapshot.origin_cloud_regions_total !== undefined;
	return {
		// Deleting comes first, because a zone has room for so many mappings only.
		steps: [
			...(pruned.length > 0 ? [toPruning(pruned)] : []),
			...(different.length > 0 ? [toUpdate(different, current)] : []),
		],
		remarks:
			isWhole && !prune && extra.length > 0
				? [`${formatCount(extra.length, 'mappings')} that the snapshot lacks stay. With prune they are deleted.`]
				: [],
		replaced: [...pruned, ...different.flatMap(({ origin_ip }) => current.get(origin_ip) ?? [])],
	};
}

const describe = (mapping: Located | undefined) => (mapping ? describeRegion(mapping) : 'none');

function toPruning(mappings: readonly Located[]): Step<Operation> {
	const ips = mappings.map(({ origin_ip }) => origin_ip);
	return {
		operation: originCloudRegionsBulkDelete,
		args: { origin_ips: ips },
		lines: mappings.map((one) => `Mapping of ${showIp(one.origin_ip)}: ${describe(one)} → deleted`),
		consequence: `Deletes the cloud region mappings of ${formatCount(ips.length, 'origin_ips')}: ${formatList(ips)}.`,
	};
}

function toUpdate(mappings: readonly Located[], current: ReadonlyMap<string, Located>): Step<Operation> {
	return {
		operation: originCloudRegionsBulkUpdate,
		args: { mappings: mappings.map(({ origin_ip, vendor, region }) => ({ origin_ip, vendor, region })) },
		lines: mappings.map(
			(one) => `Mapping of ${showIp(one.origin_ip)}: ${describe(current.get(one.origin_ip))} → ${describe(one)}`,
		),
	};
}
