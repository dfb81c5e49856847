/** An answer holds as many values as a zone can have, and not so many that checking them would hold up other calls. */
import { expect, test } from 'vitest';
import { startUpstream, success, withZone } from '../support/api.js';
import { openSession, ZONE_ID } from '../support/session.js';

/** The first line of the list of mappings that this body gives. */
async function firstLineOf(body: string): Promise<string> {
	const upstream = await startUpstream(withZone(() => ({ body })));
	const { call } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
	const { text } = await call('origin_cloud_regions_list', { zone: ZONE_ID });
	return text.split('\n')[0] ?? '';
}

test('a list may hold as many mappings as a zone can', async () => {
	const mappings = Array.from({ length: 3_500 }, (_, at) => ({
		origin_ip: `10.0.${at >> 8}.${at & 255}`,
		vendor: 'aws',
		region: 'us-east-1',
		modified_on: '2026-01-01T00:00:00Z',
	}));
	expect(await firstLineOf(success(mappings).body ?? '')).toContain('3,500 mappings');
});

test.each(['{}', '[]', '0', 'null', '""', '{"a":1}'])(
	'a list of very many %s, each of which would be checked, is no answer of the API',
	async (row) => {
		const listOf = (rows: number) => `{"success":true,"errors":[],"result":[${Array(rows).fill(row).join()}]}`;
		const foreign = 'The response is not a Cloudflare API response.';
		expect(await firstLineOf(listOf(50_001))).toBe(foreign);
		expect(await firstLineOf(listOf(10_000))).not.toBe(foreign);
	},
);
