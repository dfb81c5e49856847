/** Defines the lists of zones and of their environments. */
import { MAX_HOSTNAME_CHARACTERS } from '../base/identifiers.js';
import { inline } from '../base/sanitize.js';
import { z } from '../zod.js';
import { text } from './fields.js';
import { defineOperation } from './operation.js';
import { formatCount, formatPages, joinRows } from './wording.js';

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

/** Keeps the fields of a zone that tell it apart or explain how its cache behaves. Cloudflare's object has many more. */
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

/** States in which the cache is bypassed, so that a purge seems to have no effect. */
export function remarks({ status, paused, development_mode = 0 }: Partial<z.output<typeof zone>>): string[] {
	return [
		...(status && status !== 'active' ? [inline(status)] : []),
		...(paused ? ['paused: nothing is cached'] : []),
		...(development_mode > 0 ? [`development mode, cache bypassed for ${development_mode} s`] : []),
	];
}

const zonesList = defineOperation({
	name: 'zones_list',
	title: 'List zones',
	description:
		'Lists the zones that the token can see, with id, plan and account. Other tools take the name or the id.',
	toolset: 'zone',
	permission: 'Zone',
	danger: 'read',
	route: 'GET /zones?per_page=50',
	input: z
		.object({
			name: text(MAX_HOSTNAME_CHARACTERS, (value) =>
				/^[a-z0-9.-]+$/i.test(value)
					? { value: value.toLowerCase() }
					: { problem: 'must be a part of a domain name: letters, digits, dots and hyphens' },
			)
				.describe('Part of the zone name, e.g. example')
				.optional(),
			page: z.number().int().min(1).optional().describe('Page number, from 1; 50 zones per page'),
		})
		.strict(),
	query: ({ name, page }) => ({ name: name && `contains:${name}`, page }),
	output: z.array(zone),
	listsZones: true,
	select: (result) => result.map(selectZone),
	summarize: ({ args, result, page }) => {
		const pages = formatPages(page);
		if (result.length === 0 && pages === '')
			return (args.page ?? 1) > 1 ? 'There are no zones on this page.' : 'No visible zone matches.';
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
			[`${formatCount(page?.total_count ?? result.length, 'zones')}${pages}`, ...lines],
			(left) => `… and ${left} more: give a part of the name.`,
		);
	},
	example: { name: 'example.com' },
});

/**
 * Reads one zone. It is no tool: the overview shows of it what zones_list shows of each zone. It has the name of that tool, so
 * that --exclude-tools zones_list forbids it too.
 */
export const zoneGet = defineOperation({
	name: zonesList.name,
	title: 'Get a zone',
	description: 'Shows one zone.',
	toolset: 'zone',
	permission: 'Zone',
	danger: 'read',
	route: 'GET /zones/{zone_id}',
	input: z.object({}).strict(),
	output: zone,
	select: selectZone,
	summarize: ({ result }) => [inline(result.name), ...remarks(result)].join(' · '),
	example: {},
});

export const environmentsList = defineOperation({
	name: 'environments_list',
	title: 'List environments',
	description:
		'Lists the Version Management environments of a zone (Enterprise). `ref` is the environment_id of other tools.',
	toolset: 'zone',
	permission: 'Zone Versioning',
	danger: 'read',
	route: 'GET /zones/{zone_id}/environments',
	input: z.object({}).strict(),
	output: environments,
	summarize: ({ zone, result }) =>
		joinRows(
			[
				`${zone.name}: ${formatCount(result.environments.length, 'environments')}`,
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
