/** Codes: a code proves consent to exactly one call, once, for a limited time. */
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../support/clock.js';
import { OFFICE_IPS, STAGING } from '../../support/sandbox.js';
import { openSession, type Session, ZONE, ZONE_ID } from '../../support/session.js';

describe('a code', () => {
	const codeOf = async (session: Session, tool: string, args: Record<string, unknown>) =>
		String((await session.call(tool, args)).structured?.confirm);

	test('works once', async () => {
		const session = await openSession();
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		expect((await session.call('purge_everything', { zone: ZONE, confirm })).structured?.status).toBe('done');
		const again = await session.call('purge_everything', { zone: ZONE, confirm });
		expect(again.text).toMatch(/already used/);
		expect(session.changes()).toHaveLength(1);
	});

	test('for the same call differs each time, also within a second, and each works once', async () => {
		const session = await openSession({ clock: { ...createVirtualClock(), now: () => 1_700_000_000_000 } });
		const codes: string[] = [];
		for (let at = 0; at < 3; at++) codes.push(await codeOf(session, 'purge_everything', { zone: ZONE }));
		expect(new Set(codes).size).toBe(3);
		for (const confirm of codes)
			expect((await session.call('purge_everything', { zone: ZONE, confirm })).structured?.status).toBe('done');
		for (const confirm of codes)
			expect((await session.call('purge_everything', { zone: ZONE, confirm })).text).toMatch(/already used/);
		expect(session.changes()).toHaveLength(3);
	});

	test('works once for 20 calls at the same time', async () => {
		const session = await openSession();
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		const all = await Promise.all(
			Array.from({ length: 20 }, () => session.call('purge_everything', { zone: ZONE, confirm })),
		);
		expect(all.filter(({ isError }) => !isError)).toHaveLength(1);
		expect(session.changes()).toHaveLength(1);
	});

	test('expires after --confirm-ttl', async () => {
		const clock = createVirtualClock();
		const session = await openSession({ flags: ['--confirm-ttl', '60'], clock });
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		clock.advance(60_000);
		const { text } = await session.call('purge_everything', { zone: ZONE, confirm });
		expect(text).toMatch(/has expired/);
		expect(session.changes()).toEqual([]);
	});

	const ips = { origin_ips: ['192.0.2.1', '2001:db8::1'] };
	test.for<readonly [what: string, from: [string, Record<string, unknown>], to: [string, Record<string, unknown>]]>([
		['another zone', ['purge_everything', {}], ['purge_everything', { zone: 'example.net' }]],
		['another tool', ['purge_everything', {}], ['invalidate_everything', {}]],
		[
			'another environment',
			['purge_environment_everything', { environment_id: STAGING }],
			['purge_environment_everything', { environment_id: OFFICE_IPS }],
		],
		[
			'an environment in place of the zone',
			['invalidate_everything', {}],
			['invalidate_everything', { environment_id: STAGING }],
		],
		[
			'one item more',
			['origin_cloud_regions_bulk_delete', ips],
			['origin_cloud_regions_bulk_delete', { origin_ips: [...ips.origin_ips, '192.0.2.9'] }],
		],
		[
			'one item exchanged',
			['origin_cloud_regions_bulk_delete', ips],
			['origin_cloud_regions_bulk_delete', { origin_ips: ['192.0.2.1', '192.0.2.2'] }],
		],
	])('is refused for %s', async ([, [tool, args], [other, otherArgs]]) => {
		const session = await openSession();
		const confirm = await codeOf(session, tool, { zone: ZONE, ...args });
		const { text, isError } = await session.call(other, { zone: ZONE, ...otherArgs, confirm });
		expect(isError).toBe(true);
		expect(text).toMatch(/not issued for exactly this call/);
		expect(session.changes()).toEqual([]);
	});

	test('holds for the same call in another spelling', async () => {
		const session = await openSession();
		const confirm = await codeOf(session, 'origin_cloud_regions_bulk_delete', {
			zone: ZONE,
			origin_ips: ['2001:DB8::0001'],
		});
		await session.call('origin_cloud_regions_bulk_delete', { zone: ZONE_ID, origin_ips: '["2001:db8:0::1"]', confirm });
		expect(session.changes()).toHaveLength(1);
	});

	test.for([
		'yes',
		'true',
		ZONE,
		'aaaaaa-0000000000000000000000',
		'1-',
		`zzzzzzzzz-${'A'.repeat(22)}`,
		`zzzzzzzzz-00000000-${'A'.repeat(22)}`,
		'x'.repeat(10_000),
		'\u0000',
		'☃-0000000000000000000000',
	])('that is invented, such as %j, is refused', async (confirm) => {
		const session = await openSession();
		const { isError, text } = await session.call('purge_everything', { zone: ZONE, confirm });
		expect(isError).toBe(true);
		expect(text).toContain('Nothing was changed.');
		expect(session.changes()).toEqual([]);
	});

	test('that is empty counts as absent: the call asks for a code and changes nothing', async () => {
		const session = await openSession();
		const { structured } = await session.call('purge_everything', { zone: ZONE, confirm: '' });
		expect(structured?.status).toBe('confirmation_required');
		expect(session.changes()).toEqual([]);
	});

	test.for([true, 1, ['x'], { code: 'x' }])('cannot be %j, which is not text', async (confirm) => {
		const session = await openSession();
		expect((await session.call('purge_everything', { zone: ZONE, confirm })).text).toMatch(/confirm must be a string/);
		expect(session.requests).toEqual([]);
	});

	test.for([0, 5, 10, 15, 20, 28])('whose character %i was changed is refused', async (at) => {
		const session = await openSession();
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		const forged = confirm.slice(0, at) + (confirm[at] === 'a' ? 'b' : 'a') + confirm.slice(at + 1);
		expect((await session.call('purge_everything', { zone: ZONE, confirm: forged })).isError).toBe(true);
		expect(session.changes()).toEqual([]);
	});

	test('of another process is refused unless both have the same secret', async () => {
		const env = { CF_CACHE_CONFIRM_SECRET: 'a shared secret of 16 and more' };
		const strangers = [await openSession(), await openSession()] as const;
		const stolen = await codeOf(strangers[0], 'purge_everything', { zone: ZONE });
		expect((await strangers[1].call('purge_everything', { zone: ZONE, confirm: stolen })).isError).toBe(true);
		const replicas = [await openSession({ env }), await openSession({ env })] as const;
		const shared = await codeOf(replicas[0], 'purge_everything', { zone: ZONE });
		expect((await replicas[1].call('purge_everything', { zone: ZONE, confirm: shared })).structured?.status).toBe(
			'done',
		);
	});
});
