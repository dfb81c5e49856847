/** Tests the documented limits, on a clock that stands still until it is moved. */
import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/server.js';
import {
	EXAMPLE_BIZ,
	EXAMPLE_COM,
	EXAMPLE_NET,
	EXAMPLE_ORG,
	openSandbox,
	PRODUCTION,
	type Reply,
	refusal,
	send,
	TOKEN,
	TWICE_FREE,
	TWICE_PRO,
} from '../support/sandbox.js';

const HOSTS: Record<string, string> = {
	[EXAMPLE_BIZ]: 'example.biz',
	[EXAMPLE_COM]: 'example.com',
	[EXAMPLE_NET]: 'example.net',
	[EXAMPLE_ORG]: 'example.org',
	[TWICE_FREE]: 'twice.example',
	[TWICE_PRO]: 'twice.example',
};
const FULL = [429, 1134, 'Unable to purge, rate limit reached. Please wait and consider throttling your request speed'];
const TAG = { tags: ['a'] };

async function begin(options: SandboxOptions = {}) {
	let time = Date.parse('2026-01-01T00:00:00.000Z');
	const sandbox = await openSandbox({ limits: 'strict', now: () => time, ...options });
	const purge = (id: string, body: unknown, action = 'purge_cache') =>
		send(sandbox, { method: 'POST', path: `/zones/${id}/${action}`, body });
	return {
		sandbox,
		purge,
		/** Purges `count` URLs of that zone. */
		files: (id: string, count: number, more: object = {}) =>
			purge(id, { files: Array.from({ length: count }, () => `https://${HOSTS[id]}/`), ...more }),
		/** Purges one tag until it is refused, and returns how often it was accepted. */
		drain: async (id: string) => {
			for (let done = 0; ; done += 1) if ((await purge(id, TAG)).status !== 200) return done;
		},
		pass: (ms: number) => {
			time += ms;
		},
	};
}

const waitOf = ({ headers }: Reply) => Number(headers['retry-after']);

describe('Purges by tag, host or prefix and of everything', () => {
	test.each([
		['Free', EXAMPLE_ORG, 25, 12, 12_000],
		['Pro', EXAMPLE_NET, 25, 1, 200],
		['Business', EXAMPLE_BIZ, 50, 1, 100],
		['Enterprise', EXAMPLE_COM, 500, 1, 20],
	])('on the plan %s have a burst, and then one purge each refill', async (_, id, burst, seconds, refill) => {
		const { purge, drain, pass } = await begin();
		expect(await drain(id)).toBe(burst);
		const refused = await purge(id, TAG);
		expect([refusal(refused), waitOf(refused)]).toEqual([FULL, seconds]);
		pass(refill - 1);
		expect((await purge(id, TAG)).status).toBe(429);
		pass(1);
		expect((await purge(id, TAG)).status).toBe(200);
		expect((await purge(id, TAG)).status).toBe(429);
		pass(3_600_000);
		expect(await drain(id)).toBe(burst);
	});

	test('share one bucket for all kinds and both actions of a zone and its environments', async () => {
		const { purge, pass, drain } = await begin();
		await drain(EXAMPLE_COM);
		const actions = ['purge_cache', 'invalidate_cache'].flatMap((one) => [one, `environments/${PRODUCTION}/${one}`]);
		const bodies = [TAG, { hosts: ['example.com'] }, { prefixes: ['example.com/a'] }, { purge_everything: true }];
		for (const action of actions) {
			for (const body of bodies) {
				expect(refusal(await purge(EXAMPLE_COM, body, action))).toEqual(FULL);
				pass(20);
				expect((await purge(EXAMPLE_COM, body, action)).status).toBe(200);
			}
		}
	});

	test('of several kinds at once take one token', async () => {
		const { purge, drain } = await begin();
		await purge(EXAMPLE_NET, { tags: ['a', 'b'], hosts: ['example.net'], prefixes: ['example.net/a'] });
		expect(await drain(EXAMPLE_NET)).toBe(24);
	});

	test('share a bucket with other zones of the same account and plan only', async () => {
		const { purge, drain } = await begin();
		await drain(EXAMPLE_NET);
		await drain(EXAMPLE_ORG);
		expect(refusal(await purge(TWICE_PRO, TAG))).toEqual(FULL);
		expect(refusal(await purge(TWICE_FREE, TAG))).toEqual(FULL);
		expect((await purge(EXAMPLE_BIZ, TAG)).status).toBe(200);
		expect((await purge(EXAMPLE_COM, TAG)).status).toBe(200);
	});

	test('take nothing when they are malformed', async () => {
		const { purge, drain } = await begin();
		for (const body of [undefined, {}, { tags: 'a' }, { tags: Array.from({ length: 101 }, () => 'a') }]) {
			expect((await purge(EXAMPLE_NET, body)).status).toBe(400);
		}
		expect(await drain(EXAMPLE_NET)).toBe(25);
	});
});

