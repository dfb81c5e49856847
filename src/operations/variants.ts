/** Defines image variants: the formats that are cached beside the original, by file extension (Vary for images). */

import { showExtension, showMime } from '../base/sanitize.js';
import { InputError } from '../errors.js';
import { z } from '../zod.js';
import { bounded, MAX_ID_CHARACTERS, map } from './fields.js';
import { defineOperation } from './operation.js';
import { VARIANTS_PLANS } from './requirement.js';
import { setting } from './setting.js';

const family = { toolset: 'variants', permission: 'Zone Settings', requires: VARIANTS_PLANS } as const;
const ROUTE = '/zones/{zone_id}/cache/variants';

/** The file extensions in the API's schema of the value. */
const EXTENSIONS = ['avif', 'bmp', 'gif', 'jp2', 'jpeg', 'jpg', 'jpg2', 'png', 'tif', 'tiff', 'webp'] as const;

/** Cloudflare knows a handful of image types. */
const MAX_TYPES = 20;

const mime = bounded(MAX_ID_CHARACTERS).regex(/^image\/[a-z0-9.+-]+$/, 'is not an image MIME type such as image/webp');
const value = z.record(z.array(z.string()));
const answer = setting(value);

/** File extension → MIME types. */
type Variants = Readonly<Record<string, readonly string[] | undefined>>;

/** The value to send. Cloudflare replaces the whole value, so a merge is computed from the current one. */
function toValue(given: Variants, mode: 'merge' | 'replace', current: Variants): Variants {
	const value = Object.fromEntries(
		Object.entries(mode === 'merge' ? { ...current, ...given } : given).filter(([, types]) => types?.length),
	);
	if (Object.keys(value).length === 0)
		throw new InputError('No extension would be left.', { advice: 'To remove all variants, use variants_delete.' });
	return value;
}

export const variantsGet = defineOperation({
	...family,
	name: 'variants_get',
	title: 'Get image variants',
	description: 'Shows which image formats Cloudflare caches beside the original, by file extension (Pro and above).',
	danger: 'read',
	route: `GET ${ROUTE}`,
	input: z.object({}).strict(),
	output: answer,
	unset: (_, zone) => `Image variants of ${zone.name}: never set; only originals are cached.`,
	summarize: ({ zone, result }) => `Image variants of ${zone.name}: ${describeVariants(result.value)}.`,
	example: {},
});

export const variantsEdit = defineOperation({
	...family,
	name: 'variants_edit',
	title: 'Set image variants',
	description:
		"Sets which image formats are cached beside the original, by file extension in the URL's path (Pro and above). The origin must send Vary: Accept and serve these formats, else nothing is cached (BYPASS). An empty list removes an extension in mode merge. Cache Reserve does not store such images.",
	danger: 'change',
	removes: true,
	route: `PATCH ${ROUTE}`,
	current: { route: `GET ${ROUTE}`, required: true },
	input: z
		.object({
			value: map(EXTENSIONS.length, {
				key: z.enum(EXTENSIONS),
				value: z.array(mime).max(MAX_TYPES),
				description: `Extension → MIME types without the original's own, e.g. {"jpeg":["image/webp"],"jpg":["image/webp"]}: jpeg and jpg are two. Extensions: ${EXTENSIONS.join(' ')}`,
			}),
			mode: z.enum(['merge', 'replace']).describe('Extensions not given: merge keeps them, replace removes them'),
		})
		.strict(),
	body: ({ value, mode }, current) => ({ value: toValue(value, mode, current?.value ?? {}) }),
	output: answer,
	summarize: ({ zone, result, before }) => {
		const change = `Image variants of ${zone.name}: ${describeDifference(before?.value ?? {}, result.value)}.`;
		const undo = before === null ? ' To go back: variants_delete.' : '';
		return `${change}\nNow: ${describeVariants(result.value)}.${undo}`;
	},
	example: {
		value: { jpeg: ['image/webp', 'image/avif'], jpg: ['image/webp', 'image/avif'], png: ['image/webp'] },
		mode: 'replace',
	},
});

export const variantsDelete = defineOperation({
	...family,
	name: 'variants_delete',
	title: 'Delete image variants',
	description:
		'Deletes the whole setting, so that only originals are cached. To remove one extension, use variants_edit.',
	danger: 'change',
	removes: true,
	route: `DELETE ${ROUTE}`,
	current: { route: `GET ${ROUTE}` },
	input: z.object({}).strict(),
	output: z.object({ value: value.optional(), modified_on: z.string().optional().catch(undefined) }),
	unset: (_, zone) => `Image variants of ${zone.name}: were not set, so there was nothing to delete.`,
	summarize: ({ zone, before }) =>
		`Image variants of ${zone.name}: deleted.${before?.value ? ` Before: ${describeVariants(before.value)}.` : ''}`,
	example: {},
});

const describeTypes = (types: readonly string[] = []) =>
	types.map((type) => showMime(type).replace(/^image\//, '')).join(', ');

/** `jpeg → webp, avif; png → webp`. */
export function describeVariants(value: Variants): string {
	const entries = Object.entries(value).map(
		([extension, types]) => `${showExtension(extension)} → ${describeTypes(types)}`,
	);
	return entries.join('; ') || 'none';
}

/** `+ png → webp; jpeg → webp (was avif); − gif`, without the extensions that stay as they are. */
function describeDifference(before: Variants, after: Variants): string {
	const differences = [...new Set([...Object.keys(before), ...Object.keys(after)])]
		.filter((extension) => before[extension]?.join() !== after[extension]?.join())
		.map((extension) => {
			const [old, now] = [before[extension], after[extension]];
			if (!now) return `− ${showExtension(extension)}`;
			if (!old) return `+ ${showExtension(extension)} → ${describeTypes(now)}`;
			return `${showExtension(extension)} → ${describeTypes(now)} (was ${describeTypes(old)})`;
		});
	return differences.join('; ') || 'unchanged';
}

/** The tools of this family, in listing order. */
export const variantsOperations = [variantsGet, variantsEdit, variantsDelete];
