/** Defines the schemas and the sentences of zone settings, which have the form `{id, editable, value}`. */
import { inline } from '../base/sanitize.js';
import { z } from '../zod.js';
import type { Outcome } from './operation.js';
import { formatTransition } from './wording.js';

/** Fields in the answer of every setting. */
export const settingShape = {
	id: z.string(),
	editable: z.boolean().optional(),
	modified_on: z.string().nullish(),
};

/** The answer of an on/off setting. */
export const onOffSetting = z.object({ ...settingShape, value: z.string() }).passthrough();
/** The answer to the deletion of a setting, which has no value. */
export const deletedSetting = z.object(settingShape).passthrough();

type OnOffSetting = z.output<typeof onOffSetting>;

/** `Cache Reserve of example.com is on (changed 2026-03-01).` */
export function describeSetting(label: string, { zone, result }: Outcome<unknown, OnOffSetting>): string {
	const day = result.modified_on ? ` (changed ${inline(result.modified_on.slice(0, 10))})` : '';
	return `${label} of ${zone.name} is ${inline(result.value)}${day}.`;
}

/** `Cache Reserve of example.com: off → on.` */
export function describeChange(label: string, { zone, result, before }: Outcome<unknown, OnOffSetting>): string {
	return `${label} of ${zone.name}: ${formatTransition(before && inline(before.value), inline(result.value))}.`;
}
