/** Attacks on cache_inspect, which is a door to the network: it fetches hosts of allowed zones at public addresses, and nothing else. */
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createEdgeFetch } from '../../src/cloudflare/edge/fetcher.js';
import { createPublicConnector } from '../../src/cloudflare/edge/public-connector.js';
import type { SeenVisit } from '../../src/sandbox/edge/listener.js';
import { failure, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { createManualClock } from '../support/clock.js';
import { preload } from '../support/process.js';
import { type ClientOptions, openSession, ZONE, ZONE_ID } from '../support/session.js';

/** A session that records what reaches the edge of its sandbox. */
async function open(options: ClientOptions = {}) {
	const visits: SeenVisit[] = [];
	const session = await openSession({ ...options, sandbox: { onVisit: (visit) => visits.push(visit) } });
	return {
		...session,
		visits,
		inspect: (args: Record<string, unknown>) => session.call('cache_inspect', args),
	};
}

describe('cache_inspect fetches nothing for', () => {
	test.each<[what: string, args: Record<string, unknown>, says: string]>([
		['a host of no zone', { url: 'https://elsewhere.example/a.js' }, 'No zone "elsewhere.example" was found'],
		[
			'a host outside the named zone',
			{ url: 'https://example.net/a.js', zone: ZONE },
			'url: example.net is not in zone',
		],
		['an odd port', { url: 'http://example.com:8080/a.js' }, 'only 80 for http and 443 for https are fetched'],
		['the port of another scheme', { url: 'https://example.com:80/a.js' }, 'only 80 for http and 443 for https'],
		['credentials', { url: 'https://user:pass@example.com/a.js' }, 'contains credentials'],
		['an IPv4 address', { url: 'http://127.0.0.1/a.js' }, 'has no valid host name'],
		['an IPv4 address as a number', { url: 'http://2130706433/a.js' }, 'has no valid host name'],
		['an IPv6 address', { url: 'http://[::1]/a.js' }, 'has no valid host name'],
		['a name without a dot', { url: 'http://localhost/a.js' }, 'has no valid host name'],
		['a file', { url: 'file:///etc/passwd' }, 'is not an absolute URL'],
		['another protocol', { url: 'ftp://example.com/a.js' }, 'is not an absolute URL'],
		['a line break', { url: 'https://example.com/a.js\r\nHost: x' }, 'contains'],
		['a fragment', { url: 'https://example.com/#a' }, 'has a fragment'],
		['more than three requests', { url: 'https://example.com/a.js', repeat: 4 }, 'repeat'],
		['a token', { url: 'https://example.com/', headers: { Authorization: 'Bearer x' } }, 'must be one of CF-Device'],
		['a cookie', { url: 'https://example.com/', headers: { cookie: 'a=b' } }, 'must be one of CF-Device-Type'],
		['another host', { url: 'https://example.com/', headers: { Host: 'internal' } }, 'must be one of CF-Device-Type'],
		[
			'a forwarded host',
			{ url: 'https://example.com/', headers: { 'X-Forwarded-Host': 'internal' } },
			'must be one of CF-Device-Type',
		],
		[
			'a line break in a header',
			{ url: 'https://example.com/', headers: { 'User-Agent': 'a\r\nCookie: b' } },
			'must be printable ASCII',
		],
	])('%s', async (_, args, says) => {
		const { inspect, visits } = await open();
		const { text, isError } = await inspect(args);
		expect(isError).toBe(true);
		expect(text).toContain(says);
		expect(visits).toEqual([]);
	});

	test.each<[what: string, flags: string[], args: Record<string, unknown>]>([
		['a zone that --zones leaves out', ['--zones', 'example.net'], { url: 'https://example.com/a.js' }],
		['such a zone by its id', ['--zones', 'example.net'], { url: 'https://example.com/a.js', zone: ZONE_ID }],
		[
			'a host outside the only allowed zone',
			['--zones', 'example.net', '--zone', 'example.net'],
			{ url: 'https://example.com/a.js' },
		],
	])('%s', async (_, flags, args) => {
		const { inspect, visits } = await open({ flags });
		expect((await inspect(args)).isError).toBe(true);
		expect(visits).toEqual([]);
	});

	test('a zone below an allowed one, whichever zone the call names', async () => {
		const below = { ...ZONE_FACTS, id: 'f'.repeat(32), name: 'shop.example.com' };
		const upstream = await startUpstream(({ target }) => {
			if (target.startsWith('/zones?')) return success(target.includes('=shop.') ? [below] : [ZONE_FACTS]);
			return success(target.includes(ZONE_ID) ? ZONE_FACTS : below);
		});
		let fetched = 0;
		const edge = async () => {
			fetched++;
			return { status: 200, headers: {}, setsCookie: false };
		};
		const { call } = await openSession({ upstream: upstream.url, flags: ['--zones', ZONE], edge });
		for (const zone of [undefined, ZONE, ZONE_ID]) {
			const { text, isError } = await call('cache_inspect', { url: 'https://shop.example.com/a.js', zone });
			expect(isError, text).toBe(true);
			expect(text).toContain('is not one of the zones that this server may touch (--zones): example.com.');
		}
		expect(fetched).toBe(0);
	});
});

describe('cache_inspect fetches a custom hostname', () => {
	const HOST = 'shop.customer.example';
	const url = `https://${HOST}/a.js`;

	/** A session with an API that answers the look-up of custom hostnames like this. */
	async function connect(answer: ReturnType<typeof success>, flags: string[] = []) {
		const upstream = await startUpstream(({ target }) => {
			if (target.includes('/custom_hostnames')) return answer;
			if (target.startsWith('/zones?')) return success([ZONE_FACTS]);
			return target === `/zones/${ZONE_ID}` ? success(ZONE_FACTS) : failure(404, { code: 10003, message: 'none' });
		});
		const fetched: string[] = [];
		const edge = async (request: { url: string }) => {
			fetched.push(request.url);
			return { status: 200, headers: {}, setsCookie: false };
		};
		const { call } = await openSession({ upstream: upstream.url, flags, edge });
		return { fetched, inspect: () => call('cache_inspect', { url, zone: ZONE, repeat: 1 }) };
	}

	test('of the named zone that its owner has verified, or that the operator lists', async () => {
		const active = await connect(success([{ hostname: HOST, status: 'active' }]));
		expect((await active.inspect()).isError).toBe(false);
		expect(active.fetched).toEqual([url]);
		const listed = await connect(success([]), ['--custom-hostnames', HOST]);
		expect((await listed.inspect()).isError).toBe(false);
		expect(listed.fetched).toEqual([url]);
	});

	test.each<[what: string, answer: ReturnType<typeof success>, says: string]>([
		['is not verified', success([{ hostname: HOST, status: 'pending' }]), 'It is no custom hostname of example.com'],
		['has no state', success([{ hostname: HOST }]), 'It is no custom hostname of example.com'],
		['is none', success([]), 'It is no custom hostname of example.com'],
		['cannot be looked up', failure(403, { code: 10000, message: 'Authentication error' }), '--custom-hostnames'],
	])('never where it %s', async (_, answer, says) => {
		const { inspect, fetched } = await connect(answer);
		const { text, isError } = await inspect();
		expect(isError).toBe(true);
		expect(text).toContain(says);
		expect(fetched).toEqual([]);
	});
});

describe('cache_inspect connects to no address that is not public', () => {
	/** Starts a server that counts connections on 127.0.0.1. */
	async function count() {
		let connections = 0;
		const server = createServer((socket) => {
			connections++;
			socket.destroy();
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		onTestFinished(() => void server.close());
		return { port: (server.address() as AddressInfo).port, connections: () => connections };
	}

	test.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', 'fe80::1'])(
		'such as %s',
		async (address) => {
			const connect = createPublicConnector({
				lookup: (_, __, callback) => callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]),
			});
			const edge = createEdgeFetch({ connect, clock: createManualClock(), hasProxy: false, userAgent: 'test' });
			const { inspect } = await open({ edge });
			const { text, isError } = await inspect({ url: 'https://example.com/a.js' });
			expect(isError).toBe(true);
			expect(text.split('\n')).toEqual([
				'example.com has no public address here, so no connection was made.',
				'Only public addresses are fetched. Check the DNS record of this host, and that it is proxied.',
			]);
		},
	);

	test('in the built command either, whatever its API and its proxy are', async () => {
		const lookUp = preload(`import dns from 'node:dns'; import { syncBuiltinESMExports } from 'node:module';
			dns.lookup = (host, options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
			syncBuiltinESMExports();`);
		const visits: SeenVisit[] = [];
		const proxy = await count();
		const PROXY = `http://127.0.0.1:${proxy.port}`;
		const { call } = await openSession({
			over: 'stdio',
			raw: true,
			nodeFlags: [lookUp],
			env: { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NODE_USE_ENV_PROXY: '1', NO_PROXY: '127.0.0.1' },
			sandbox: { onVisit: (visit) => visits.push(visit) },
		});
		const { text, isError } = await call('cache_inspect', { url: 'https://example.com/a.js' });
		expect(isError).toBe(true);
		expect(text).toContain('example.com has no public address here, so no connection was made.');
		expect([visits, proxy.connections()]).toEqual([[], 0]);
	});
});

