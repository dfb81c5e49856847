/** Tests how the answers about many mappings are kept short. */
import { describe, expect, test } from 'vitest';
import { type Answer, openSession, types, ZONE } from '../support/session.js';

/** Mappings of distinct origin IPs to one region. */
const mappings = (count: number, region = 'us-east-1') =>
	Array.from({ length: count }, (_, index) => ({ origin_ip: `192.0.2.${index}`, vendor: 'aws', region }));

async function set(items: readonly unknown[]): Promise<Answer> {
	const { call } = await openSession();
	return call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: items });
}

describe('origin_cloud_regions_bulk_update', () => {
	test('shows 20 mappings by region', async () => {
		const { text } = await set(mappings(20));
		expect(text).toMatch(
			/^Set 20 mappings of example\.com\.\naws us-east-1 \(20\): 192\.0\.2\.0, .*192\.0\.2\.19\ncf-ray /,
		);
	});

	test('only counts 21 mappings', async () => {
		const { text } = await set(mappings(21));
		expect(text).toMatch(/^Set 21 mappings of example\.com\.\ncf-ray /);
	});

	test('shows the reason of 10 failures and counts the others', async () => {
		const { text } = await set([
			...mappings(12, 'mars-north-1'),
			{ origin_ip: '198.51.100.1', vendor: 'aws', region: 'us-east-1' },
		]);
		const lines = text.split('\n');
		expect(lines[0]).toBe('Set 1 mapping of example.com; 12 failed.');
		expect(lines.filter((line) => line.startsWith('Failed 192.0.2.'))).toHaveLength(10);
		expect(lines[11]).toBe('… and 2 more failed.');
		expect(lines[12]).toBe('aws us-east-1 (1): 198.51.100.1');
	});
});

test('origin_cloud_regions_bulk_delete shows which mappings it deleted', async () => {
	const { call } = await openSession({ user: types(ZONE) });
	await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: mappings(1) });
	const { text } = await call('origin_cloud_regions_bulk_delete', { zone: ZONE, origin_ips: ['192.0.2.0'] });
	expect(text).toMatch(/^Deleted 1 mapping of example\.com\.\naws us-east-1 \(1\): 192\.0\.2\.0\n/);
});

test('origin_cloud_regions_supported counts the regions of one vendor', async () => {
	const { call } = await openSession();
	const { text } = await call('origin_cloud_regions_supported', { zone: ZONE, vendor: 'aws' });
	expect(text).toMatch(/^4 regions can be mapped for example\.com\naws:\n/);
});
