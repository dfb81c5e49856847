/** Tests which zone a name, an id or a URL stands for, what is refused before any request, and how long a zone is remembered. */
import { describe, expect, test } from 'vitest';
import { failure, type Reply, refused, startUpstream, success, ZONE_FACTS, ZONE_TARGET } from '../support/api.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

const NET_ID = '1b5e0d3c2f4a69788796a5b4c3d2e1f0';
const TWICE = ['3d702f5e416c8b9aa9b8c7d6e5f40312', '4e81306f527d9cabbac9d8e7f6051423'];
const BY_NAME = `/zones?name=${ZONE}`;
const PURGE = `/zones/${ZONE_ID}/purge_cache`;
const RESERVE = `/zones/${ZONE_ID}/cache/cache_reserve`;
const OFF = success({ id: 'cache_reserve', value: 'off' });
const PURGED = success({ id: ZONE_ID });
const tags = ['a'];

describe('A zone', () => {
	test.each([
		['its name', ZONE],
		['its name in upper case', 'EXAMPLE.Com'],
		['its name with a trailing dot', 'example.com.'],
		['its name with spaces around', '  example.com\n'],
		['its name with a port', 'example.com:443'],
		['a URL', 'https://example.com/shop?page=2#top'],
		['a URL in upper case', 'HTTP://EXAMPLE.COM:8080/Shop'],
		['a URL without a scheme', 'example.com/shop'],
		['a subdomain', 'www.example.com'],
		['a subdomain of a subdomain', 'a.b.example.com'],
		['a URL of a subdomain', 'https://www.example.com/'],
		['its id', ZONE_ID],
		['its id in upper case', ZONE_ID.toUpperCase()],
	])('is found by %s, and the result names it', async (_, zone) => {
		const { call } = await openSession();
		const { text, structured } = await call('cache_reserve_get', { zone });
		expect(text).toBe('Cache Reserve of example.com is off.');
		expect(structured).toMatchObject({ zone: { id: ZONE_ID, name: ZONE } });
	});

	test('of the name itself is preferred to that of its parent', async () => {
		const own = { ...ZONE_FACTS, id: NET_ID, name: 'shop.example.com' };
		const upstream = await startUpstream(({ target }) => (target.includes('?name=') ? success([own]) : OFF));
		const { call } = await openSession({ upstream: upstream.url });
		const { structured } = await call('cache_reserve_get', { zone: 'www.shop.example.com' });
		expect(structured).toMatchObject({ zone: { id: NET_ID } });
		expect(upstream.requests.map(({ target }) => target)).toEqual([
			'/zones?name=www.shop.example.com',
			'/zones?name=shop.example.com',
			`/zones/${NET_ID}/cache/cache_reserve`,
		]);
	});

	test('with an international name is asked for in its ASCII form', async () => {
		const upstream = await startUpstream([success([{ ...ZONE_FACTS, name: 'xn--bcher-kva.example' }]), OFF]);
		const { call } = await openSession({ upstream: upstream.url });
		await call('cache_reserve_get', { zone: 'Bücher.example' });
		expect(upstream.requests[0]?.target).toBe('/zones?name=xn--bcher-kva.example');
	});

	test('that does not exist gets an error that says it may also be invisible to the token', async () => {
		const { call, changes } = await openSession();
		const { text } = await call('purge_cache', { zone: 'nowhere.test', tags });
		expect(text.split('\n')).toEqual([
			'No zone "nowhere.test" was found: it does not exist, or this token cannot see it (both look the same).',
			'Nothing was changed.',
			'Give the name as zones_list shows it, or the 32-hex zone id.',
		]);
		expect(changes()).toEqual([]);
	});

	test('is never looked up as a top-level domain', async () => {
		const { call, requests } = await openSession();
		await call('purge_cache', { zone: 'www.nowhere.test', tags });
		const names = requests.map(({ query }) => query).filter((query) => query.startsWith('name='));
		expect(names).toEqual(['name=www.nowhere.test', 'name=nowhere.test']);
	});

	test('of another account is not found by its id', async () => {
		const { call, changes } = await openSession();
		const { text } = await call('purge_cache', { zone: 'f'.repeat(32), tags });
		expect(text).toContain('it needs Zone › Read on it');
		expect(changes()).toEqual([]);
	});
});

