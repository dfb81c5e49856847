/** Defines the prompts: what each asks of the model, with which tools, in which order, and with which care. */
import { quote } from '../base/sanitize.js';

/** An argument of a prompt, as prompts/list shows it. */
interface PromptArgument {
	readonly name: string;
	readonly description: string;
	readonly required: boolean;
}

/** One step that the model takes. Without its tool, a prompt goes on without it. */
interface Step {
	readonly tool?: string;
	readonly text: string;
}

type Given = Readonly<Record<string, string | undefined>>;

/** A prompt of a user. */
export interface Prompt {
	readonly name: string;
	readonly title: string;
	readonly description: string;
	readonly arguments: readonly PromptArgument[];
	/** The tools without which the prompt is not offered. */
	readonly needs: readonly string[];
	/** What the user wants. */
	opening(given: Given): string;
	steps(given: Given): readonly Step[];
}

const zone: PromptArgument = { name: 'zone', description: 'Zone name or id', required: true };

/** Longest argument that a prompt takes. A zone may be given by a URL. */
export const MAX_ARGUMENT_CHARACTERS = 2_048;

/** What a user typed, as data. */
const show = (value: string | undefined) => quote(value ?? '', MAX_ARGUMENT_CHARACTERS);

const FINISH: Step = {
	tool: 'purge_resume',
	text: 'If an answer has a resume handle, call purge_resume with it until nothing is left.',
};
const REPORT: Step = { text: 'Tell me what Cloudflare accepted and what it did not, in the words of the answers.' };

/** All prompts in listing order. */
export const PROMPTS: readonly Prompt[] = [
	{
		name: 'purge_after_deploy',
		title: 'Purge after a deployment',
		description: 'Purges what a deployment changed, and nothing else.',
		arguments: [zone, { name: 'environment', description: 'Environment name or id, if not all', required: false }],
		needs: ['purge_cache', 'purge_environment'],
		opening: ({ zone: of }) => `I have deployed to ${show(of)}. Purge exactly what changed.`,
		steps: ({ environment }) => {
			const tool = environment ? 'purge_environment' : 'purge_cache';
			const scope = environment ? ` and environment_id ${show(environment)}` : '';
			return [
				{ text: 'If I did not name the changed URLs, tags or prefixes, ask me for them. Do not guess.' },
				{
					text: 'Make sure that the origin already serves the new version: a purge before that stores the old one again.',
				},
				{ tool, text: `Call ${tool} with dry_run: true${scope}, and show me the plan.` },
				{ tool, text: `When I agree, call ${tool} again without dry_run.` },
				FINISH,
				REPORT,
			];
		},
	},
	{
		name: 'why_stale',
		title: 'Find out why a page is stale',
		description: 'Finds out why visitors still get an old version, and proposes the narrowest purge.',
		arguments: [zone],
		needs: ['cache_overview'],
		opening: ({ zone: of }) =>
			`Visitors of ${show(of)} still get an old version of a page. Find out why. Change nothing yet.`,
		steps: () => [
			{ text: 'If I did not name the URL, ask me for it, with scheme and query, as visitors request it.' },
			{
				tool: 'cache_inspect',
				text: 'Call cache_inspect with the URL. Its verdict names the header or rule that decided, and the purge that fits.',
			},
			{
				tool: 'cache_overview',
				text: 'Call cache_overview. A paused zone, development mode or an unfinished purge explains much.',
			},
			{ tool: 'purge_cache', text: 'Propose one call of purge_cache for this URL alone, with dry_run: true first.' },
			{ text: 'Say what cannot be seen from here: other data centres, browsers, and caches before Cloudflare.' },
		],
	},
	{
		name: 'cache_health',
		title: 'Check how caching is set up',
		description: 'Reviews the cache settings of a zone, worst finding first, and changes nothing.',
		arguments: [zone],
		needs: ['cache_overview'],
		opening: ({ zone: of }) => `Is caching set up well for ${show(of)}? Review it and change nothing.`,
		steps: () => [
			{ tool: 'cache_overview', text: 'Call cache_overview.' },
			{
				tool: 'cache_analytics',
				text: 'Call cache_analytics for 24 hours: hit ratio, and the paths that reach the origin most.',
			},
			{
				text: 'List what you found, worst first. For each: what it costs, the tool call that mends it, and whether it costs money.',
			},
			{ text: 'Say which parts could not be read. Do not call anything that changes a setting.' },
		],
	},
	{
		name: 'map_origins',
		title: 'Map origins to cloud regions',
		description:
			'Tells Cloudflare in which cloud region each origin is, so that Tiered Cache can choose a near data centre.',
		arguments: [
			zone,
			{ name: 'vendor', description: 'Cloud vendor: aws, azure, gcp or oci', required: false },
			{ name: 'region', description: "The vendor's region, e.g. us-east-1", required: false },
		],
		needs: ['origin_cloud_regions_list', 'origin_cloud_regions_supported', 'origin_cloud_regions_bulk_update'],
		opening: ({ zone: of, vendor, region }) => {
			const where = [vendor, region].filter(Boolean).map(show).join(' ');
			return `Map the origins of ${show(of)} to their cloud regions${where && `: they are in ${where}`}.`;
		},
		steps: () => [
			{ text: 'If I did not give the IP addresses of the origins and their regions, ask me. Do not guess from names.' },
			{ text: 'Call origin_cloud_regions_supported and origin_cloud_regions_list, and compare with what I gave.' },
			{ text: 'Call origin_cloud_regions_bulk_update with dry_run: true, and show me what would change.' },
			{ text: 'When I agree, call it again without dry_run.' },
			{
				tool: 'cache_overview',
				text: 'Call cache_overview: mappings have an effect only with Tiered Cache and Smart Tiered Cache on.',
			},
		],
	},
	{
		name: 'emergency_purge',
		title: 'Remove something from the cache now',
		description: 'Removes leaked or broken content as fast as is safe, in the narrowest way that is certain.',
		arguments: [zone],
		needs: ['purge_cache'],
		opening: ({ zone: of }) => `Something must leave the cache of ${show(of)} now.`,
		steps: () => [
			{
				text: 'If I did not say what, ask for the exact URL, or the tag, prefix or host. Ask whether the origin has stopped serving it.',
			},
			{
				tool: 'purge_cache',
				text: 'Purge by urls first: it is the fastest, and the only way that also frees Cache Reserve.',
			},
			{
				tool: 'purge_cache',
				text: 'Copies by device, country or language need files with headers. Purge a tag or a prefix where their number is unknown.',
			},
			FINISH,
			{
				tool: 'purge_everything',
				text: 'Use purge_everything only when I ask for it. Show me its consequence first: the origin takes the full load.',
			},
			REPORT,
			{ text: 'Remind me that browsers and other caches keep their copies.' },
		],
	},
];
