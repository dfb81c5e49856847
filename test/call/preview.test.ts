/** Previews of batches: one line for each vendor and region, with what it replaces or removes. */
import { describe, expect, test } from 'vitest';
import { addresses, mappings } from '../support/sandbox.js';
import { type ClientOptions, openSession, types, ZONE } from '../support/session.js';

const UPDATE = 'origin_cloud_regions_bulk_update';
const DELETE = 'origin_cloud_regions_bulk_delete';
const GCP = mappings(60, 120).map((one) => ({ ...one, vendor: 'gcp', region: 'us-central1' }));

/** The groups in structured content. The text must have the same lines. */
function groupsOf({ text, structured }: { text: string; structured: Record<string, unknown> | undefined }): string[] {
	const { groups = [] } = (structured?.plan ?? {}) as { groups?: string[] };
	for (const group of groups) expect(text.split('\n')).toContain(group);
	return groups;
}

/** A session with a zone of 120 mappings to aws us-east-1, and 60 to gcp us-central1. */
async function openZone(options: ClientOptions = {}) {
	const session = await openSession(options);
	await session.call(UPDATE, { zone: ZONE, mappings: [...mappings(120), ...GCP] });
	return session;
}

describe('A preview', () => {
	test('of a deletion groups what is removed by vendor and region, and names what is not there', async () => {
		const { call, changes } = await openZone();
		const before = changes().length;
		const args = { zone: ZONE, origin_ips: [...addresses(50, 100), '192.0.2.99'], dry_run: true };
		expect(groupsOf(await call(DELETE, args))).toEqual([
			`aws us-east-1 (20): ${addresses(10, 100).join(', ')} and 10 more`,
			`gcp us-central1 (30): ${addresses(10, 120).join(', ')} and 20 more`,
			'no mapping (1): 192.0.2.99',
		]);
		expect(changes()).toHaveLength(before);
	});

	test('of a deletion that asks for consent by a code has the same groups', async () => {
		const { call } = await openZone();
		const args = { zone: ZONE, origin_ips: addresses(2, 119) };
		const asked = await call(DELETE, args);
		expect(asked.structured?.status).toBe('confirmation_required');
		expect(groupsOf(asked)).toEqual(['aws us-east-1 (1): 10.0.0.119', 'gcp us-central1 (1): 10.0.0.120']);
		const { structured } = await call(DELETE, { ...args, confirm: asked.structured?.confirm });
		expect(structured?.status).toBe('done');
	});

	test('of an update says what it replaces', async () => {
		const { call } = await openZone();
		const [kept, moved] = mappings(2);
		const wanted = [
			kept,
			{ ...moved, region: 'eu-west-1' },
			{ origin_ip: '192.0.2.7', vendor: 'oci', region: 'us-ashburn-1' },
			{ origin_ip: '192.0.2.8', vendor: 'oci', region: 'us-ashburn-1' },
		];
		expect(groupsOf(await call(UPDATE, { zone: ZONE, mappings: wanted, dry_run: true }))).toEqual([
			'aws us-east-1 (unchanged) (1): 10.0.0.0',
			'aws us-east-1 → aws eu-west-1 (1): 10.0.0.1',
			'not set → oci us-ashburn-1 (2): 192.0.2.7, 192.0.2.8',
		]);
	});

	test.for<readonly [what: string, options: ClientOptions]>([
		[
			'cannot be read',
			{
				env: { CLOUDFLARE_API_TOKEN: 'no-settings-token' },
				sandbox: { tokens: { 'no-settings-token': { permissions: ['Zone Read'] } } },
			},
		],
		['the operator has excluded', { flags: ['--exclude-tools', 'origin_cloud_regions_list'] }],
	])('of an update whose list %s shows what it sets', async ([, options]) => {
		const { call } = await openSession(options);
		const answer = await call(UPDATE, { zone: ZONE, mappings: mappings(2), dry_run: true });
		expect(answer.structured?.status).toBe('dry_run');
		expect(groupsOf(answer)).toEqual(['aws us-east-1 (2): 10.0.0.0, 10.0.0.1']);
	});

	test('is not read where consent is given by a form: only the call that was agreed to reads what it loses', async () => {
		const reads = (list: readonly { method: string; path: string }[]) =>
			list.filter(({ method, path }) => method === 'GET' && path.endsWith('/cloud_regions')).length;
		const readBeforeForm: number[] = [];
		const session = await openZone({
			user: (form) => {
				readBeforeForm.push(reads(session.requests));
				return types(ZONE)(form);
			},
		});
		const pages = reads(session.requests);
		const { structured } = await session.call(DELETE, { zone: ZONE, origin_ips: addresses(1) });
		expect(structured?.status).toBe('done');
		// 180 mappings are two pages.
		expect([readBeforeForm, reads(session.requests)]).toEqual([[pages], pages + 2]);
	});
});
