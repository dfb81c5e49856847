/** Defines purge and invalidate: the first removes content from the cache, the second only marks it stale. */
import { z } from '../zod.js';
import { bounded, environment, MAX_ID_CHARACTERS } from './fields.js';
import { defineOperation, type EnvironmentRef, type ZoneRef } from './operation.js';
import {
	canonicalize,
	hostsOf,
	requireSelector,
	type Selection,
	selectors,
	split,
	wholeHostsOf,
} from './purge-selection.js';
import {
	describeInvalidation,
	describePlace,
	describePurge,
	describeWholeHosts,
	NEXT_REVALIDATE,
	RESERVE_KEEPS,
	withState,
} from './purge-wording.js';

const family = { toolset: 'purge', permission: 'Cache Purge', repeatable: true } as const;

const everything = () => ({ purge_everything: true });
/** The answer to every purge and invalidation. Its id is not a job's, so that nothing of it is kept. */
const accepted = z.object({}).nullable();
const verify = z.boolean().optional().describe('Fetch up to 5 of the URLs before and after');
const example = { tags: ['a-cache-tag', 'another-cache-tag'] };
const environmentExample = '023e105f4ecef8ad9ca31a8372d0c353';

const needsConsent = (selection: Selection) => wholeHostsOf(selection).length > 0;

const purgesHosts = {
	needsConsent,
	consequence: (args: Selection, zone: ZoneRef, environment: EnvironmentRef | undefined) =>
		describeWholeHosts(
			{ verb: 'Deletes everything cached', also: 'purges', effect: 'Expect full load on their origin.' },
			args,
			zone,
			environment,
		),
};

const purgeCache = defineOperation({
	name: 'purge_cache',
	title: 'Purge cached content',
	description:
		"Purges chosen content. Use urls for pages (Vary versions go along), tags or prefixes for groups, hosts for whole sites. urls leave versions by device, country, language or custom key, and what Cache Rules for GET alone cache: give headers in files, or use tags. Only urls and files free Cache Reserve's storage. invalidate_cache spares the origin. Cannot be undone.",
	...family,
	danger: 'change',
	removes: true,
	route: 'POST /zones/{zone_id}/purge_cache',
	input: z.object({ ...selectors, verify }).strict(),
	split,
	canonicalize,
	check: requireSelector,
	...purgesHosts,
	hosts: hostsOf,
	output: accepted,
	summarize: describePurge,
	example,
});

const purgeEverything = defineOperation({
	name: 'purge_everything',
	title: 'Purge everything of a zone',
	description:
		'Purges everything cached for the zone, in all environments. The origin may not cope with the load. Prefer purge_cache or invalidate_everything. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}/purge_cache',
	input: z.object({}).strict(),
	body: everything,
	output: accepted,
	consequence: (_, zone) =>
		`Deletes everything cached for ${zone.name} (${zone.plan}), in every data centre and environment. Expect full load on your origin.`,
	summarize: ({ zone }) =>
		withState(
			`Cloudflare accepted the purge of everything cached for ${zone.name}, in all environments. It cannot be undone.\nExpect full load on the origin until the cache has refilled. ${RESERVE_KEEPS}`,
			zone,
		),
	example: {},
});

const purgeEnvironment = defineOperation({
	name: 'purge_environment',
	title: 'Purge cached content of one environment',
	description:
		'Purges chosen content of one Version Management environment (Enterprise); for Production use purge_cache. urls and files fail where it selects by IP, country, ASN or threat score. Cannot be undone.',
	...family,
	danger: 'change',
	removes: true,
	route: 'POST /zones/{zone_id}/environments/{environment_id}/purge_cache',
	input: z.object({ environment_id: environment, ...selectors, verify }).strict(),
	split,
	canonicalize,
	check: requireSelector,
	...purgesHosts,
	hosts: hostsOf,
	output: accepted,
	summarize: describePurge,
	example: { environment_id: environmentExample, ...example },
});

const purgeEnvironmentEverything = defineOperation({
	name: 'purge_environment_everything',
	title: 'Purge everything of one environment',
	description:
		'Purges everything cached for one Version Management environment (Enterprise). The origin may not cope with the load. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}/environments/{environment_id}/purge_cache',
	input: z.object({ environment_id: environment }).strict(),
	body: everything,
	insteadOfProduction: 'purge_everything',
	output: accepted,
	consequence: (_, zone, environment) =>
		`Deletes everything cached for ${describePlace(zone, environment)} (${zone.plan}), in every data centre. Expect full load on its origin.`,
	summarize: ({ zone, environment }) =>
		withState(
			`Cloudflare accepted the purge of everything cached for ${describePlace(zone, environment)}. It cannot be undone.`,
			zone,
		),
	example: { environment_id: environmentExample },
});

const invalidateCache = defineOperation({
	name: 'invalidate_cache',
	title: 'Invalidate cached content',
	description:
		'Marks chosen content stale: the next request asks the origin, and a 304 keeps the copy. Gentle after a deploy if the origin sends ETag or Last-Modified. For content that must go at once (leak, legal) use purge_cache. Cannot be undone.',
	...family,
	danger: 'change',
	route: 'POST /zones/{zone_id}[/environments/{environment_id}]/invalidate_cache',
	input: z.object({ ...selectors, environment_id: environment.optional(), verify }).strict(),
	split,
	canonicalize,
	check: requireSelector,
	needsConsent,
	consequence: (args, zone, environment) =>
		describeWholeHosts(
			{
				verb: 'Marks everything cached as stale',
				also: 'invalidates',
				effect: 'Expect a revalidation at their origin for every object that is requested.',
			},
			args,
			zone,
			environment,
		),
	hosts: hostsOf,
	output: accepted,
	summarize: describeInvalidation,
	example,
});

const invalidateEverything = defineOperation({
	name: 'invalidate_everything',
	title: 'Invalidate everything of a zone',
	description:
		'Marks everything cached for the zone or one environment stale: the origin is asked about each object that is requested. Prefer invalidate_cache. Cannot be undone.',
	...family,
	danger: 'destroy',
	route: 'POST /zones/{zone_id}[/environments/{environment_id}]/invalidate_cache',
	input: z.object({ environment_id: environment.optional() }).strict(),
	body: everything,
	insteadOfProduction: 'invalidate_everything without environment_id',
	output: accepted,
	consequence: (_, zone, environment) =>
		`Marks everything cached for ${describePlace(zone, environment)} (${zone.plan}) as stale, in every data centre. Expect a revalidation at your origin for every object that is requested.`,
	summarize: ({ zone, environment }) =>
		withState(
			`Cloudflare accepted the invalidation of everything cached for ${describePlace(zone, environment)}. It cannot be undone.\n${NEXT_REVALIDATE}`,
			zone,
		),
	example: {},
});

const purgeResume = defineOperation({
	name: 'purge_resume',
	title: 'Resume an unfinished purge',
	description:
		'Sends the rest of a purge or invalidation that ended early. Its answer and cache_overview have the handle.',
	...family,
	danger: 'change',
	removes: true,
	resumes: true,
	input: z.object({ resume: bounded(MAX_ID_CHARACTERS).describe('Handle, e.g. k7m2p9qrst') }).strict(),
	output: accepted,
	example: { resume: 'k7m2p9qrst' },
});

/** The tools of this family, in listing order. */
export const purgeOperations = [
	purgeCache,
	purgeEverything,
	purgeEnvironment,
	purgeEnvironmentEverything,
	invalidateCache,
	invalidateEverything,
	purgeResume,
];
