/** Lists what a snapshot holds, and with which operations each part is read and set. */
import { isObject } from '../../base/json.js';
import { bareWords, quote, showNumber, showOnOff } from '../../base/sanitize.js';
import type { Operation } from '../operation.js';
import { cacheReserveEdit, cacheReserveGet } from '../reserve.js';
import {
	regionalTieredCacheEdit,
	regionalTieredCacheGet,
	smartTieredCacheDelete,
	smartTieredCacheEdit,
	smartTieredCacheGet,
	tieredCacheEdit,
	tieredCacheGet,
} from '../tiered.js';
import { describeVariants, variantsDelete, variantsEdit, variantsGet } from '../variants.js';
import { type SettingName, type SettingValue, UNSET } from './format.js';
import { alwaysOnline, browserCacheTtl, cacheLevel, sortQueryString } from './zone-setting.js';

/** One setting of a snapshot. */
interface SettingPart {
	readonly label: string;
	readonly read: Operation;
	readonly set: Operation;
	/** Deletes it. Without such an operation, a setting that was never set counts as off. */
	readonly remove?: Operation;
	/** Arguments of `set` beside the value. */
	readonly args?: Readonly<Record<string, unknown>>;
	/** Puts a value into words; without it the value is `on` or `off`. */
	describe?(value: never): string;
	/** The value that means the same and is compared. */
	normalize?(value: SettingValue): SettingValue;
	/** What the user must consent to before this value is set. */
	consequenceOf?(value: SettingValue): string | undefined;
}

/** TypeScript demands one for each name. */
export const SETTING_PARTS: Readonly<Record<SettingName, SettingPart>> = {
	tiered_caching: { label: 'Tiered Cache', read: tieredCacheGet, set: tieredCacheEdit },
	smart_tiered_cache: {
		label: 'Smart Tiered Cache',
		read: smartTieredCacheGet,
		set: smartTieredCacheEdit,
		remove: smartTieredCacheDelete,
	},
	regional_tiered_cache: {
		label: 'Regional Tiered Cache',
		read: regionalTieredCacheGet,
		set: regionalTieredCacheEdit,
	},
	variants: {
		label: 'Image variants',
		read: variantsGet,
		set: variantsEdit,
		remove: variantsDelete,
		args: { mode: 'replace' },
		describe: (value) => (isObject(value) ? describeVariants(value) : quote(String(value), 40)),
		normalize: withoutEmptyLists,
	},
	browser_cache_ttl: {
		label: 'Browser cache TTL',
		...browserCacheTtl,
		describe: (seconds) => `${showNumber(seconds)} s`,
	},
	cache_level: { label: 'Cache level', ...cacheLevel, describe: bareWords('aggressive', 'basic', 'simplified') },
	always_online: { label: 'Always Online', ...alwaysOnline },
	sort_query_string_for_cache: { label: 'Query string sort', ...sortQueryString },
	cache_reserve: {
		label: 'Cache Reserve',
		read: cacheReserveGet,
		set: cacheReserveEdit,
		consequenceOf: (value) =>
			value === 'on' ? 'Turns Cache Reserve on, which is billed for storage and operations.' : undefined,
	},
};

/** The value of a setting in words. */
export function describeValue({ describe }: SettingPart, value: SettingValue): string {
	if (value === UNSET) return 'not set';
	return (describe ?? showOnOff)(value as never);
}

/** Variants without the extensions that have no types. Without any, they are as good as never set. */
function withoutEmptyLists(value: SettingValue): SettingValue {
	if (!isObject(value)) return value;
	const entries = Object.entries(value).filter(([, types]) => types.length > 0);
	return entries.length === 0 ? UNSET : Object.fromEntries(entries);
}
