/** What leaves of Cloudflare's data is what the record knows, in texts and lists of limited size. */
import { expect, test } from 'vitest';
import { cutTexts, fitResult } from '../../src/call/size-limit.js';
import { startUpstream, success, withZone } from '../support/api.js';
import { openSession, ZONE_ID } from '../support/session.js';

const LONG = 'x'.repeat(100_000);
const mappings = Array.from({ length: 5_000 }, (_, at) => ({
	origin_ip: `10.0.${at >> 8}.${at & 255}`,
	vendor: 'aws',
	region: 'us-east-1',
	note: 'y'.repeat(100),
}));

/** Everything that a client gets for one call, in bytes. */
async function bytesOf(tool: string, args: Record<string, unknown>, answer: unknown, more = {}): Promise<number> {
	const upstream = await startUpstream(withZone([success(answer, more)]));
	const { client } = await openSession({ upstream: upstream.url });
	const result = await client.callTool({ name: tool, arguments: { zone: ZONE_ID, ...args } });
	return Buffer.byteLength(JSON.stringify(result));
}

test.for([
	['cache_reserve_get', {}, { id: LONG, value: 'on', [LONG]: LONG, modified_on: LONG }, 3_000],
	['tiered_cache_edit', { value: 'on', dry_run: true }, { value: 'on', junk: mappings.slice(0, 100) }, 3_000],
	['cache_reserve_clear_status', {}, { id: 'x', state: LONG, start_ts: LONG, end_ts: LONG }, 6_000],
	['variants_get', {}, { id: 'x', value: { png: mappings.map(({ origin_ip }) => `image/${origin_ip}`) } }, 120_000],
	['variants_get', {}, { id: 'x', value: { png: [LONG] } }, 3_000],
	['origin_cloud_regions_list', {}, mappings, 120_000],
	['origin_cloud_regions_supported', {}, { vendors: { aws: mappings.map(() => ({ name: 'us-east-1' })) } }, 120_000],
] as const)('%s %j sends a bounded answer, whatever Cloudflare answers', async ([tool, args, answer, limit]) => {
	expect(await bytesOf(tool, args, answer, { result_info: { page: 1, junk: LONG, [LONG]: 7 } })).toBeLessThan(limit);
});

test('a list that is too long is cut at a whole row, and the summary counts the rest', async () => {
	const upstream = await startUpstream(withZone([success(mappings)]));
	const { call } = await openSession({ upstream: upstream.url });
	const { structured } = await call('origin_cloud_regions_list', { zone: ZONE_ID });
	const rows = structured?.result as unknown[];
	expect(rows.at(-1)).toEqual({ origin_ip: expect.any(String), vendor: 'aws', region: 'us-east-1' });
	expect(rows.length + Number(structured?.omitted)).toBe(mappings.length);
	expect(structured?.summary).toContain(`Rows left out of result: ${structured?.omitted}.`);
});

test('fitResult keeps members in order until the first that does not fit', () => {
	const { result, omitted } = fitResult({ result: { a: ['1'], b: ['2'.repeat(70_000), '3'], c: 'x' } });
	expect({ result, omitted }).toEqual({ result: { a: ['1'], b: [] }, omitted: 3 });
});

test('fitResult leaves a result that fits as it is', () => {
	expect(fitResult({ result: [1, 2], sent: {} })).toEqual({ result: [1, 2], sent: {} });
});

test('cutTexts cuts each text to 1,000 characters, and no character in half', () => {
	expect(cutTexts({ a: ['x'.repeat(1_001)] })).toEqual({ a: [`${'x'.repeat(999)}…`] });
	expect(cutTexts(`${'x'.repeat(998)}😀yy`)).toBe(`${'x'.repeat(998)}…`);
});
