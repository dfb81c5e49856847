/** Defines the settings below /settings that decide how a zone caches. No tool sets them alone: a snapshot holds them. */
import { z } from '../../zod.js';
import { onOff } from '../fields.js';
import { defineOperation, type Operation } from '../operation.js';
import { setting } from '../setting.js';
import { formatTransition } from '../wording.js';

/** Cloudflare takes times of up to a year. */
const MAX_TTL_SECONDS = 31_536_000;

const answer = setting(z.union([z.string(), z.number()]));

/** The operations that read and write one setting. They have the names of the tools that they are a part of. */
function defineSetting(id: string, value: z.ZodTypeAny): { readonly read: Operation; readonly set: Operation } {
	const family = { title: id, description: id, toolset: 'zone', permission: 'Zone Settings' } as const;
	const read = defineOperation({
		...family,
		name: 'cache_snapshot',
		danger: 'read',
		route: `GET /zones/{zone_id}/settings/${id}`,
		input: z.object({}).strict(),
		output: answer,
		summarize: ({ result }) => `${id} is ${result.value}.`,
		example: {},
	});
	const set = defineOperation({
		...family,
		name: 'cache_restore',
		danger: 'change',
		route: `PATCH /zones/{zone_id}/settings/${id}`,
		input: z.object({ value }).strict(),
		output: answer,
		summarize: ({ result }) => `${id}: ${formatTransition(undefined, String(result.value))}.`,
		example: {},
	});
	return { read, set };
}

export const browserCacheTtl = defineSetting('browser_cache_ttl', z.number().int().min(0).max(MAX_TTL_SECONDS));
export const cacheLevel = defineSetting('cache_level', z.enum(['aggressive', 'basic', 'simplified']));
export const alwaysOnline = defineSetting('always_online', onOff);
export const sortQueryString = defineSetting('sort_query_string_for_cache', onOff);
