/** The cloud regions this sandbox knows: OUR table, not Cloudflare's, which is not published. */

/** A region and the airport codes of the upper tiers near it. */
export interface Region {
	name: string;
	upper_tier_colos: string[];
}

/**
 * Documented by Cloudflare, colos included: aws us-east-1, aws us-west-2, gcp us-central1.
 * Documented by name only: aws eu-west-1, aws ap-southeast-1, gcp europe-west1; their colos are our guess.
 * All of azure and oci is our guess, so that every vendor of the API has something to map to.
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

/** Tells whether the vendor has such a region. */
export function isRegion(vendor: string, region: string): boolean {
	return Object.hasOwn(REGIONS, vendor) && (REGIONS[vendor] ?? []).some(({ name }) => name === region);
}
