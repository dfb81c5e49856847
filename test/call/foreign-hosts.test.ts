/** Tests which hosts outside the zone a purge may name: its custom hostnames, and those that the operator lists. */
import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, withZone } from '../support/api.js';
import { openSession, types, ZONE, ZONE_ID } from '../support/session.js';

const CUSTOM = 'shop.customer.example';

/** A session with a zone whose custom hostnames are answered by `answer`, and everything else as done. */
async function connectTo(answer: ReturnType<typeof success>, flags: string[] = []) {
	const upstream = await startUpstream(
		withZone(({ target }) => {
			if (target.startsWith('/zones?')) return success([]);
			return target.includes('/custom_hostnames?') ? answer : success({ id: ZONE_ID });
		}),
	);
	const { call } = await openSession({ upstream: upstream.url, flags, user: types(ZONE) });
	return {
		call,
		upstream,
		lookups: () => upstream.requests.filter(({ target }) => target.includes('custom_hostnames')),
	};
}

describe('a purge of a host outside the zone', () => {
	test.for<readonly [kind: string, item: unknown]>([
		['hosts', CUSTOM],
		['hosts', 'SHOP.Customer.example.'],
		['prefixes', `${CUSTOM}/a`],
		['urls', `https://${CUSTOM}/a`],
		['files', { url: `https://${CUSTOM}/a`, headers: { Origin: 'https://a.example' } }],
	])('that is a custom hostname of the zone is sent: %s %j', async ([kind, item]) => {
		const { call, changes } = await openSession({ user: types(ZONE) });
		for (const tool of ['purge_cache', 'invalidate_cache']) {
			const { text, structured } = await call(tool, { zone: ZONE, [kind]: [item] });
			expect(structured?.status, text).toBe('done');
		}
		expect(changes()).toHaveLength(2);
	});

	test('asks once for each host, however many items name it', async () => {
		const { call, requests } = await openSession({ user: types(ZONE) });
		const urls = Array.from({ length: 50 }, (_, at) => `https://${CUSTOM}/${at}`);
		const { structured } = await call('purge_cache', { zone: ZONE, urls, hosts: [CUSTOM, 'www.example.com'] });
		expect(structured?.status).toBe('done');
		const lookups = requests.filter(({ path }) => path.endsWith('/custom_hostnames'));
		expect(lookups.map(({ query }) => query)).toEqual([`hostname=${CUSTOM}`]);
	});

	test('that is no custom hostname is refused, and nothing is purged', async () => {
		const { call, upstream } = await connectTo(success([]));
		const { text, isError } = await call('purge_cache', { zone: ZONE_ID, hosts: ['other.example', 'www.example.com'] });
		expect(isError).toBe(true);
		expect(text.split('\n')[0]).toBe(
			'hosts[0]: other.example is not in zone example.com. It is no custom hostname of example.com either.',
		);
		expect(upstream.changes()).toEqual([]);
	});

	test.for<readonly [what: string, answer: ReturnType<typeof success>]>([
		['of a longer name', success([{ hostname: `www.${CUSTOM}` }])],
		['of no name', success([{ hostname: null }, null, 'x'])],
		['of another form', success({ hostname: CUSTOM })],
	])('is refused when the answer is one %s', async ([, answer]) => {
		const { call, upstream } = await connectTo(answer);
		expect((await call('purge_cache', { zone: ZONE_ID, hosts: [CUSTOM] })).text).toContain('It is no custom hostname');
		expect(upstream.changes()).toEqual([]);
	});

	test.for([
		failure(403, { code: 10000, message: 'Authentication error' }),
		failure(404, { code: 7003, message: 'Could not route' }),
	])('is refused when the custom hostnames cannot be read, and the refusal names the flag', async (answer) => {
		const { call, upstream } = await connectTo(answer);
		const { text, isError } = await call('purge_cache', { zone: ZONE_ID, hosts: [CUSTOM] });
		expect(isError).toBe(true);
		expect(text).toContain(`hosts[0]: ${CUSTOM} is not in zone example.com.`);
		expect(text).toContain('The custom hostnames of example.com cannot be read');
		expect(text).toContain(`ask the operator to start the server with --custom-hostnames ${CUSTOM}`);
		expect(text).toContain('SSL and Certificates › Read');
		expect(upstream.changes()).toEqual([]);
	});

	test('that the operator lists is sent without a look-up', async () => {
		const { call, upstream, lookups } = await connectTo(success([]), ['--custom-hostnames', `a.example,${CUSTOM}`]);
		const { structured } = await call('purge_cache', { zone: ZONE_ID, hosts: [CUSTOM] });
		expect(structured?.status).toBe('done');
		expect(lookups()).toEqual([]);
		expect(upstream.changes().map(({ body }) => JSON.parse(body))).toEqual([{ hosts: [CUSTOM] }]);
	});

	test('that is below a listed one is looked up, and refused', async () => {
		const { call, upstream, lookups } = await connectTo(success([]), ['--custom-hostnames', CUSTOM]);
		const { isError } = await call('purge_cache', { zone: ZONE_ID, hosts: [`www.${CUSTOM}`] });
		expect(isError).toBe(true);
		expect(lookups()).toHaveLength(1);
		expect(upstream.changes()).toEqual([]);
	});

	test('is refused without a look-up when there are more than 20', async () => {
		const { call, requests } = await openSession();
		const hosts = Array.from({ length: 21 }, (_, at) => `shop${at}.customer.example`);
		const { text } = await call('purge_cache', { zone: ZONE_ID, hosts });
		expect(text).toContain('21 hosts are not in zone example.com; at most 20 can be looked up as custom hostnames.');
		expect(requests.filter(({ path }) => path !== `/zones/${ZONE_ID}`)).toEqual([]);
	});
});
