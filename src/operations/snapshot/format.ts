/** Defines the form of a snapshot, as it is kept, exported and given back. */
import { z } from '../../zod.js';
import { bounded, canonicalIp, ip, MAX_ID_CHARACTERS } from '../fields.js';
import type { Located } from '../mapping.js';
import { formatNumber } from '../wording.js';

/** The settings of a snapshot, by Cloudflare's names, in the order in which they are restored. */
export const SETTING_NAMES = [
	'tiered_caching',
	'smart_tiered_cache',
	'regional_tiered_cache',
	'variants',
	'browser_cache_ttl',
	'cache_level',
	'always_online',
	'sort_query_string_for_cache',
	'cache_reserve',
] as const;
/** One of these settings. */
export type SettingName = (typeof SETTING_NAMES)[number];

/** The setting after which the mappings are restored. */
export const MAPPINGS_AFTER: SettingName = 'variants';

/** The value of a setting that was never set, or was deleted. JSON's null would pass for an argument that is absent. */
export const UNSET = 'unset';

/** 3,500 mappings of the longest addresses take 160,000. */
const MAX_SNAPSHOT_CHARACTERS = 250_000;
const MAX_REASON_CHARACTERS = 300;

const shortText = bounded(MAX_ID_CHARACTERS);
/** Its form only: what is changed to it goes through the fields of the tool that changes it. */
const settingValue = z.union([shortText, z.number(), z.record(z.array(shortText))]);
/** The value of a setting in a snapshot. */
export type SettingValue = z.output<typeof settingValue>;

const settings = Object.fromEntries(SETTING_NAMES.map((name) => [name, settingValue.optional()]));

const form = z
	.object({
		/** Where it is kept; a snapshot that is given back may have it, and it means nothing there. */
		id: shortText.optional(),
		/** Why it was not kept; it means nothing where the snapshot is given back. */
		not_kept: bounded(5_000).optional(),
		zone: z.object({ id: shortText, name: bounded(253) }).strict(),
		/** ISO 8601. */
		taken: shortText,
		/** The tool before whose change it was taken. It then holds only what that change replaced. */
		before: shortText.optional(),
		settings: z.object(settings as Record<SettingName, z.ZodOptional<typeof settingValue>>).strict(),
		/** Vendor → region → addresses. */
		origin_cloud_regions: z.record(z.record(z.array(ip))).optional(),
		/** How many mappings the zone had; absent where the snapshot holds only some of them. */
		origin_cloud_regions_total: z.number().int().optional(),
		/** The rules about caching, only to tell which of them changed. */
		rules: z
			.record(z.array(z.object({ name: bounded(MAX_REASON_CHARACTERS), checksum: shortText }).strict()))
			.optional(),
		/** What could not be read, and why. */
		unread: z.record(bounded(MAX_REASON_CHARACTERS)).optional(),
	})
	.strict();

/** Settings and mappings of a zone at one time, all of them or some. */
export type Snapshot = Readonly<z.output<typeof form>>;

/** The value as a snapshot, or what is wrong with it. */
export function parseSnapshot(value: unknown): { snapshot: Snapshot } | { problem: string } {
	const parsed = form.safeParse(value);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		return { problem: `is no snapshot: ${issue?.path.join('.') || 'it'}: ${issue?.message}` };
	}
	const snapshot = parsed.data;
	const held = mappingsOf(snapshot).length;
	const total = snapshot.origin_cloud_regions_total ?? held;
	if (held === total) return { snapshot };
	return { problem: `is cut: it holds ${formatNumber(held)} of ${formatNumber(total)} mappings` };
}

/** The mappings of a snapshot, each address once. */
export function mappingsOf({ origin_cloud_regions: vendors = {} }: Pick<Snapshot, 'origin_cloud_regions'>): Located[] {
	const all = Object.entries(vendors).flatMap(([vendor, regions]) =>
		Object.entries(regions).flatMap(([region, ips]) =>
			ips.map((address) => ({ origin_ip: canonicalIp(address), vendor, region })),
		),
	);
	return [...new Map(all.map((one) => [one.origin_ip, one])).values()];
}

/** Mappings by vendor and region, as a snapshot holds them: an address takes few characters then. */
export function groupMappings(mappings: readonly Located[]): NonNullable<Snapshot['origin_cloud_regions']> {
	const vendors: Record<string, Record<string, string[]>> = {};
	for (const { origin_ip, vendor = '', region = '' } of mappings) {
		vendors[vendor] ??= {};
		const regions = vendors[vendor];
		regions[region] ??= [];
		regions[region]?.push(origin_ip);
	}
	return vendors;
}

/** The field of a snapshot: its id, or all of it as JSON. It is listed as a text, and an object will do too. */
export function snapshotField(description: string) {
	return z
		.preprocess(toText, bounded(MAX_SNAPSHOT_CHARACTERS))
		.transform((text, context): string | Snapshot => {
			const read = readText(text.trim());
			if ('value' in read) return read.value;
			context.addIssue({ code: 'custom', message: read.problem });
			return z.NEVER;
		})
		.describe(description);
}

/** JSON in place of an object. What is nested too deep for JSON stays, and is refused as no text. */
function toText(value: unknown): unknown {
	if (typeof value !== 'object' || value === null) return value;
	try {
		return JSON.stringify(value);
	} catch {
		return value;
	}
}

function readText(text: string): { value: string | Snapshot } | { problem: string } {
	if (/^[a-z0-9]{1,64}$/i.test(text)) return { value: text.toLowerCase() };
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return { problem: 'must be the id of a snapshot, or a whole snapshot as JSON' };
	}
	const parsed = parseSnapshot(json);
	return 'snapshot' in parsed ? { value: parsed.snapshot } : parsed;
}