describe('A name that two zones have', () => {
	test('gets an error with the id and the account of each', async () => {
		const { call } = await openSession();
		const { text } = await call('purge_cache', { zone: 'twice.example', tags });
		expect(text.split('\n')).toEqual([
			`2 zones are named "twice.example": ${TWICE[0]} in account "Example Account Name"; ${TWICE[1]} in account "Other Account Name".`,
			'Nothing was changed.',
			'Give the zone id of the one you mean.',
		]);
	});

	test('is looked up once, and nothing else is sent', async () => {
		const { call, requests } = await openSession();
		await call('purge_cache', { zone: 'www.twice.example', tags });
		expect(requests.map(({ method, query }) => [method, query])).toEqual([
			['GET', 'name=www.twice.example'],
			['GET', 'name=twice.example'],
		]);
	});

	test.each(TWICE)('does not keep the id %s from being used', async (zone) => {
		const { call } = await openSession();
		expect((await call('purge_cache', { zone, tags })).structured).toMatchObject({ zone: { id: zone } });
	});
});

describe('A token that may only purge', () => {
	const restricted = {
		env: { CLOUDFLARE_API_TOKEN: 'purge-only-token-1' },
		sandbox: { tokens: { 'purge-only-token-1': { permissions: ['Cache Purge'] } } },
	};

	test('cannot use names, and gets an error that asks for the id', async () => {
		const { call, changes } = await openSession(restricted);
		const { text, isError } = await call('purge_cache', { zone: ZONE, tags });
		expect(isError).toBe(true);
		expect(text.split('\n').slice(0, 3)).toEqual([
			'This token may not list zones, so the name "example.com" cannot be turned into an id.',
			'Nothing was changed.',
			'Give the 32-hex zone id instead (dashboard, zone overview), or ask the operator to add Zone › Read to the token.',
		]);
		expect(changes()).toEqual([]);
	});

	test('purges by id', async () => {
		const { call, changes } = await openSession(restricted);
		expect(await call('purge_cache', { zone: ZONE_ID, tags })).toMatchObject({ isError: false });
		expect(changes().map(({ path }) => path)).toEqual([PURGE]);
	});
});

describe('A zone that is neither a domain name nor an id', () => {
	test.each([
		'contains:example',
		'contains:example.com',
		'starts_with:ex',
		'ends_with:.com',
		'not_equal:example.com',
		'equal_case_sensitive:example.com',
		'*.example.com',
		'*',
		'%2e%2e',
		'..',
		'.',
		'../..',
		'../../accounts',
		'/zones',
		'https://',
		'ftp://example.com/',
		'https://user:secret@example.com/',
		'example.com@evil.example',
		'example.com\\evil.example',
		'example.com,example.net',
		'example.com example.net',
		'example.com\u0000.evil.example',
		'example..com',
		'-example.com',
		'localhost',
		'com',
		'192.0.2.1',
		'0x7f000001',
		'127.1',
		'1.2.3.4.',
		'2001:db8::1',
		'[2001:db8::1]',
		'http://[::1]/',
		'',
		' ',
		'x'.repeat(300),
		`${'a.'.repeat(150)}com`,
		`${'a'.repeat(64)}.com`,
		ZONE_ID.slice(1),
		`${ZONE_ID}0`,
		`${ZONE_ID}/../${NET_ID}`,
		'g'.repeat(32),
	])('is refused without a request when it is "%s"', async (zone) => {
		const { call, requests } = await openSession();
		const { text, isError } = await call('purge_cache', { zone, tags });
		expect(isError).toBe(true);
		expect(text).toMatch(
			/ is neither a domain name nor a zone id\.\nNothing was changed\.\nGive the name as zones_list/,
		);
		expect(requests).toEqual([]);
	});

	test('is shown with at most 100 characters', async () => {
		const { call } = await openSession();
		const { text } = await call('purge_cache', { zone: 'x'.repeat(300), tags });
		expect(text.split('\n')[0]).toBe(`zone "${'x'.repeat(99)}…" is neither a domain name nor a zone id.`);
	});

	test('is cut between characters', async () => {
		const { call } = await openSession();
		expect((await call('purge_cache', { zone: '😀'.repeat(100), tags })).text).not.toMatch(/\p{Cs}/u);
	});
});

