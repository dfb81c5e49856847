/** Defines origin cloud regions: the cloud region of each origin IP, so that Smart Tiered Cache picks an upper tier near it. */
import { showAirport, showIp, showRegion } from '../base/sanitize.js';
import { z } from '../zod.js';
import { ip, list, MAX_ID_CHARACTERS, originIp, rows, text } from './fields.js';
import { describeRegion, findContradiction, markKept, showVendor, VENDORS } from './mapping.js';
import { defineOperation } from './operation.js';
import { describeBatch, groupByRegion, previewDeletion, previewUpdate } from './regions-wording.js';
import { needsTieredCache } from './setting.js';
import { formatCount, formatList, formatPages, formatTransition } from './wording.js';

const family = { toolset: 'regions', permission: 'Zone Settings' } as const;
const ROUTE = '/zones/{zone_id}/origin/cloud_regions';

/** Cloudflare's dashboard writes a region as `aws:us-east-1`. */
const VENDOR_PREFIX = new RegExp(`^(${VENDORS.join('|')}):`);
const vendor = z.enum(VENDORS).describe('Cloud vendor');
const region = text(MAX_ID_CHARACTERS, (value) => {
	const bare = value.toLowerCase().replace(VENDOR_PREFIX, '');
	if (!/^[a-z0-9-]{2,}$/.test(bare))
		return { problem: 'is not a region id such as us-east-1: see origin_cloud_regions_supported' };
	return bare === value ? { value } : { problem: `must be the bare region id: write ${bare}` };
}).describe("The vendor's region id, e.g. us-east-1");
const mapping = { origin_ip: originIp, vendor, region };

const entry = z.object({ origin_ip: z.string(), vendor: z.string(), region: z.string() });
const batchItem = z.object({
	origin_ip: z.string(),
	vendor: z.string().optional().catch(undefined),
	region: z.string().optional().catch(undefined),
	error: z.string().optional().catch(undefined),
	/** Set here where Cloudflare kept another region than the one asked for. */
	kept: z.boolean().optional().catch(undefined),
});
const batch = z.object({ succeeded: rows(batchItem), failed: rows(batchItem) });
const supported = z.object({
	obtained_codes: z.boolean().optional().catch(undefined),
	vendors: z.record(rows(z.object({ name: z.string(), upper_tier_colos: rows(z.string()) }))),
});

export const originCloudRegionsList = defineOperation({
	...family,
	name: 'origin_cloud_regions_list',
	title: 'List origin cloud regions',
	description:
		'Lists the cloud region that each origin IP of the zone is mapped to, page by page. vendor and region choose from all pages.',
	danger: 'read',
	route: `GET ${ROUTE}`,
	input: z
		.object({
			page: z.number().int().min(1).optional().describe('Page number, from 1'),
			per_page: z
				.number()
				.int()
				.min(1)
				.max(100)
				.optional()
				.describe('Mappings per page, 1–100 (default 20; 100 with vendor or region)'),
			vendor: vendor.optional().describe('Only this vendor'),
			region: region.optional().describe('Only this region id, e.g. us-east-1'),
		})
		.strict(),
	filters: ['vendor', 'region'],
	output: rows(entry),
	summarize: ({ args, zone, result, page }) => {
		const total = page?.total_count ?? result.length;
		const chosen = [args.vendor, args.region].filter(Boolean).join(' ');
		if (result.length === 0)
			return total === 0
				? `${zone.name} has no ${chosen ? `mappings to ${chosen}` : 'origin cloud regions'}.`
				: `There are no mappings on page ${page?.page}: ${zone.name} has ${formatCount(total, 'mappings')}.`;
		const shown = result.length < total ? `${result.length} of ` : '';
		const where = chosen && ` to ${chosen}`;
		const head = `${zone.name}: ${shown}${formatCount(total, 'mappings')}${where}${formatPages(page)}`;
		return {
			sentences: [head],
			rows: groupByRegion(result),
			rest: (left) => `… and ${left} more lines: ask for a smaller per_page.`,
		};
	},
	example: { page: 1, per_page: 20 },
});

const originCloudRegionsGet = defineOperation({
	...family,
	name: 'origin_cloud_regions_get',
	title: 'Get the cloud region of one origin',
	description: 'Shows the cloud region that one origin IP is mapped to.',
	danger: 'read',
	route: `GET ${ROUTE}/{origin_ip}`,
	input: z.object({ origin_ip: originIp }).strict(),
	output: entry,
	unset: ({ origin_ip }, zone) => `No mapping for ${origin_ip} on ${zone.name}.`,
	summarize: ({ zone, result }) => `${zone.name}: ${showIp(result.origin_ip)} is mapped to ${describeRegion(result)}.`,
	example: { origin_ip: '192.0.2.1' },
});

