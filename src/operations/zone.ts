/** Defines the lists of zones and of their environments. */
import { MAX_HOSTNAME_CHARACTERS } from '../base/identifiers.js';
import { bareWords, quote, showHexId, showHost, showPlan } from '../base/sanitize.js';
import { z } from '../zod.js';
import { rows, text } from './fields.js';
import { defineOperation, type ZoneState } from './operation.js';
import { ENVIRONMENTS_PLANS } from './requirement.js';
import { formatCount, formatPages } from './wording.js';

/** The fields of a zone that tell it apart or explain how its cache behaves. Cloudflare's object has many more. */
const zone = z.object({
	id: z.string(),
	name: z.string(),
	status: z.string().optional().catch(undefined),
	paused: z.boolean().optional().catch(undefined),
	development_mode: z.number().optional().catch(undefined),
	plan: z.object({ legacy_id: z.string().optional() }).optional().catch(undefined),
	account: z.object({ id: z.string().optional(), name: z.string().optional() }).optional().catch(undefined),
});

const environment = z.object({
	name: z.string(),
	ref: z.string(),
	version: z.number().optional().catch(undefined),
	expression: z.string().optional().catch(undefined),
});
const environments = z.object({ environments: rows(environment) });

/** Known states of a zone, bare. */
const showStatus = bareWords('active', 'pending', 'initializing', 'moved', 'deleted', 'deactivated');

/** States in which the cache is bypassed, so that a purge seems to have no effect. */
export function remarks({ status, paused, development_mode = 0 }: ZoneState): string[] {
	return [
		...(status && status !== 'active' ? [showStatus(status)] : []),
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
	output: rows(zone),
	listsZones: true,
	summarize: ({ args, result, page }) => {
		const pages = formatPages(page);
		if (result.length === 0 && pages === '')
			return (args.page ?? 1) > 1
				? 'There are no zones on this page.'
				: 'No zone with such a name is visible to this token.';
		return {
			sentences: [`${formatCount(page?.total_count ?? result.length, 'zones')}${pages}`],
			rows: result.map((one) =>
				[
					showHost(one.name),
					showHexId(one.id),
					showPlan(one.plan?.legacy_id),
					...(one.account?.name ? [quote(one.account.name, 100)] : []),
					...remarks(one),
				].join(' · '),
			),
			rest: (left) => `… and ${left} more: give a part of the name.`,
		};
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
	summarize: ({ result }) => [showHost(result.name), ...remarks(result)].join(' · '),
	example: {},
});

export const environmentsList = defineOperation({
	name: 'environments_list',
	title: 'List environments',
	description:
		'Lists the Version Management environments of a zone (Enterprise), and what each selects: requests by IP, country and the like, or everything. For Production use the tools of the zone; purge_everything clears all environments. `ref` is the environment_id of other tools.',
	toolset: 'zone',
	permission: 'Zone Versioning',
	requires: ENVIRONMENTS_PLANS,
	danger: 'read',
	route: 'GET /zones/{zone_id}/environments',
	input: z.object({}).strict(),
	output: environments,
	summarize: ({ zone, result }) => ({
		sentences: [`${zone.name}: ${formatCount(result.environments.length, 'environments')}`],
		rows: result.environments.map(({ name, ref, version, expression }) =>
			[
				quote(name, 100),
				showHexId(ref),
				`version ${version ?? 'none'}`,
				...(expression ? [`selects ${describeExpression(expression)}`] : []),
			].join(' · '),
		),
	}),
	example: {},
});

/** How an environment selects requests: all of them, or those that Cloudflare's expression matches. */
function describeExpression(expression: string): string {
	return expression.trim() === 'true' ? 'everything' : quote(expression, 100);
}

/** The tools of this family, in listing order. */
export const zoneOperations = [zonesList, environmentsList];
