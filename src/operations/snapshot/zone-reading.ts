/** Reads what a snapshot holds of a zone, all parts at the same time. */
import { isObject } from '../../base/json.js';
import { ApiError, ErrorCode, type Failure, Refused } from '../../errors.js';
import { canonicalIp } from '../fields.js';
import type { Located } from '../mapping.js';
import type { CompositeContext, Operation } from '../operation.js';
import { originCloudRegionsList } from '../regions.js';
import { describeUnreadable } from '../unreadable.js';
import { type SettingName, type SettingValue, UNSET } from './format.js';
import { SETTING_PARTS } from './parts.js';

/** The name of the mappings beside those of the settings. */
export const MAPPINGS = 'origin_cloud_regions';

/** What was read of a zone. */
export interface ZoneReading {
	readonly settings: Readonly<Partial<Record<SettingName, SettingValue>>>;
	/** Undefined where they were not read. */
	readonly mappings: readonly Located[] | undefined;
	/** The parts that could not be read, and why. */
	readonly unread: Readonly<Record<string, string>>;
}

type Read = CompositeContext['read'];
type Source = Pick<CompositeContext, 'read' | 'readAll' | 'zone'>;

/**
 * Reads these settings, and the mappings if they are wanted. What the plan, the token or the operator's flags do not allow
 * to read is noted. Throws every other failure, because a snapshot with a gap that passes would not show it.
 */
export async function readZone(
	{ read, readAll, zone }: Source,
	wanted: { readonly settings: readonly SettingName[]; readonly mappings: boolean },
): Promise<ZoneReading> {
	const unread: Record<string, string> = {};
	const refusals: Failure[] = [];
	const unlessRefused = async <Value>(name: string, operation: Operation, value: Promise<Value>) => {
		try {
			return await value;
		} catch (error) {
			if (!isRefusal(error)) throw error;
			refusals.push(error);
			unread[name] = describeUnreadable(error, operation, zone);
			return undefined;
		}
	};
	const [mappings, ...values] = await Promise.all([
		wanted.mappings ? unlessRefused(MAPPINGS, originCloudRegionsList, readMappings({ readAll })) : undefined,
		...wanted.settings.map((name) => unlessRefused(name, SETTING_PARTS[name].read, readSetting(read, name))),
	]);
	// When nothing could be read there is one cause, which is clearer as a failure than repeated for each part.
	if (refusals[0] && refusals.length === wanted.settings.length + Number(wanted.mappings)) throw refusals[0];
	const known = wanted.settings.flatMap((name, at) => (values[at] === undefined ? [] : [[name, values[at]] as const]));
	return { settings: Object.fromEntries(known), mappings, unread };
}

/** Whether the API or the operator does not allow the read. It would not go better the next time. */
export function isRefusal(error: unknown): error is Failure {
	if (error instanceof Refused) return true;
	return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

async function readSetting(read: Read, name: SettingName): Promise<SettingValue> {
	const { read: operation, remove, normalize } = SETTING_PARTS[name];
	try {
		const { result } = await read(operation);
		const { value } = result as { value: SettingValue };
		return normalize?.(value) ?? value;
	} catch (error) {
		if (error instanceof ApiError && error.has(ErrorCode.notSet)) return remove ? UNSET : 'off';
		throw error;
	}
}

/** All mappings of the zone, in canonical form. */
export async function readMappings({ readAll }: Pick<CompositeContext, 'readAll'>): Promise<Located[]> {
	const rows = (await readAll(originCloudRegionsList)).filter(isLocated);
	const canonical = rows.map((one) => ({ ...one, origin_ip: canonicalIp(one.origin_ip) }));
	return [...new Map(canonical.map((one) => [one.origin_ip, one])).values()];
}

/** Whether a value is a mapping of an origin. */
export const isLocated = (row: unknown): row is Required<Located> => isObject(row) && typeof row.origin_ip === 'string';