const originCloudRegionsUpdate = defineOperation({
	...family,
	name: 'origin_cloud_regions_update',
	title: 'Map one origin to a cloud region',
	description:
		'Creates or replaces the mapping of one origin IP, which Smart Tiered Cache uses. For many use origin_cloud_regions_bulk_update; origin_cloud_regions_supported lists valid regions.',
	danger: 'change',
	route: `PUT ${ROUTE}/{origin_ip}`,
	current: { route: `GET ${ROUTE}/{origin_ip}` },
	depends: [needsTieredCache],
	input: z.object(mapping).strict(),
	body: (args) => args,
	output: entry,
	summarize: ({ zone, result, before }) =>
		`Mapping of ${showIp(result.origin_ip)} in ${zone.name}: ${formatTransition(before && describeRegion(before), describeRegion(result))}.`,
	example: { origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
});

const originCloudRegionsDelete = defineOperation({
	...family,
	name: 'origin_cloud_regions_delete',
	title: 'Delete the mapping of one origin',
	description: 'Deletes the cloud region mapping of one origin IP. origin_cloud_regions_update sets it again.',
	danger: 'change',
	removes: true,
	route: `DELETE ${ROUTE}/{origin_ip}`,
	current: { route: `GET ${ROUTE}/{origin_ip}` },
	input: z.object({ origin_ip: originIp }).strict(),
	output: z.object({ origin_ip: z.string(), vendor: z.string().optional(), region: z.string().optional() }),
	unset: ({ origin_ip }, zone) => `No mapping for ${origin_ip} on ${zone.name}, so there was nothing to delete.`,
	summarize: ({ zone, result, before }) =>
		`Mapping of ${showIp(result.origin_ip)} in ${zone.name}: deleted${before ? ` (was ${describeRegion(before)})` : ''}.`,
	example: { origin_ip: '192.0.2.1' },
});

export const originCloudRegionsBulkUpdate = defineOperation({
	...family,
	name: 'origin_cloud_regions_bulk_update',
	title: 'Map many origins to cloud regions',
	description:
		'Creates or replaces many mappings, and keeps those not given. Smart Tiered Cache uses them. Invalid ones come back as failed; the others are applied. A zone has at most 3,500.',
	danger: 'change',
	route: `PUT ${ROUTE}/batch`,
	depends: [needsTieredCache],
	input: z
		.object({ mappings: list(z.object(mapping).strict()).describe('Mappings to set, one per origin IP') })
		.strict(),
	check: ({ mappings }) => findContradiction(mappings),
	preview: { list: originCloudRegionsList, describe: ({ mappings }, stored) => previewUpdate(mappings, stored) },
	split: { mappings: (mappings) => mappings },
	output: batch,
	reconcile: markKept,
	summarize: ({ zone, result }) => describeBatch('Set', zone, result),
	example: {
		mappings: [
			{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
			{ origin_ip: '2001:db8::1', vendor: 'gcp', region: 'us-central1' },
		],
	},
});

export const originCloudRegionsBulkDelete = defineOperation({
	...family,
	name: 'origin_cloud_regions_bulk_delete',
	title: 'Delete many mappings',
	description:
		'Deletes the mappings of many origin IPs. Unknown ones come back as failed. Only setting each again undoes it: dry_run shows their regions.',
	danger: 'destroy',
	route: `DELETE ${ROUTE}/batch`,
	input: z.object({ origin_ips: list(ip).describe('Single IPv4 or IPv6 addresses, e.g. 192.0.2.1') }).strict(),
	split: { origin_ips: (ips) => ips },
	preview: { list: originCloudRegionsList, describe: ({ origin_ips }, stored) => previewDeletion(origin_ips, stored) },
	output: batch,
	consequence: ({ origin_ips }, zone) =>
		`Deletes the cloud region mappings of ${formatCount(origin_ips.length, 'origin_ips')} from ${zone.name} (${zone.plan}): ${formatList(origin_ips)}. Smart Tiered Cache then no longer knows where these origins are.`,
	summarize: ({ zone, result }) => describeBatch('Deleted', zone, result),
	example: { origin_ips: ['192.0.2.1', '2001:db8::1'] },
});

const originCloudRegionsSupported = defineOperation({
	...family,
	name: 'origin_cloud_regions_supported',
	title: 'List supported cloud regions',
	description:
		'Lists the vendors and regions that a mapping may name, with their upper-tier data centres. Tiered Cache must be on.',
	danger: 'read',
	route: `GET ${ROUTE}/supported_regions`,
	input: z.object({ vendor: vendor.optional().describe('Only this vendor') }).strict(),
	output: supported,
	query: () => ({}),
	select: (result, { vendor }) =>
		vendor ? { ...result, vendors: { [vendor]: result.vendors[vendor] ?? [] } } : result,
	summarize: ({ zone, result }) => {
		const vendors = Object.entries(result.vendors);
		const rows = vendors.flatMap(([name, list]) => [
			`${showVendor(name)}:`,
			...list.map((one) => [showRegion(one.name), ...one.upper_tier_colos.map(showAirport)].join(' ')),
		]);
		const total = vendors.reduce((sum, [, list]) => sum + list.length, 0);
		const head = `${formatCount(total, 'regions')} can be mapped for ${zone.name}${result.obtained_codes !== false ? '' : ' (data centre codes could not be resolved)'}`;
		return { sentences: [head], rows, rest: (left) => `… and ${left} more: ask for one vendor.` };
	},
	example: {},
});

/** The tools of this family, in listing order. */
export const regionsOperations = [
	originCloudRegionsList,
	originCloudRegionsGet,
	originCloudRegionsUpdate,
	originCloudRegionsDelete,
	originCloudRegionsBulkUpdate,
	originCloudRegionsBulkDelete,
	originCloudRegionsSupported,
];