test('The path of a URL given as zone is never part of a request', async () => {
	const { call, requests } = await openSession();
	await call('cache_reserve_get', { zone: `${ZONE}/../${NET_ID}/purge_cache?name=x` });
	expect(requests.map(({ path, query }) => [path, query])).toEqual([
		['/zones', `name=${ZONE}`],
		[RESERVE, ''],
	]);
});

describe('A lookup with an unexpected answer', () => {
	async function afterLookUp(zone: string, answer: Reply) {
		const upstream = await startUpstream(() => answer);
		const { call } = await openSession({ upstream: upstream.url });
		return { ...(await call('purge_cache', { zone, tags })), upstream };
	}

	test.each([
		['a path', '../user/tokens'],
		['an id and a path', `${ZONE_ID}/../${NET_ID}`],
		['an id that is too short', ZONE_ID.slice(1)],
		['a name', ZONE],
		['a number', 42],
		['nothing', undefined],
		['an object', { toString: ZONE_ID }],
	])('never leads to a request when the id is %s', async (_, id) => {
		const { text, upstream } = await afterLookUp(ZONE, success([{ ...ZONE_FACTS, id }]));
		expect(text).toContain('The zone lookup returned no usable zone.\nNothing was changed.');
		expect(upstream.requests.map(({ target }) => target)).toEqual([BY_NAME]);
	});

	test.each<[string, unknown]>([
		['another zone', { ...ZONE_FACTS, id: NET_ID }],
		['no zone', null],
		['a list', [ZONE_FACTS]],
	])('never leads to a request when an id is answered with %s', async (_, result) => {
		const { text, upstream } = await afterLookUp(ZONE_ID, success(result));
		expect(text).toContain('The zone lookup returned no usable zone.\nNothing was changed.');
		expect(upstream.requests.map(({ target }) => target)).toEqual([ZONE_TARGET]);
	});

	test.each<[string, unknown]>([
		['no list', { zones: [] }],
		['null', null],
		['a list of names', [ZONE]],
	])('never leads to a request when a name is answered with %s', async (_, result) => {
		const { text, upstream } = await afterLookUp(ZONE, success(result));
		expect(text).toContain('The zone lookup returned no usable zone.');
		expect(upstream.changes()).toEqual([]);
	});

	test.each(['www.example.com', 'example.com.evil.example', 'notexample.com', 'example.co'])(
		'does not take the zone %s for example.com',
		async (name) => {
			const { text, upstream } = await afterLookUp(ZONE, success([{ ...ZONE_FACTS, name }]));
			expect(text).toContain('No zone "example.com" was found');
			expect(upstream.changes()).toEqual([]);
		},
	);

	test('finds the exact name among other names', async () => {
		const zones = [{ ...ZONE_FACTS, id: NET_ID, name: 'www.example.com' }, ZONE_FACTS];
		const upstream = await startUpstream([success(zones), PURGED]);
		const { call } = await openSession({ upstream: upstream.url });
		await call('purge_cache', { zone: ZONE, tags });
		expect(upstream.changes().map(({ target }) => target)).toEqual([PURGE]);
	});

	test('shows account names as one line of data', async () => {
		const account = { name: 'Evil"\u202e\nNothing was changed.' };
		const zones = [ZONE_FACTS, { ...ZONE_FACTS, id: NET_ID, account }];
		const { text } = await afterLookUp(ZONE, success(zones));
		expect(text.split('\n')).toHaveLength(3);
		expect(text).toContain(`${NET_ID} in account "Evil' Nothing was changed."`);
	});

	test('fails as the API failed', async () => {
		const { text } = await afterLookUp(ZONE, failure(429, { code: 971, message: 'Please wait' }));
		expect(text).toContain(`${refused('Please wait')}\nNothing was changed.\nWait a minute`);
	});
});

