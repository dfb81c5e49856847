/** Defines Tiered Cache: the switch itself, its smart topology, and its regional hubs. */
import { showOnOff } from '../base/sanitize.js';
import { z } from '../zod.js';
import { onOff } from './fields.js';
import { defineOperation, type Outcome } from './operation.js';
import { REGIONAL_PLANS } from './requirement.js';
import {
	deletedSetting,
	describeChange,
	describeSetting,
	describeUnset,
	needsTieredCache,
	type OnOffSetting,
	onOffSetting,
} from './setting.js';

const family = { toolset: 'tiered', permission: 'Zone Settings' } as const;
const none = z.object({}).strict();
const value = z.object({ value: onOff }).strict();
const SMART = 'Smart Tiered Cache';
const REGIONAL = 'Regional Tiered Cache';
const TIERED = 'Tiered Cache';
const SMART_ROUTE = '/zones/{zone_id}/cache/tiered_cache_smart_topology_enable';
const REGIONAL_ROUTE = '/zones/{zone_id}/cache/regional_tiered_cache';
const TIERED_ROUTE = '/zones/{zone_id}/argo/tiered_caching';

/** The change, and how to go back where the setting did not exist: another edit would leave it there. */
function describeSmartChange(outcome: Outcome<unknown, OnOffSetting>): string {
	const change = describeChange(SMART, outcome);
	return outcome.before === null ? `${change} To go back: smart_tiered_cache_delete.` : change;
}

export const smartTieredCacheGet = defineOperation({
	...family,
	name: 'smart_tiered_cache_get',
	title: 'Get Smart Tiered Cache',
	description: 'Shows whether Smart Tiered Cache is on: Cloudflare then picks the upper tier closest to each origin.',
	danger: 'read',
	route: `GET ${SMART_ROUTE}`,
	input: none,
	output: onOffSetting,
	unset: (_, zone) => describeUnset(SMART, zone),
	summarize: (outcome) => describeSetting(SMART, outcome),
	example: {},
});

const smartTieredCacheCreate = defineOperation({
	...family,
	name: 'smart_tiered_cache_create',
	title: 'Create the Smart Tiered Cache setting',
	description:
		'Turns Smart Tiered Cache on or off on a zone where it was never set. smart_tiered_cache_edit does the same on every zone: prefer it.',
	danger: 'change',
	route: `POST ${SMART_ROUTE}`,
	current: { route: `GET ${SMART_ROUTE}` },
	depends: [needsTieredCache],
	input: value,
	output: onOffSetting,
	summarize: describeSmartChange,
	example: { value: 'on' },
});

export const smartTieredCacheEdit = defineOperation({
	...family,
	name: 'smart_tiered_cache_edit',
	title: 'Turn Smart Tiered Cache on or off',
	description:
		'Turns Smart Tiered Cache on or off, on every plan, also where it was never set; smart_tiered_cache_delete goes back to that. It has no effect while Tiered Cache is off (tiered_cache_edit).',
	danger: 'change',
	route: `PATCH ${SMART_ROUTE}`,
	current: { route: `GET ${SMART_ROUTE}` },
	depends: [needsTieredCache],
	input: value,
	output: onOffSetting,
	summarize: describeSmartChange,
	example: { value: 'on' },
});

export const smartTieredCacheDelete = defineOperation({
	...family,
	name: 'smart_tiered_cache_delete',
	title: 'Delete the Smart Tiered Cache setting',
	description:
		'Deletes the setting: never set is off (Enterprise then has the generic topology). To turn it off, use smart_tiered_cache_edit.',
	danger: 'change',
	removes: true,
	route: `DELETE ${SMART_ROUTE}`,
	current: { route: `GET ${SMART_ROUTE}` },
	input: none,
	output: deletedSetting,
	unset: (_, zone) =>
		`${SMART} of ${zone.name}: was not set, so there was nothing to delete. The default (off) applies.`,
	summarize: ({ zone, before }) =>
		`${SMART} of ${zone.name}: ${before?.value ? `${showOnOff(before.value)} → ` : ''}setting deleted. The default (off) applies.`,
	example: {},
});

export const regionalTieredCacheGet = defineOperation({
	...family,
	name: 'regional_tiered_cache_get',
	title: 'Get Regional Tiered Cache',
	description:
		'Shows whether Regional Tiered Cache is on: a regional hub is then asked before the upper tier (Enterprise).',
	requires: REGIONAL_PLANS,
	danger: 'read',
	route: `GET ${REGIONAL_ROUTE}`,
	input: none,
	output: onOffSetting,
	unset: (_, zone) => describeUnset(REGIONAL, zone),
	summarize: (outcome) => describeSetting(REGIONAL, outcome),
	example: {},
});

export const regionalTieredCacheEdit = defineOperation({
	...family,
	name: 'regional_tiered_cache_edit',
	title: 'Turn Regional Tiered Cache on or off',
	description:
		'Turns Regional Tiered Cache on or off (Enterprise). It works with Smart and custom topologies, and brings nothing with the generic one.',
	requires: REGIONAL_PLANS,
	danger: 'change',
	route: `PATCH ${REGIONAL_ROUTE}`,
	current: { route: `GET ${REGIONAL_ROUTE}` },
	depends: [needsTieredCache],
	input: value,
	output: onOffSetting,
	summarize: (outcome) => describeChange(REGIONAL, outcome),
	example: { value: 'on' },
});

export const tieredCacheGet = defineOperation({
	...family,
	name: 'tiered_cache_get',
	title: 'Get Tiered Cache',
	description: 'Shows whether Tiered Cache is on: lower-tier data centres then ask an upper tier before the origin.',
	danger: 'read',
	route: `GET ${TIERED_ROUTE}`,
	input: none,
	output: onOffSetting,
	unset: (_, zone) => describeUnset(TIERED, zone),
	summarize: (outcome) => describeSetting(TIERED, outcome),
	example: {},
});

export const tieredCacheEdit = defineOperation({
	...family,
	name: 'tiered_cache_edit',
	title: 'Turn Tiered Cache on or off',
	description:
		'Turns Tiered Cache on or off. Smart Tiered Cache and origin_cloud_regions_supported need it on. Off sends more requests to the origin.',
	danger: 'change',
	route: `PATCH ${TIERED_ROUTE}`,
	current: { route: `GET ${TIERED_ROUTE}` },
	input: value,
	output: onOffSetting,
	summarize: (outcome) =>
		outcome.result.value === 'off'
			? `${describeChange(TIERED, outcome)}\nEvery data centre now asks the origin itself. Smart, Regional and origin cloud regions rest meanwhile.`
			: describeChange(TIERED, outcome),
	example: { value: 'on' },
});

/** The tools of this family, in listing order. */
export const tieredOperations = [
	smartTieredCacheGet,
	smartTieredCacheCreate,
	smartTieredCacheEdit,
	smartTieredCacheDelete,
	regionalTieredCacheGet,
	regionalTieredCacheEdit,
	tieredCacheGet,
	tieredCacheEdit,
];