describe('Purges by URL', () => {
	test.each([
		['Free', 800, EXAMPLE_ORG, 100],
		['Pro', 1500, EXAMPLE_NET, 100],
		['Business', 1500, EXAMPLE_BIZ, 100],
		['Enterprise', 3000, EXAMPLE_COM, 500],
	])('on the plan %s may name %d URLs a second', async (_, rate, id, max) => {
		const { files, pass } = await begin();
		for (let sent = 0; sent < rate; sent += max) expect((await files(id, max)).status).toBe(200);
		const refused = await files(id, 1);
		expect([refusal(refused), waitOf(refused)]).toEqual([FULL, 1]);
		pass(500);
		for (let sent = 0; sent < rate / 2; sent += rate / 20) expect((await files(id, rate / 20)).status).toBe(200);
		expect((await files(id, 1)).status).toBe(429);
	});

	test('take nothing when they are refused, so that a smaller one still fits', async () => {
		const { files } = await begin();
		for (let sent = 0; sent < 700; sent += 100) await files(EXAMPLE_ORG, 100);
		await files(EXAMPLE_ORG, 50);
		expect((await files(EXAMPLE_ORG, 51)).status).toBe(429);
		expect((await files(EXAMPLE_ORG, 50)).status).toBe(200);
	});

	test('with other kinds take from both buckets, and from neither when one of them refuses', async () => {
		const { files, drain, pass } = await begin();
		await drain(EXAMPLE_ORG);
		expect((await files(EXAMPLE_ORG, 100)).status).toBe(200);
		const refused = await files(EXAMPLE_ORG, 100, TAG);
		expect([refusal(refused), waitOf(refused)]).toEqual([FULL, 12]);
		for (let sent = 0; sent < 700; sent += 100) expect((await files(EXAMPLE_ORG, 100)).status).toBe(200);
		expect((await files(EXAMPLE_ORG, 1)).status).toBe(429);
		pass(12_000);
		expect((await files(EXAMPLE_ORG, 100, TAG)).status).toBe(200);
		expect(await drain(EXAMPLE_ORG)).toBe(0);
	});
});

test('A purge is accepted exactly after its Retry-After, and refused a second before', async () => {
	const { purge, drain, pass } = await begin();
	for (const ahead of [0, 1, 999, 1000, 11_001]) {
		await drain(EXAMPLE_ORG);
		pass(ahead);
		const wait = waitOf(await purge(EXAMPLE_ORG, TAG));
		expect(wait).toBe(Math.ceil((12_000 - ahead) / 1000));
		pass((wait - 1) * 1000);
		expect((await purge(EXAMPLE_ORG, TAG)).status).toBe(429);
		pass(1000);
		expect((await purge(EXAMPLE_ORG, TAG)).status).toBe(200);
		pass(3_600_000);
	}
});

describe('A call of any sort', () => {
	const calls = ({ headers }: Reply) => [headers.ratelimit, headers['ratelimit-policy'], headers['retry-after']];
	const policy = '"default";q=1200;w=300';

	test('is refused after 1200 calls in five minutes from the first on', async () => {
		const { sandbox, files, pass } = await begin();
		const list = () => send(sandbox, { method: 'GET', path: '/zones' });
		expect(calls(await list())).toEqual(['"default";r=1199;t=300', policy, undefined]);
		pass(100_500);
		for (let left = 1198; left > 0; left -= 1) await list();
		expect(calls(await files(EXAMPLE_COM, 1))).toEqual(['"default";r=1;t=200', policy, undefined]);
		expect(calls(await send(sandbox, { method: 'GET', path: '/nowhere' }))[0]).toBe('"default";r=0;t=200');
		const refused = await list();
		expect(refusal(refused)).toEqual([429, 971, 'Please wait and consider throttling your request speed']);
		expect(calls(refused)).toEqual(['"default";r=0;t=200', policy, '200']);
		expect((await files(EXAMPLE_COM, 1)).body.errors[0]?.code).toBe(971);
		const headers = { authorization: `Bearer other-${TOKEN}`, 'user-agent': 'test' };
		const other = await send(sandbox, { method: 'GET', path: '/zones', headers });
		expect([other.status, ...calls(other)]).toEqual([200, '"default";r=1199;t=300', policy, undefined]);
		pass(199_499);
		expect(calls(await list())).toEqual(['"default";r=0;t=1', policy, '1']);
		pass(1);
		expect(calls(await list())).toEqual(['"default";r=1199;t=300', policy, undefined]);
	});

	test('does not count when it purges only URLs, and counts when it selects something else too', async () => {
		const { purge, files } = await begin();
		expect(calls(await files(EXAMPLE_COM, 1))[0]).toBe('"default";r=1200;t=300');
		expect(calls(await files(EXAMPLE_COM, 1, TAG))[0]).toBe('"default";r=1199;t=300');
		expect(calls(await purge(EXAMPLE_COM, TAG, 'invalidate_cache'))[0]).toBe('"default";r=1198;t=300');
	});

	test('counts for no caller when its credentials are malformed', async () => {
		const { sandbox } = await begin();
		const reply = await send(sandbox, { method: 'GET', path: '/zones', headers: { 'user-agent': 'test' } });
		expect([reply.status, ...calls(reply)]).toEqual([400, '"default";r=1200;t=300', policy, undefined]);
	});
});

test('Without strict limits nothing is limited, and the headers say so', async () => {
	const { purge, sandbox } = await begin({ limits: 'off' });
	for (let sent = 0; sent < 30; sent += 1) expect((await purge(EXAMPLE_ORG, TAG)).status).toBe(200);
	const { headers } = await send(sandbox, { method: 'GET', path: '/zones' });
	expect(headers).toMatchObject({
		ratelimit: '"default";r=1000000;t=300',
		'ratelimit-policy': '"default";q=1000000;w=300',
	});
});