describe('verify fetches nothing of', () => {
	const below = { ...ZONE_FACTS, id: 'f'.repeat(32), name: 'shop.example.com' };

	test.each<[what: string, url: string]>([
		['a zone below an allowed one', 'https://shop.example.com/a.js'],
		['a custom hostname that is not verified', 'https://shop.customer.example/a.js'],
	])('%s, and the purge is sent all the same', async (_, url) => {
		const upstream = await startUpstream(({ target }) => {
			if (target.includes('/custom_hostnames'))
				return success([{ hostname: 'shop.customer.example', status: 'pending' }]);
			if (target.startsWith('/zones?')) return success(target.includes('=shop.') ? [below] : [ZONE_FACTS]);
			return success(ZONE_FACTS);
		});
		let fetched = 0;
		const edge = async () => {
			fetched++;
			return { status: 200, headers: {}, setsCookie: false };
		};
		const { call } = await openSession({ upstream: upstream.url, flags: ['--zones', ZONE], edge });
		const { text, isError } = await call('purge_cache', { zone: ZONE, urls: [url], verify: true });
		expect(isError, text).toBe(false);
		expect(text).toContain('the call names none that can be fetched from here.');
		expect([fetched, upstream.changes().length]).toEqual([0, 1]);
	});
});

test('cache_inspect sends neither the token nor a cookie, and one User-Agent', async () => {
	const { inspect, visits } = await open();
	await inspect({ url: 'https://example.com/a.js', headers: { 'Accept-Language': 'de' } });
	const common = { host: 'example.com', connection: 'keep-alive', accept: '*/*', 'user-agent': 'test' };
	expect(visits.map(({ headers }) => headers)).toEqual(Array(2).fill({ ...common, 'accept-language': 'de' }));
});

test('with --sandbox, the built command fetches from the edge of its own sandbox', async () => {
	const env = { CLOUDFLARE_BASE_URL: undefined, CLOUDFLARE_API_TOKEN: undefined };
	const { call } = await openSession({ over: 'stdio', flags: ['--sandbox'], env });
	const { text } = await call('cache_inspect', { url: 'https://example.com/app.js', repeat: 1 });
	expect(text).toMatch(/^"https:\/\/example\.com\/app\.js": MISS at SIM\./);
});
