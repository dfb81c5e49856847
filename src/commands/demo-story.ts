/** Tells the story of the demo: its chapters and the tool calls in them. */

/** One tool call of the story. */
export interface Step {
	readonly tool: string;
	readonly args: Readonly<Record<string, unknown>>;
	/** The environment whose id the call gets as `environment_id`. An earlier step has to list it. */
	readonly environment?: string;
	/** The call gets the snapshot that an earlier step has taken. */
	readonly restores?: true;
	/** What the user types into the confirmation form. Without it, the user declines. */
	readonly userTypes?: string;
	/** Whether the call has to fail, and to say why. */
	readonly fails?: true;
}

/** Steps under one title. */
export interface Chapter {
	readonly title: string;
	readonly steps: readonly Step[];
}

const zone = 'example.com';

const blog = {
	zone,
	urls: ['https://www.example.com/blog/', 'https://www.example.com/blog/feed.xml'],
	tags: ['blog'],
};

const script = 'https://www.example.com/assets/app.js';

const shop = {
	zone: 'example.biz',
	urls: Array.from({ length: 2_500 }, (_, number) => `https://www.example.biz/product/${number}`),
};

/** The chapters in their order. */
export const STORY: readonly Chapter[] = [
	{
		title: 'Monday morning: which zones are there, and how are they set up?',
		steps: [
			{ tool: 'zones_list', args: {} },
			{ tool: 'cache_overview', args: { zone } },
			{ tool: 'cache_analytics', args: { zone, top: 3 } },
			{ tool: 'cache_snapshot', args: { zone } },
		],
	},
	{
		title: 'A deploy changed the blog. Preview the purge, run it, and invalidate what may be served stale.',
		steps: [
			{ tool: 'purge_cache', args: { ...blog, dry_run: true } },
			{ tool: 'purge_cache', args: blog },
			{ tool: 'invalidate_cache', args: { zone, prefixes: ['www.example.com/assets'] } },
		],
	},
	{
		title: 'Do visitors get the new script? Look at its URL, purge it, and check that the old copy is gone.',
		steps: [
			{ tool: 'cache_inspect', args: { url: script } },
			{ tool: 'purge_cache', args: { zone, urls: [script], verify: true } },
		],
	},
	{
		title: "A template changed on every page of the shop: 2,500 URLs in one call, at the pace of the zone's plan.",
		steps: [
			{ tool: 'purge_cache', args: { ...shop, dry_run: true } },
			{ tool: 'purge_cache', args: shop },
		],
	},
	{
		title: 'A leaked page must go, and the first attempt gives a path in place of a URL.',
		steps: [
			{ tool: 'purge_cache', args: { zone, urls: ['/internal/prices.html'] }, fails: true },
			{
				tool: 'purge_cache',
				args: { zone: 'www.example.com', urls: ['https://www.example.com/internal/prices.html'] },
			},
		],
	},
	{
		title: '"Just purge everything!" The user is asked to confirm, and has second thoughts.',
		steps: [
			{ tool: 'purge_everything', args: { zone, dry_run: true } },
			{ tool: 'purge_everything', args: { zone }, fails: true },
			{ tool: 'purge_everything', args: { zone }, userTypes: 'example.org', fails: true },
		],
	},
	{
		title: 'After a broken release the user really wants it.',
		steps: [{ tool: 'purge_everything', args: { zone }, userTypes: zone }],
	},
	{
		title: 'Staging is an environment of its own.',
		steps: [
			{ tool: 'environments_list', args: { zone } },
			{ tool: 'purge_environment', args: { zone, tags: ['release-42'] }, environment: 'Staging' },
		],
	},
	{
		title: 'Fewer requests reach the origin: tiered cache and image variants.',
		steps: [
			{ tool: 'smart_tiered_cache_edit', args: { zone, value: 'on' } },
			{ tool: 'regional_tiered_cache_edit', args: { zone, value: 'on' } },
			{ tool: 'variants_edit', args: { zone, value: { jpeg: ['image/webp', 'image/avif'] }, mode: 'merge' } },
			{ tool: 'variants_edit', args: { zone, value: { png: ['image/webp'] }, mode: 'merge' } },
			{ tool: 'regional_tiered_cache_get', args: { zone: 'example.org' }, fails: true },
		],
	},
	{
		title: 'Tell Cloudflare in which cloud regions the origins are.',
		steps: [
			{ tool: 'origin_cloud_regions_supported', args: { zone, vendor: 'aws' } },
			{
				tool: 'origin_cloud_regions_bulk_update',
				args: {
					zone,
					mappings: [
						{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
						{ origin_ip: '192.0.2.2', vendor: 'aws', region: 'us-east-1' },
						{ origin_ip: '2001:DB8:0::1', vendor: 'gcp', region: 'us-central1' },
					],
				},
			},
			{ tool: 'origin_cloud_regions_list', args: { zone } },
			{ tool: 'origin_cloud_regions_delete', args: { zone, origin_ip: 'batch' }, fails: true },
			{
				tool: 'origin_cloud_regions_bulk_delete',
				args: { zone, origin_ips: ['192.0.2.2', '198.51.100.7'] },
				userTypes: zone,
				fails: true,
			},
		],
	},
	{
		title: 'Cache Reserve is turned on and off, and cleared.',
		steps: [
			{ tool: 'cache_reserve_edit', args: { zone, value: 'on' } },
			{ tool: 'cache_reserve_clear', args: { zone }, fails: true },
			{ tool: 'cache_reserve_edit', args: { zone, value: 'off' } },
			{ tool: 'cache_reserve_clear', args: { zone }, userTypes: zone },
			{ tool: 'cache_reserve_clear_status', args: { zone } },
			{ tool: 'cache_reserve_edit', args: { zone, value: 'on' }, fails: true },
		],
	},
	{ title: 'The settings at the end.', steps: [{ tool: 'cache_overview', args: { zone } }] },
	{
		title: 'All of that was a trial: the snapshot of Monday morning brings the settings back.',
		steps: [
			{ tool: 'cache_restore', args: { zone, prune: true, dry_run: true }, restores: true },
			{ tool: 'cache_restore', args: { zone, prune: true }, restores: true, userTypes: zone },
		],
	},
];
