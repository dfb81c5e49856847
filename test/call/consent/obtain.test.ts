/** Consent: no destructive request is sent without the proof that the policy asks for. */
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/operations/index.js';
import {
	type Arrived,
	failure,
	type Step,
	startUpstream,
	success,
	ZONE_FACTS,
	ZONE_TARGET,
} from '../../support/api.js';
import { createVirtualClock } from '../../support/clock.js';
import { openSession, types, type User, ZONE, ZONE_ID } from '../../support/session.js';

const destructive = OPERATIONS.filter(({ danger }) => danger === 'destroy');
const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
/** The example of a record, with an environment that the sandbox has. */
const argsOf = ({ example }: (typeof destructive)[number]) => ({
	zone: ZONE,
	...example,
	...('environment_id' in example && { environment_id: STAGING }),
});

test('five tools are destructive and need consent', () => {
	expect(destructive.map(({ name }) => name)).toEqual([
		'purge_everything',
		'purge_environment_everything',
		'invalidate_everything',
		'cache_reserve_clear',
		'origin_cloud_regions_bulk_delete',
	]);
});

describe('where the client offers forms,', () => {
	test.for(destructive)('$name runs when the user has typed the zone name', async (operation) => {
		const { call, changes, forms } = await openSession({ user: types(ZONE) });
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
		const { call, forms } = await openSession({ user: types(ZONE) });
		await call('purge_everything', { zone: ZONE_ID });
		expect(forms[0]?.message).toBe(
			'Deletes everything cached for example.com (enterprise), in every data centre and environment. Expect full load on your origin. The zone has the id 023e105f4ecef8ad9ca31a8372d0c353, in the account "Example Account Name".\nTo confirm, type the zone name: example.com',
		);
	});

	const answers: readonly (readonly [what: string, user: User])[] = [
		['a declined form', () => ({ action: 'decline' })],
		['a cancelled form', () => ({ action: 'cancel' })],
		['another zone', types('example.net')],
		['a subdomain', types('www.example.com')],
		['the name with a dot', types('example.com.')],
		['the zone id', types(ZONE_ID)],
		['an empty text', types('')],
		['an accepted form without content', () => ({ action: 'accept' })],
		['a number', () => ({ action: 'accept', content: { zone: 1 } })],
		['another field', () => ({ action: 'accept', content: { name: ZONE } })],
		['a client that fails', () => Promise.reject(new Error('no form here'))],
	];
	test('the form counts what would be sent, without duplicates', async () => {
		const { call, forms } = await openSession({ user: types(ZONE) });
		await call('origin_cloud_regions_bulk_delete', { zone: ZONE, origin_ips: ['192.0.2.1', '192.0.2.1'] });
		expect(forms[0]?.message).toContain('1 origin IP ');
	});

	test.for(answers)('%s is a refusal and changes nothing', async ([, user]) => {
		const clock = createVirtualClock();
		const { call, changes } = await openSession({ user, clock });
		for (const operation of destructive) {
			// After three refusals no form is shown for a while.
			clock.advance(11 * 60_000);
			const { text, isError, structured } = await call(operation.name, argsOf(operation));
			expect(isError, text).toBe(true);
			expect(text).toContain('Nothing was changed.');
			expect(text).toContain('--confirm code');
			expect(structured).toBeUndefined();
		}
		expect(changes()).toEqual([]);
	});

	test('a confirm argument does not replace the form', async () => {
		const { call, changes, forms } = await openSession({ user: () => ({ action: 'decline' }) });
		expect((await call('purge_everything', { zone: ZONE, confirm: 'example.com' })).isError).toBe(true);
		expect(forms).toHaveLength(1);
		expect(changes()).toEqual([]);
	});

	test('--confirm code asks for a code and shows no form', async () => {
		const { call, forms } = await openSession({ flags: ['--confirm', 'code'], user: types(ZONE) });
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('confirmation_required');
		expect(forms).toEqual([]);
	});
});

