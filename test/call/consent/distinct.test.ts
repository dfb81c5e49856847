/** Consent is informed: where the consent to one call is none to another, the user is shown another text. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startUpstream, success, ZONE_FACTS } from '../../support/api.js';
import { createVirtualClock } from '../../support/clock.js';
import { EXAMPLE_NET, OFFICE_IPS, openSandbox, STAGING, TWICE_FREE, TWICE_PRO } from '../../support/sandbox.js';
import { openSession, ZONE, ZONE_ID } from '../../support/session.js';

/** The two zones of one name in two accounts are among them. */
const HOST_OF_ZONE = new Map([
	[ZONE, ZONE],
	[ZONE_ID, ZONE],
	[EXAMPLE_NET, 'example.net'],
	[TWICE_PRO, 'twice.example'],
	[TWICE_FREE, 'twice.example'],
]);

const labels = fc.array(fc.constantFrom(...'abcdefghijklmnop'), { minLength: 1, maxLength: 14 });
const some = <Item>(item: fc.Arbitrary<Item>) => fc.option(item, { nil: undefined });

const selection = (host: string) =>
	fc.record({
		hosts: labels.map((names) => names.map((name) => `${name}.${host}`)),
		prefixes: some(fc.subarray([host, `${host}/`, `${host}/a`, `${host}/b`], { minLength: 1 })),
		tags: some(fc.subarray(['a', 'b'], { minLength: 1 })),
		urls: some(fc.subarray([`https://${host}/1`, `https://${host}/2`], { minLength: 1 })),
	});

/** Calls that need consent. */
const calls = fc.constantFrom(...HOST_OF_ZONE).chain(([zone, host]) => {
	const environment_id = some(fc.constantFrom(STAGING, OFFICE_IPS));
	const withZone = <Args>(tool: string, args: fc.Arbitrary<Args>) =>
		args.map((one) => ({ tool, args: { zone, ...one } }));
	return fc.oneof(
		withZone('purge_everything', fc.constant({})),
		withZone('invalidate_everything', fc.constant({})),
		withZone('cache_reserve_clear', fc.constant({})),
		withZone('purge_cache', selection(host)),
		withZone('invalidate_cache', selection(host)),
		withZone('origin_cloud_regions_bulk_delete', fc.record({ origin_ips: labels.map((names) => names.map(toIp)) })),
		...(host === ZONE
			? [
					withZone('invalidate_everything', fc.record({ environment_id })),
					withZone('purge_environment_everything', fc.record({ environment_id: fc.constantFrom(STAGING, OFFICE_IPS) })),
				]
			: []),
	);
});

const toIp = (letter: string) => `192.0.2.${letter.charCodeAt(0)}`;
const withoutUndefined = (args: object) =>
	Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));

test('two calls with different intents have different forms', async () => {
	const { url, changes } = await openSandbox();
	const clock = createVirtualClock();
	const coded = await openSession({ upstream: url });
	const formed = await openSession({ upstream: url, clock, user: () => ({ action: 'cancel' }) });
	const formOf = async ({ tool, args }: { tool: string; args: object }) => {
		clock.advance(11 * 60_000);
		const before = formed.forms.length;
		const { text } = await formed.call(tool, withoutUndefined(args));
		return formed.forms.length > before ? formed.forms.at(-1)?.message : `no form: ${text}`;
	};
	let compared = 0;
	const property = fc.asyncProperty(calls, calls, async (one, other) => {
		const { structured } = await coded.call(one.tool, withoutUndefined(one.args));
		if (!structured?.confirm) return;
		const redeemed = await coded.call(other.tool, withoutUndefined({ ...other.args, confirm: structured.confirm }));
		if (!redeemed.text.includes('not issued for exactly this call')) return;
		compared++;
		expect(await formOf(one)).not.toBe(await formOf(other));
	});
	await fc.assert(property, { numRuns: 150, seed: 20_261_126 });
	expect(compared).toBeGreaterThan(100);
	expect(changes().length).toBeLessThan(20);
});

/** Neighbours that only a form can tell apart. */
const hosts = Array.from({ length: 12 }, (_, at) => `h${at}.${ZONE}`);
const ips = Array.from({ length: 12 }, (_, at) => `192.0.2.${at}`);
test.for<readonly [what: string, tool: string, one: object, other: object]>([
	['two zones of one name', 'purge_everything', { zone: TWICE_PRO }, { zone: TWICE_FREE }],
	['two environments', 'purge_environment_everything', { environment_id: STAGING }, { environment_id: OFFICE_IPS }],
	['the zone and an environment', 'invalidate_everything', {}, { environment_id: STAGING }],
	[
		'two addresses',
		'origin_cloud_regions_bulk_delete',
		{ origin_ips: ips.slice(0, 2) },
		{ origin_ips: ips.slice(1, 3) },
	],
	[
		'twelve addresses of which the last differs',
		'origin_cloud_regions_bulk_delete',
		{ origin_ips: ips },
		{ origin_ips: [...ips.slice(0, 11), '192.0.2.99'] },
	],
	['twelve hosts of which the last differs', 'purge_cache', { hosts }, { hosts: [...hosts.slice(0, 11), ZONE] }],
	['a host and a prefix', 'purge_cache', { hosts: [ZONE] }, { prefixes: [ZONE] }],
	['a prefix with and without a slash', 'purge_cache', { prefixes: [ZONE] }, { prefixes: [`${ZONE}/`] }],
	['one tag beside a host', 'purge_cache', { hosts: [ZONE], tags: ['a'] }, { hosts: [ZONE], tags: ['b'] }],
	[
		'a header beside a host',
		'purge_cache',
		{ hosts: [ZONE], files: [{ url: `https://${ZONE}/`, headers: { 'CF-Device-Type': 'mobile' } }] },
		{ hosts: [ZONE], files: [{ url: `https://${ZONE}/`, headers: { 'CF-Device-Type': 'tablet' } }] },
	],
])('the form tells %s apart', async ([, tool, one, other]) => {
	const { call, forms, changes } = await openSession({ user: () => ({ action: 'decline' }) });
	await call(tool, { zone: ZONE, ...one });
	await call(tool, { zone: ZONE, ...other });
	expect(forms).toHaveLength(2);
	expect(forms[0]?.message).not.toBe(forms[1]?.message);
	expect(changes()).toEqual([]);
});

test('the form tells two zones apart that differ in nothing but their ids', async () => {
	const twins = ['e', 'f'].map((digit) => ({ ...ZONE_FACTS, id: digit.repeat(32) }));
	const upstream = await startUpstream(({ target }) => {
		const twin = twins.find(({ id }) => target === `/zones/${id}`);
		return twin && success(twin);
	});
	const { call, forms } = await openSession({ upstream: upstream.url, user: () => ({ action: 'decline' }) });
	for (const { id } of twins) await call('purge_everything', { zone: id });
	expect(forms).toHaveLength(2);
	expect(forms[0]?.message).not.toBe(forms[1]?.message);
	expect(upstream.changes()).toEqual([]);
});
