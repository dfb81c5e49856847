/** Finds what a change would lose: the values that it replaces or deletes, as a snapshot that brings them back. */
import { canonicalJson, isObject } from '../../base/json.js';
import { canonicalIp } from '../fields.js';
import { describeRegion, type Located } from '../mapping.js';
import type { CompositeContext, Operation } from '../operation.js';
import { originCloudRegionsList } from '../regions.js';
import { groupMappings, SETTING_NAMES, type SettingName, type SettingValue, type Snapshot } from './format.js';
import { SETTING_PARTS } from './parts.js';
import { isLocated, readMappings } from './zone-reading.js';

/** A change that is about to be sent. */
interface Change {
	readonly operation: Operation;
	/** The value before, as the record reads it; null or undefined where there is none. */
	readonly before: unknown;
	/** The bodies of its requests, in their order. */
	readonly bodies: readonly unknown[];
	readAll: CompositeContext['readAll'];
}

/** What a change loses; undefined where it loses nothing that a snapshot holds. Throws what its reads throw. */
export async function findLoss(
	change: Change,
): Promise<Pick<Snapshot, 'settings' | 'origin_cloud_regions'> | undefined> {
	const { operation, before, bodies } = change;
	const name = settingOf(operation);
	if (name !== undefined) {
		const value = settingValueOf(before);
		return value !== undefined && isLost(value, settingValueOf(bodies[0]))
			? { settings: { [name]: value } }
			: undefined;
	}
	if (!isBelow(operation, originCloudRegionsList)) return undefined;
	const lost = operation.split ? await findLostMappings(change) : lostMapping(before, bodies[0]);
	return lost.length > 0 ? { settings: {}, origin_cloud_regions: groupMappings(lost) } : undefined;
}

/** The setting that an operation changes: the one that is read at the same path. */
function settingOf(operation: Operation): SettingName | undefined {
	if (operation.danger === 'read') return undefined;
	return SETTING_NAMES.find((name) => pathOf(SETTING_PARTS[name].read) === pathOf(operation));
}

const pathOf = ({ route }: Operation): string | undefined => route?.split(' ')[1];
const isBelow = (operation: Operation, list: Operation): boolean => {
	return operation.danger !== 'read' && (pathOf(operation) ?? '').startsWith(`${pathOf(list)}/`);
};

function settingValueOf(setting: unknown): SettingValue | undefined {
	return isObject(setting) ? (setting.value as SettingValue | undefined) : undefined;
}

/** Whether a value is replaced by less, or by another. Off loses nothing, and nor does what is only added to. */
function isLost(before: SettingValue, next: SettingValue | undefined): boolean {
	if (!isObject(before)) return before !== 'off' && before !== next;
	return Object.entries(before).some(
		([key, types]) =>
			!isObject(next) || canonicalJson([...types].sort()) !== canonicalJson([...(next[key] ?? [])].sort()),
	);
}

function lostMapping(before: unknown, next: unknown): Located[] {
	if (!isLocated(before)) return [];
	if (isLocated(next) && describeRegion(next) === describeRegion(before)) return [];
	return [{ ...before, origin_ip: canonicalIp(before.origin_ip) }];
}

/** The mappings that a batch replaces or deletes. Its requests carry mappings, or addresses only. */
async function findLostMappings({ bodies, readAll }: Change): Promise<Located[]> {
	const items = bodies.flatMap((body) => (Array.isArray(body) ? (body as unknown[]) : []));
	const next = new Map(items.map((item) => (isLocated(item) ? [item.origin_ip, item] : [String(item), undefined])));
	return (await readMappings({ readAll })).filter((one) => {
		const item = next.get(one.origin_ip);
		return next.has(one.origin_ip) && lostMapping(one, item).length > 0;
	});
}
