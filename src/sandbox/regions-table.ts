/** Lists the cloud regions of this sandbox. The table is ours: Cloudflare does not publish its own. */

/** A region and the airport codes of the upper-tier data centers near it. */
interface Region {
	name: string;
	upper_tier_colos: string[];
}

/**
 * Cloudflare documents aws us-east-1, aws us-west-2 and gcp us-central1 with their data centers, and aws eu-west-1,
 * aws ap-southeast-1 and gcp europe-west1 by name only. The other data centers, and all of azure and oci, are a guess, so
 * that each vendor of the API has a region.
 */
export const REGIONS: Record<string, Region[]> = {
	aws: [
		{ name: 'us-east-1', upper_tier_colos: ['IAD', 'EWR'] },
		{ name: 'us-west-2', upper_tier_colos: ['SEA'] },
		{ name: 'eu-west-1', upper_tier_colos: ['DUB'] },
		{ name: 'ap-southeast-1', upper_tier_colos: ['SIN'] },
	],
	azure: [
		{ name: 'eastus', upper_tier_colos: ['IAD'] },
		{ name: 'westeurope', upper_tier_colos: ['AMS'] },
	],
	gcp: [
		{ name: 'us-central1', upper_tier_colos: ['ORD'] },
		{ name: 'europe-west1', upper_tier_colos: ['BRU'] },
	],
	oci: [
		{ name: 'us-ashburn-1', upper_tier_colos: ['IAD'] },
		{ name: 'eu-frankfurt-1', upper_tier_colos: ['FRA'] },
	],
};

/** Whether the vendor has such a region. */
export function isRegion(vendor: string, region: string): boolean {
	return Object.hasOwn(REGIONS, vendor) && (REGIONS[vendor] ?? []).some(({ name }) => name === region);
}
