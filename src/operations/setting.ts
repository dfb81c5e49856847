/** Defines the schemas and the sentences of zone settings, which have the form `{id, editable, value}`. */
import { isObject } from '../base/json.js';
import { showDate, showOnOff } from '../base/sanitize.js';
import { z } from '../zod.js';
import type { Outcome, ZoneRef } from './operation.js';
import { formatTransition } from './wording.js';

/** The answer of a setting with this value. `editable` is kept where it says that the zone cannot change the setting. */
export function setting<Value extends z.ZodTypeAny>(value: Value) {
	return z
		.object({
			value,
			editable: z.boolean().optional().catch(undefined),
			modified_on: z.string().optional().catch(undefined),
		})
		.transform(({ editable, ...rest }) => (editable === false ? { ...rest, editable } : rest));
}

/** The answer of an on/off setting. */
export const onOffSetting = setting(z.string());
/** The answer to the deletion of a setting, which has no value, and the setting before it. */
export const deletedSetting = z.object({
	value: z.string().optional(),
	modified_on: z.string().optional().catch(undefined),
});

/** The remark of a change that has no effect while Tiered Cache is off. */
export const needsTieredCache = {
	route: 'GET /zones/{zone_id}/argo/tiered_caching',
	remark: (value: unknown, args: unknown) =>
		(value === 'off' || value === null) && !isSwitchingOff(args)
			? 'It has no effect while Tiered Cache is off (tiered_cache_edit).'
			: undefined,
} as const;

const isSwitchingOff = (args: unknown) => isObject(args) && args.value === 'off';

/** The value of an on/off setting, as far as it is known. */
export type OnOffSetting = { value: string; modified_on?: string | undefined };

/** `Cache Reserve of example.com is on (changed 2026-03-01).` */
export function describeSetting(label: string, { zone, result }: Outcome<unknown, OnOffSetting>): string {
	const day = result.modified_on ? ` (changed ${showDate(result.modified_on.slice(0, 10))})` : '';
	return `${label} of ${zone.name} is ${showOnOff(result.value)}${day}.`;
}

/** `Smart Tiered Cache of example.com: never set (off).` */
export function describeUnset(label: string, zone: ZoneRef): string {
	return `${label} of ${zone.name}: never set (off).`;
}

/** `Cache Reserve of example.com: off → on.` */
export function describeChange(label: string, { zone, result, before }: Outcome<unknown, OnOffSetting>): string {
	return `${label} of ${zone.name}: ${formatTransition(before && showOnOff(before.value), showOnOff(result.value))}.`;
}