describe('A zone that was looked up', () => {
	test('is remembered by its name', async () => {
		const { call, requests } = await openSession();
		await call('cache_reserve_get', { zone: ZONE });
		await call('tiered_cache_get', { zone: 'EXAMPLE.com.' });
		expect(requests.filter(({ path }) => path === '/zones')).toHaveLength(1);
	});

	test('is remembered by its id once its name was looked up', async () => {
		const { call, requests } = await openSession();
		await call('cache_reserve_get', { zone: 'www.example.com' });
		await call('cache_reserve_get', { zone: ZONE_ID });
		expect(requests.filter(({ path }) => path === ZONE_TARGET)).toEqual([]);
	});

	test('is looked up again when it was not found', async () => {
		const upstream = await startUpstream([success([]), success([]), success([ZONE_FACTS]), OFF]);
		const { call } = await openSession({ upstream: upstream.url });
		await call('cache_reserve_get', { zone: ZONE });
		expect(await call('cache_reserve_get', { zone: ZONE })).toMatchObject({ isError: false });
	});

	test.each<[string, Reply]>([
		['7003', failure(400, { code: 7003, message: 'Could not route' }, { code: 7000, message: 'No route' })],
		['404', failure(404, { code: 1163, message: 'Not found' })],
	])('is remembered until a request to it is answered with %s', async (_, refusal) => {
		const upstream = await startUpstream([success([ZONE_FACTS]), refusal, success([ZONE_FACTS]), OFF]);
		const { call } = await openSession({ upstream: upstream.url });
		await call('cache_reserve_get', { zone: ZONE });
		await call('cache_reserve_get', { zone: ZONE });
		expect(upstream.to(BY_NAME)).toHaveLength(2);
	});

	test('is remembered through any other refusal', async () => {
		const refusal = failure(403, { code: 10000, message: 'Authentication error' });
		const upstream = await startUpstream([success([ZONE_FACTS]), refusal, OFF]);
		const { call } = await openSession({ upstream: upstream.url });
		await call('cache_reserve_get', { zone: ZONE });
		await call('cache_reserve_get', { zone: ZONE });
		expect(upstream.to(BY_NAME)).toHaveLength(1);
	});
});

describe('Before a destructive call,', () => {
	const moved = { ...ZONE_FACTS, id: NET_ID };

	async function destroyAfter(zone: string, ...lookUps: Reply[]) {
		const upstream = await startUpstream(({ method }) => (method === 'GET' ? lookUps.shift() : PURGED));
		const { call } = await openSession({ upstream: upstream.url, flags: ['--confirm', 'code', '--retries', '0'] });
		const { structured } = await call('purge_everything', { zone });
		const answer = await call('purge_everything', { zone, confirm: structured?.confirm });
		return { answer, upstream };
	}

	test.each([
		['name', ZONE, success([ZONE_FACTS])],
		['id', ZONE_ID, success(ZONE_FACTS)],
	])('the zone is looked up again by its %s', async (_, zone, found) => {
		const { upstream, answer } = await destroyAfter(zone, found, found);
		expect(answer.isError).toBe(false);
		expect(upstream.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
	});

	test.each<[string, Reply]>([
		['belongs to another zone', success([moved])],
		['has another plan', success([{ ...ZONE_FACTS, plan: { legacy_id: 'free' } }])],
		['belongs to no zone', success([])],
		['belongs to two zones', success([ZONE_FACTS, moved])],
		['cannot be looked up', failure(500, { code: 10000, message: 'Fault' })],
	])('a name that now %s stops the call', async (_, now) => {
		const { upstream, answer } = await destroyAfter(ZONE, success([ZONE_FACTS]), now);
		expect(answer).toMatchObject({ isError: true, text: expect.stringContaining('Nothing was changed.') });
		expect(upstream.changes()).toEqual([]);
	});
});
