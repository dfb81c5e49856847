/** Asks Cloudflare Trace which cache key a request has: the only sure way to learn it. */
import { isHexId } from '../../base/identifiers.js';
import { isObject } from '../../base/json.js';
import { z } from '../../zod.js';
import { bounded, MAX_ID_CHARACTERS } from '../fields.js';
import { defineOperation } from '../operation.js';
import { visitedUrl, visitorHeaders } from '../visited-url.js';

/** Steps within steps that are looked into. */
const MAX_DEPTH = 10;

/** Traces one request. It is no tool. */
export const requestTrace = defineOperation({
	name: 'request_trace',
	title: 'Trace a request',
	description: 'Traces a request through the configuration of its zone.',
	toolset: 'zone',
	permission: 'Allow Request Tracer',
	danger: 'read',
	route: 'POST /accounts/{account_id}/request-tracer/trace',
	input: z
		.object({
			account_id: bounded(MAX_ID_CHARACTERS).refine(isHexId),
			url: visitedUrl,
			headers: visitorHeaders.optional(),
		})
		.strict(),
	body: ({ url, headers = {} }) => {
		const country = Object.entries(headers).find(([name]) => name.toLowerCase() === 'cf-ipcountry')?.[1];
		return {
			method: 'GET',
			url,
			headers,
			...(country !== undefined && { context: { geoloc: { iso_code: country } } }),
		};
	},
	output: z.object({ trace: z.array(z.unknown()).optional().catch(undefined) }),
	summarize: () => 'Traced.',
	example: { account_id: '023e105f4ecef8ad9ca31a8372d0c353', url: 'https://example.com/app.js' },
});

/** The cache key in a trace, as Cloudflare writes it; undefined where no step tells it. */
export function findTracedKey(result: unknown, depth = 0): string | undefined {
	if (!isObject(result) || depth > MAX_DEPTH) return undefined;
	const { cache, trace } = result;
	if (isObject(cache) && typeof cache.key_string === 'string') return cache.key_string;
	for (const step of Array.isArray(trace) ? trace : []) {
		const found = findTracedKey(step, depth + 1);
		if (found !== undefined) return found;
	}
	return undefined;
}
