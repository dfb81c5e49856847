/** Variants: which image formats are cached beside the original, by file extension (Vary for images). */

import { inline } from '../base/sanitize.js';
import { InputError } from '../errors.js';
import { z } from '../zod.js';
import { defineOperation } from './operation.js';
import { deletedSetting, settingShape } from './setting.js';

const family = { toolset: 'variants', permission: 'Zone Settings' } as const;
const ROUTE = '/zones/{zone_id}/cache/variants';

/** Extensions the API knows (schema of the variants value). */
const EXTENSIONS = ['avif', 'bmp', 'gif', 'jp2', 'jpeg', 'jpg', 'jpg2', 'png', 'tif', 'tiff', 'webp'] as const;

const mime = z.string().regex(/^image\/[a-z0-9.+-]+$/, 'is not an image MIME type such as image/webp');
const answer = z.object({ ...settingShape, value: z.record(z.array(z.string())) }).passthrough();

/** File extension → MIME types. */
type Variants = Readonly<Record<string, readonly string[] | undefined>>;

/** The map to send: Cloudflare replaces the whole map, so a merge is computed from the current one. */
function toValue(given: Variants, mode: 'merge' | 'replace', current: Variants): Variants {
	const value = Object.fromEntries(
		Object.entries(mode === 'merge' ? { ...current, ...given } : given).filter(([, types]) => types?.length),
	);
	if (Object.keys(value).length === 0)
		throw new InputError('No extension would be left.', { advice: 'To remove all variants use variants_delete.' });
	return value;
}

export const variantsGet = defineOperation({
	...family,
	name: 'variants_get',
	title: 'Get image variants',
	description: 'Which image formats Cloudflare caches beside the original, by file extension (Pro and above).',
	danger: 'read',
	route: `GET ${ROUTE}`,
	input: z.object({}).strict(),
	output: answer,
	summarize: ({ zone, result }) => `Variants of ${zone.name}: ${describeVariants(result.value)}.`,
	example: {},
});

const variantsEdit = defineOperation({
	...family,
	name: 'variants_edit',
	title: 'Set image variants',
	description:
		'Sets the image formats cached per extension (Pro and above). merge keeps the extensions not given, and an empty list removes one; replace drops them. The origin must send Vary: Accept. Not together with Cache Reserve.',
	danger: 'change',
	route: `PATCH ${ROUTE}`,
	current: { route: `GET ${ROUTE}`, required: true },
	input: z
		.object({
			value: z
				.record(z.enum(EXTENSIONS), z.array(mime))
				.describe(`Extension → MIME types, e.g. {"jpeg":["image/webp"]}; extensions: ${EXTENSIONS.join(' ')}`),
			mode: z.enum(['merge', 'replace']).describe('What happens to extensions not given'),
		})
		.strict(),
	body: ({ value, mode }, current) => ({ value: toValue(value, mode, current?.value ?? {}) }),
	output: answer,
	summarize: ({ zone, result, before }) =>
		`Variants of ${zone.name}: ${describeDifference(before?.value ?? {}, result.value)}.\nNow: ${describeVariants(result.value)}.`,
	example: { value: { jpeg: ['image/webp', 'image/avif'], png: ['image/webp'] }, mode: 'replace' },
});

const variantsDelete = defineOperation({
	...family,
	name: 'variants_delete',
	title: 'Delete image variants',
	description: 'Removes the whole setting: only originals are cached. To drop one extension use variants_edit.',
	danger: 'change',
	route: `DELETE ${ROUTE}`,
	current: { route: `GET ${ROUTE}` },
	input: z.object({}).strict(),
	output: z.union([answer, deletedSetting]),
	summarize: ({ zone, before }) =>
		`Variants of ${zone.name}: deleted.${before && 'value' in before ? ` Before: ${describeVariants(before.value as Variants)}.` : ''}`,
	example: {},
});

const describeTypes = (types: readonly string[] = []) =>
	types.map((type) => inline(type).replace(/^image\//, '')).join(', ');

/** `jpeg → webp, avif; png → webp`. */
export function describeVariants(value: Variants): string {
	const entries = Object.entries(value).map(([extension, types]) => `${inline(extension)} → ${describeTypes(types)}`);
	return entries.join('; ') || 'none';
}

/** `+ png → webp; jpeg → webp (was avif); − gif`, without the extensions that stay as they are. */
function describeDifference(before: Variants, after: Variants): string {
	const differences = [...new Set([...Object.keys(before), ...Object.keys(after)])]
		.filter((extension) => before[extension]?.join() !== after[extension]?.join())
		.map((extension) => {
			const [old, now] = [before[extension], after[extension]];
			if (!now) return `− ${inline(extension)}`;
			if (!old) return `+ ${inline(extension)} → ${describeTypes(now)}`;
			return `${inline(extension)} → ${describeTypes(now)} (was ${describeTypes(old)})`;
		});
	return differences.join('; ') || 'as before';
}

/** The tools of this family, in listing order. */
export const variantsOperations = [variantsGet, variantsEdit, variantsDelete];