describe('where the client offers no forms,', () => {
	test.for(destructive)(
		'$name answers confirmation_required with plan and code, and runs with it',
		async (operation) => {
			const session = await openSession();
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
});

describe('the policy', () => {
	test('--confirm block neither lists nor accepts destructive tools, and says why', async () => {
		const { call, client, requests } = await openSession({ flags: ['--confirm', 'block'], user: types(ZONE) });
		const listed = (await client.listTools()).tools.map(({ name }) => name);
		for (const { name, example } of destructive) {
			expect(listed).not.toContain(name);
			expect((await call(name, { zone: ZONE, ...example })).text).toMatch(/started with --confirm block/);
		}
		expect(listed).toHaveLength(OPERATIONS.length - destructive.length);
		expect(requests).toEqual([]);
	});

	test('--dangerously-skip-confirmation runs destructive tools without a proof', async () => {
		const { call, changes, forms } = await openSession({
			flags: ['--dangerously-skip-confirmation'],
			user: types(ZONE),
		});
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('done');
		expect(changes()).toHaveLength(1);
		expect(forms).toEqual([]);
	});
});

/** Look-ups of the zone, by its name or id, that find it as it is, and from the second on with this difference. */
function changingZone(difference: object): (request: Arrived) => Step | undefined {
	let lookups = 0;
	return ({ method, target }) => {
		if (method !== 'GET' || (target !== ZONE_TARGET && target !== `/zones?name=${ZONE}`)) return undefined;
		const zone = lookups++ === 0 ? ZONE_FACTS : { ...ZONE_FACTS, ...difference };
		return success(target === ZONE_TARGET ? zone : [zone]);
	};
}

const CHANGES: readonly (readonly [what: string, zone: string, difference: object])[] = [
	['whose name came to belong to another zone', ZONE, { id: 'f'.repeat(32) }],
	['whose id came to have another name', ZONE_ID, { name: 'example.net' }],
	['whose plan is another, so that the text shown was wrong', ZONE, { plan: { legacy_id: 'enterprise' } }],
];

describe.for(CHANGES)('a zone %s since the plan was shown', ([, zone, difference]) => {
	const REFUSED = 'The zone changed since it was looked up';

	test.for([
		['the user types the zone name', { user: types(ZONE), flags: [] }],
		['consent is switched off', { flags: ['--dangerously-skip-confirmation'] }],
	] as const)('refuses the call although %s, and nothing is changed', async ([, options]) => {
		const upstream = await startUpstream(changingZone(difference));
		const { call } = await openSession({ ...options, upstream: upstream.url });
		const { text, isError } = await call('purge_everything', { zone });
		expect(isError).toBe(true);
		expect(text).toContain(REFUSED);
		expect(upstream.changes()).toEqual([]);
	});

	test('refuses the code, and nothing is changed', async () => {
		const upstream = await startUpstream(changingZone(difference));
		const { call } = await openSession({ upstream: upstream.url, flags: ['--confirm', 'code'] });
		const { structured } = await call('purge_everything', { zone });
		const { text } = await call('purge_everything', { zone, confirm: structured?.confirm });
		expect(text).toContain(REFUSED);
		expect(upstream.changes()).toEqual([]);
	});
});

test('every destructive tool looks the zone up again after the form, and is refused where it changed', async () => {
	for (const operation of destructive) {
		let isRenamed = false;
		const upstream = await startUpstream(({ method, target }) => {
			if (method !== 'GET') return undefined;
			if (target.endsWith('/environments')) return failure(403, { code: 10_000, message: 'Authentication error' });
			if (target !== ZONE_TARGET) return success({ value: 'off' });
			return success(isRenamed ? { ...ZONE_FACTS, name: 'example.net' } : ZONE_FACTS);
		});
		const { call, forms } = await openSession({
			upstream: upstream.url,
			user: () => {
				isRenamed = true;
				return { action: 'accept', content: { zone: ZONE } };
			},
		});
		const { text } = await call(operation.name, { ...argsOf(operation), zone: ZONE_ID });
		expect(text, operation.name).toContain('The zone changed since it was looked up');
		expect(forms).toHaveLength(1);
		expect(upstream.changes()).toEqual([]);
	}
});
