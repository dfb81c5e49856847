/** Compares mappings of origins: with each other before they are sent, and with what Cloudflare kept. */
import { bareWords, showRegion } from '../base/sanitize.js';
import { z } from '../zod.js';
import { canonicalIp } from './fields.js';

/** The cloud vendors that the API knows. */
export const VENDORS = ['aws', 'azure', 'gcp', 'oci'] as const;

/** A vendor by its name. Anything else is quoted. */
export const showVendor = bareWords(...VENDORS);

/** An origin and the cloud region that it is mapped to. */
export type Located = { origin_ip: string; vendor?: string | undefined; region?: string | undefined };

/** The answer to a batch. */
interface Batch {
	succeeded: (Located & { error?: string | undefined; kept?: boolean | undefined })[];
	failed: (Located & { error?: string | undefined; kept?: boolean | undefined })[];
}

/** `aws us-east-1`. A region of another form than an id may be a planted text, so it is marked. */
export function describeRegion({ vendor, region }: Omit<Located, 'origin_ip'>): string {
	if (region === undefined) return vendor === undefined ? 'unknown region' : `${showVendor(vendor)}, unknown region`;
	const shown = showRegion(region);
	return `${showVendor(vendor ?? '?')} ${shown}${shown === region ? '' : ' (not a region id)'}`;
}

/** How many origins are mapped to each region, by vendor. Nested, because a model reads it with every overview. */
export const regionCounts = z.record(z.record(z.number()));
type RegionCounts = z.output<typeof regionCounts>;

/** The regions of mappings by vendor. */
export function countByRegion(mappings: readonly Located[]): RegionCounts {
	const vendors = new Map<string, Map<string, number>>();
	for (const { vendor = 'unknown', region = 'unknown' } of mappings) {
		const counts = vendors.get(vendor) ?? new Map<string, number>();
		vendors.set(vendor, counts.set(region, (counts.get(region) ?? 0) + 1));
	}
	return Object.fromEntries([...vendors].map(([vendor, counts]) => [vendor, Object.fromEntries(counts)]));
}

/** What is wrong where one IP is given with two regions: only one of them could be stored. Equal mappings are no contradiction. */
export function findContradiction(mappings: readonly Located[]): string | undefined {
	const seen = new Map<string, string>();
	for (const item of mappings) {
		const wanted = describeRegion(item);
		const other = seen.get(item.origin_ip) ?? wanted;
		if (other !== wanted)
			return `mappings: ${item.origin_ip} is given with two regions, ${other} and ${wanted}. Give it once.`;
		seen.set(item.origin_ip, wanted);
	}
	return undefined;
}

/** The answer with mappings that Cloudflare kept otherwise than asked among the failed ones. */
export function markKept({ succeeded, failed }: Batch, sent: readonly unknown[]): Batch {
	const asked = new Map((sent as Located[]).map((item) => [item.origin_ip, item]));
	const isKept = ({ origin_ip, vendor, region }: Located) => {
		const wanted = asked.get(canonicalIp(origin_ip));
		if (!wanted) return false;
		return (vendor ?? wanted.vendor) !== wanted.vendor || (region ?? wanted.region) !== wanted.region;
	};
	const kept = succeeded.filter(isKept).map((item) => ({ ...item, kept: true }));
	return kept.length === 0
		? { succeeded, failed }
		: { succeeded: succeeded.filter((item) => !isKept(item)), failed: [...failed, ...kept] };
}
