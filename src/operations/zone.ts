/** Zones and their environments: what an operator needs to know before touching the cache. */
import { inline } from '../base/sanitize.js';
import { z } from '../zod.js';
import { text } from './fields.js';
import { defineOperation } from './operation.js';
import { formatCount, joinRows } from './wording.js';

const zone = z
	.object({
		id: z.string(),
		name: z.string(),
		status: z.string().optional(),
		paused: z.boolean().optional(),
		development_mode: z.number().optional(),
		plan: z.object({ legacy_id: z.string().optional() }).optional(),
		account: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
	})
	.passthrough();

const environments = z
	.object({
		environments: z.array(z.object({ name: z.string(), ref: z.string(), version: z.number().nullish() }).passthrough()),
	})
	.passthrough();

/** What of a zone explains the behaviour of its cache; the rest of Cloudflare's object is noise here. */
function selectZone({ id, name, status, paused, development_mode, plan, account }: z.output<typeof zone>) {
	return {
		id,
		name,
		status,
		paused,
		development_mode,
		plan: { legacy_id: plan?.legacy_id },
		account: { id: account?.id, name: account?.name },
	};
}

/** What makes a purge seem to fail: a paused zone and development mode both go past the cache. */
export function remarks({ status, paused, development_mode = 0 }: Partial<z.output<typeof zone>>): string[] {
	return [
		...(status && status !== 'active' ? [inline(status)] : []),
		...(paused ? ['paused: nothing is cached'] : []),
		...(development_mode > 0 ? [`development mode, cache bypassed for ${development_mode} s`] : []),
	];
}

export const zonesList = defineOperation({
	name: 'zones_list',
	title: 'List zones',
	description: 'Lists the zones the token can see, with id, plan and account. Other tools take the name or the id.',
	toolset: 'zone',
	permission: 'Zone',
	danger: 'read',
	route: 'GET /zones?per_page=50',
	input: z
		.object({
			name: text((value) =>
				/^[a-z0-9.-]{1,240}$/i.test(value)
					? { value: `contains:${value.toLowerCase()}` }
					: { problem: 'must be a part of a domain name: letters, digits, dots and hyphens' },
			)
				.describe('Part of the name')
				.optional(),
			page: z.number().int().min(1).optional().describe('From 1; 50 zones each'),
		})
		.strict(),
	output: z.array(zone),
	listsZones: true,
	select: (result) => result.map(selectZone),
	summarize: ({ args, result, page }) => {
		const pages = page?.total_pages ?? 1;
		const current = page?.page ?? 1;
		const next = current < pages ? `, page ${current} of ${pages}; next: page ${current + 1}` : '';
		if (result.length === 0 && next === '')
			return (args.page ?? 1) > 1 ? 'This page is past the last zone.' : 'No zone that may be seen matches.';
		const lines = result.map((one) =>
			[
				inline(one.name),
				inline(one.id),
				inline(one.plan?.legacy_id ?? 'unknown plan'),
				inline(one.account?.name ?? ''),
				...remarks(one),
			]
				.filter(Boolean)
				.join(' · '),
		);
		return joinRows(
			[`${formatCount(page?.total_count ?? result.length, 'zones')}${next}`, ...lines],
			(left) => `… and ${left} more: give a name.`,
		);
	},
	example: { name: 'example.com' },
});

export const environmentsList = defineOperation({
	name: 'environments_list',
	title: 'List environments',
	description:
		'Lists the Version Management environments of a zone (Enterprise); `ref` is the environment_id of other tools.',
	toolset: 'zone',
	permission: 'Zone Versioning',
	danger: 'read',
	route: 'GET /zones/{zone_id}/environments',
	input: z.object({}).strict(),
	output: environments,
	summarize: ({ zone, result }) =>
		joinRows(
			[
				`${zone.name}: ${result.environments.length} environments`,
				...result.environments.map(
					({ name, ref, version }) => `${inline(name)} · ${inline(ref)} · version ${version ?? 'none'}`,
				),
			],
			(left) => `… and ${left} more.`,
		),
	example: {},
});

/** The tools of this family, in listing order. */
export const zoneOperations = [zonesList, environmentsList];
