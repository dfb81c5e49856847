/** Changes the variants setting: a map from file extensions to MIME types, replaced as a whole. */
import type { Answer } from './answers.js';
import { isRecord, takeField, takeJson } from './body.js';
import type { Call } from './call.js';
import { badRequest } from './failures.js';
import { requireOffered, storeSetting } from './settings.js';
import type { Zone } from './zones.js';

const EXTENSIONS = ['avif', 'bmp', 'gif', 'jp2', 'jpeg', 'jpg', 'jpg2', 'png', 'tif', 'tiff', 'webp'];

/** PATCH /zones/{zone_id}/cache/variants. */
export function changeVariants(zone: Zone, call: Call): Answer {
	requireOffered(zone, 'variants');
	const value = takeField(takeJson(call.body), 'value');
	if (!isRecord(value)) throw badRequest('invalid value, must map file extensions to lists of MIME types');
	for (const [extension, types] of Object.entries(value)) checkTypes(extension, types);
	return storeSetting(zone, 'variants', value, call);
}

function checkTypes(extension: string, types: unknown): void {
	if (!EXTENSIONS.includes(extension)) throw badRequest(`invalid file extension ${extension}`);
	const wellFormed =
		Array.isArray(types) &&
		types.every((type) => typeof type === 'string' && /^image\/[a-z0-9.+-]+$/i.test(type)) &&
		new Set(types).size === types.length;
	if (!wellFormed) throw badRequest(`invalid value for ${extension}, must be a list of different image MIME types`);
}
