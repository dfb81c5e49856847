/** No destructive call reaches the API without its proof. */
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/operations/index.js';
import { connect, type Person, types, ZONE, ZONE_ID } from '../../support/session.js';

const destructive = OPERATIONS.filter(({ danger }) => danger === 'destroy');
const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
/** The example of a record, with an environment that the sandbox has. */
const argsOf = ({ example }: (typeof destructive)[number]) => ({
	zone: ZONE,
	...example,
	...('environment_id' in example && { environment_id: STAGING }),
});

test('five tools are destructive', () => {
	expect(destructive.map(({ name }) => name)).toEqual([
		'purge_everything',
		'purge_environment_everything',
		'invalidate_everything',
		'cache_reserve_clear',
		'origin_cloud_regions_bulk_delete',
	]);
});

describe('with a client that offers forms', () => {
	test.for(destructive)('$name runs once the zone name was typed', async (operation) => {
		const { call, changes, forms } = await connect({ person: types(ZONE) });
		await call('origin_cloud_regions_bulk_update', {
			zone: ZONE,
			mappings: [{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' }],
		});
		const before = changes().length;
		await call(operation.name, argsOf(operation));
		expect(forms).toHaveLength(1);
		expect(changes().length - before).toBe(1);
	});

	test('the form names the consequence, the zone and its plan', async () => {
		const { call, forms } = await connect({ person: types(ZONE) });
		await call('purge_everything', { zone: ZONE_ID });
		expect(forms[0]?.message).toBe(
			'Deletes everything cached for example.com (enterprise), in every data centre and environment. Expect full load on your origin.\nTo confirm, type the zone name: example.com',
		);
	});

	const answers: readonly (readonly [what: string, person: Person])[] = [
		['a declined form', () => ({ action: 'decline' })],
		['a cancelled form', () => ({ action: 'cancel' })],
		['another zone', types('example.net')],
		['the name in capitals', types('EXAMPLE.COM')],
		['the name with a space', types('example.com ')],
		['the zone id', types(ZONE_ID)],
		['an empty text', types('')],
		['an accepted form without content', () => ({ action: 'accept' })],
		['a number', () => ({ action: 'accept', content: { zone: 1 } })],
		['another field', () => ({ action: 'accept', content: { name: ZONE } })],
		['a client that fails', () => Promise.reject(new Error('no form here'))],
	];
	test('the form counts what would be sent, and that is nothing twice', async () => {
		const { call, forms } = await connect({ person: types(ZONE) });
		await call('origin_cloud_regions_bulk_delete', { zone: ZONE, origin_ips: ['192.0.2.1', '192.0.2.1'] });
		expect(forms[0]?.message).toContain('1 origin IP ');
	});

	test.for(answers)('%s is a refusal and changes nothing', async ([, person]) => {
		const { call, changes } = await connect({ person });
		for (const operation of destructive) {
			const { text, isError, structured } = await call(operation.name, argsOf(operation));
			expect(isError, text).toBe(true);
			expect(text).toContain('Nothing was changed.');
			expect(text).toContain('--confirm code');
			expect(structured).toBeUndefined();
		}
		expect(changes()).toEqual([]);
	});

	test('a code in place of the form changes nothing: only the form counts', async () => {
		const { call, changes, forms } = await connect({ person: () => ({ action: 'decline' }) });
		expect((await call('purge_everything', { zone: ZONE, confirm: 'example.com' })).isError).toBe(true);
		expect(forms).toHaveLength(1);
		expect(changes()).toEqual([]);
	});

	test('--confirm code asks for a code and shows no form', async () => {
		const { call, forms } = await connect({ flags: ['--confirm', 'code'], person: types(ZONE) });
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('confirmation_required');
		expect(forms).toEqual([]);
	});
});

describe('with a client that offers no forms', () => {
	const codeOf = async (session: Awaited<ReturnType<typeof connect>>, tool: string, args: Record<string, unknown>) =>
		String((await session.call(tool, args)).structured?.confirm);

	test.for(destructive)(
		'$name answers confirmation_required with plan and code, and runs with it',
		async (operation) => {
			const session = await connect();
			await session.call('origin_cloud_regions_bulk_update', {
				zone: ZONE,
				mappings: [{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' }],
			});
			const before = session.changes().length;
			const { structured, text, isError } = await session.call(operation.name, argsOf(operation));
			expect(isError).toBe(false);
			expect(structured).toMatchObject({
				status: 'confirmation_required',
				zone: { id: ZONE_ID, name: ZONE },
				plan: { requests: 1 },
			});
			expect(text).toContain(String(structured?.confirm));
			expect(text).toContain(String(structured?.expires_at));
			expect(session.changes().length).toBe(before);
			await session.call(operation.name, { ...argsOf(operation), confirm: structured?.confirm });
			expect(session.changes().length - before).toBe(1);
		},
	);

	test('a code works once', async () => {
		const session = await connect();
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		expect((await session.call('purge_everything', { zone: ZONE, confirm })).structured?.status).toBe('done');
		const again = await session.call('purge_everything', { zone: ZONE, confirm });
		expect(again.text).toMatch(/already used/);
		expect(session.changes()).toHaveLength(1);
	});

	test('a code works once, also for calls at the same time', async () => {
		const session = await connect();
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		const all = await Promise.all(
			Array.from({ length: 20 }, () => session.call('purge_everything', { zone: ZONE, confirm })),
		);
		expect(all.filter(({ isError }) => !isError)).toHaveLength(1);
		expect(session.changes()).toHaveLength(1);
	});

	test('a code ends after its time', async () => {
		let seconds = 1_700_000_000;
		const session = await connect({ flags: ['--confirm-ttl', '60'], now: () => seconds * 1000 });
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		seconds += 60;
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
			['purge_environment_everything', { environment_id: STAGING.replace(/^a/, 'b') }],
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
	])('a code for %s is refused', async ([, [tool, args], [other, otherArgs]]) => {
		const session = await connect();
		const confirm = await codeOf(session, tool, { zone: ZONE, ...args });
		const { text, isError } = await session.call(other, { zone: ZONE, ...otherArgs, confirm });
		expect(isError).toBe(true);
		expect(text).toMatch(/not issued for exactly this call/);
		expect(session.changes()).toEqual([]);
	});

	test('a code holds for the same call in another spelling', async () => {
		const session = await connect();
		const confirm = await codeOf(session, 'origin_cloud_regions_bulk_delete', {
			zone: ZONE,
			origin_ips: ['2001:DB8::0001'],
		});
		await session.call('origin_cloud_regions_bulk_delete', { zone: ZONE_ID, origin_ips: '["2001:db8:0::1"]', confirm });
		expect(session.changes()).toHaveLength(1);
	});

	test.for([
		'',
		'yes',
		'true',
		ZONE,
		'aaaaaa-0000000000000000000000',
		'1-',
		`zzzzzzzzz-${'A'.repeat(22)}`,
		'x'.repeat(10_000),
		'\u0000',
		'☃-0000000000000000000000',
	])('the invented code %j is refused', async (confirm) => {
		const session = await connect();
		const { isError, text } = await session.call('purge_everything', { zone: ZONE, confirm });
		expect(isError).toBe(true);
		expect(text).toContain('Nothing was changed.');
		expect(session.changes()).toEqual([]);
	});

	test.for([true, 1, ['x'], { code: 'x' }])('confirm as %j is no code at all', async (confirm) => {
		const session = await connect();
		expect((await session.call('purge_everything', { zone: ZONE, confirm })).text).toMatch(/confirm must be a string/);
		expect(session.requests).toEqual([]);
	});

	test.for([0, 5, 10, 20, 28])('a code with its character %i exchanged is refused', async (at) => {
		const session = await connect();
		const confirm = await codeOf(session, 'purge_everything', { zone: ZONE });
		const forged = confirm.slice(0, at) + (confirm[at] === 'a' ? 'b' : 'a') + confirm.slice(at + 1);
		expect((await session.call('purge_everything', { zone: ZONE, confirm: forged })).isError).toBe(true);
		expect(session.changes()).toEqual([]);
	});

	test('a code of another process is refused, unless both have the same secret', async () => {
		const env = { CF_CACHE_CONFIRM_SECRET: 'a shared secret of 16 and more' };
		const strangers = [await connect(), await connect()] as const;
		const stolen = await codeOf(strangers[0], 'purge_everything', { zone: ZONE });
		expect((await strangers[1].call('purge_everything', { zone: ZONE, confirm: stolen })).isError).toBe(true);
		const replicas = [await connect({ env }), await connect({ env })] as const;
		const shared = await codeOf(replicas[0], 'purge_everything', { zone: ZONE });
		expect((await replicas[1].call('purge_everything', { zone: ZONE, confirm: shared })).structured?.status).toBe(
			'done',
		);
	});
});

describe('the policy', () => {
	test('block neither lists nor accepts destructive tools, and says why', async () => {
		const { call, client, requests } = await connect({ flags: ['--confirm', 'block'], person: types(ZONE) });
		const listed = (await client.listTools()).tools.map(({ name }) => name);
		for (const { name, example } of destructive) {
			expect(listed).not.toContain(name);
			expect((await call(name, { zone: ZONE, ...example })).text).toMatch(/started with --confirm block/);
		}
		expect(listed).toHaveLength(OPERATIONS.length - destructive.length);
		expect(requests).toEqual([]);
	});

	test('--dangerously-skip-confirmation runs them without a proof', async () => {
		const { call, changes, forms } = await connect({ flags: ['--dangerously-skip-confirmation'], person: types(ZONE) });
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('done');
		expect(changes()).toHaveLength(1);
		expect(forms).toEqual([]);
	});
});
