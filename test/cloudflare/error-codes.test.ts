/** Tests what an agent reads for each of Cloudflare's error codes. */
import { describe, expect, test } from 'vitest';
import { failure, type Notice, RAY, type Reply, refused, startUpstream, success, withZone } from '../support/api.js';
import { openSession, ZONE_ID } from '../support/session.js';

const WAIT = 'Wait a minute, then call again with fewer items.';
const CREDENTIAL =
	'The credential is malformed. The operator must set CLOUDFLARE_API_TOKEN to the API token alone (no quotes, no "Bearer"), or CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY.';
const ZONE_NEXT = 'Cloudflare does not offer this operation for example.com. Do not retry.';

const purge = ['purge_cache', { tags: ['a'] }] as const;
const invalidate = ['invalidate_cache', { urls: ['https://example.com/'] }] as const;
const setReserve = ['cache_reserve_edit', { value: 'on' }] as const;
const getReserve = ['cache_reserve_get', {}] as const;
const clear = ['cache_reserve_clear', {}] as const;
const setRegion = [
	'origin_cloud_regions_update',
	{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
] as const;
type Call = readonly [tool: string, args: Record<string, unknown>];

const isReading = ([tool]: Call) => /_(get|list)$/.test(tool);

/** The answer to a call whose request gets `refusal`; the setting that a change reads first is off. */
async function refuse([tool, args]: Call, refusal: Reply) {
	const upstream = await startUpstream(
		withZone(({ method }) =>
			method === 'GET' && tool.match(/_(edit|update|clear)$/) ? success({ id: 'x', value: 'off' }) : refusal,
		),
	);
	const flags = ['--dangerously-skip-confirmation', '--retries', '0'];
	const session = await openSession({ upstream: upstream.url, flags });
	return session.call(tool, { zone: ZONE_ID, ...args });
}

/** The answer to a call of which every request gets `refusal`. */
async function refuseAll([tool, args]: Call, refusal: Reply) {
	const upstream = await startUpstream(withZone(() => refusal));
	return (await openSession({ upstream: upstream.url, flags: ['--retries', '0'] })).call(tool, {
		zone: ZONE_ID,
		...args,
	});
}

const chain = (code: number, message: string): Notice => ({
	code: 6003,
	message: 'Invalid request headers',
	error_chain: [{ code, message }],
});

describe('A refusal', () => {
	test.each<[codes: string, status: number, Call, Notice[], next: string]>([
		['971', 429, purge, [{ code: 971, message: 'Please wait and consider throttling your request speed' }], WAIT],
		[
			'1000',
			401,
			purge,
			[{ code: 1000, message: 'Invalid API Token' }],
			'The token is not valid: the operator must set a valid API token.',
		],
		[
			'1012',
			400,
			purge,
			[{ code: 1012, message: 'Request must contain one of "purge_everything"' }],
			'The request selected nothing: give at least one item.',
		],
		['1014', 400, purge, [{ code: 1014, message: 'Unable to parse "tags"' }], 'A selector must be a list.'],
		[
			'1082',
			400,
			invalidate,
			[{ code: 1082, message: 'Unable to purge, not in this zone' }],
			'Only content of this zone can be purged: give the zone that the URL belongs to.',
		],
		[
			'1092',
			400,
			purge,
			[{ code: 1092, message: 'Request cannot contain "purge_everything" and any of "files"' }],
			'purge_everything cannot be combined with selectors: use the purge_everything tool, or selectors only.',
		],
		['1134', 429, invalidate, [{ code: 1134, message: 'Unable to purge, rate limit reached' }], WAIT],
		[
			'1135',
			403,
			setReserve,
			[{ code: 1135, message: 'Not available for your plan type.' }],
			'Cache Reserve needs a paid subscription of its own, on any plan, and example.com is on pro. Do not retry until the user has bought it.',
		],
		[
			'1136',
			400,
			invalidate,
			[{ code: 1136, message: 'Not by URL' }],
			'This environment selects requests by IP, country, ASN or threat score: purge by tags, hosts or prefixes instead of URLs.',
		],
		[
			'1142',
			404,
			setReserve,
			[{ code: 1142, message: 'The zone setting does not exist.' }],
			'The setting was never set, so the default applies and there is nothing to delete.',
		],
		[
			'1145',
			409,
			setRegion,
			[{ code: 1145, message: 'Exists' }],
			'This IP already has a mapping: use origin_cloud_regions_update.',
		],
		[
			'1146',
			400,
			setRegion,
			[{ code: 1146, message: 'body origin_ip does not match URL' }],
			"A value is malformed: check it against Cloudflare's message.",
		],
		[
			'1152',
			400,
			clear,
			[{ code: 1152, message: 'Turn off Cache Reserve sync to proceed with deletion.' }],
			'Turn Cache Reserve off first (cache_reserve_edit), then call again.',
		],
		[
			'1153',
			400,
			setReserve,
			[{ code: 1153, message: 'A deletion is already in progress.' }],
			'A clear is running, for up to 24 hours. Turn Cache Reserve on when cache_reserve_clear_status says it has completed.',
		],
		[
			'1157',
			400,
			setRegion,
			[{ code: 1157, message: 'The vendor provided does not exist' }],
			'See origin_cloud_regions_supported for valid vendors and regions.',
		],
		[
			'1163',
			404,
			setRegion,
			[{ code: 1163, message: 'No such mapping' }],
			'This IP has no mapping: see origin_cloud_regions_list.',
		],
		[
			'1164',
			403,
			setRegion,
			[{ code: 1164, message: 'Too many mappings' }],
			'The zone has its maximum of 3,500 mappings: delete some first.',
		],
		[
			'7003, 7000',
			400,
			purge,
			[
				{ code: 7003, message: 'Could not route' },
				{ code: 7000, message: 'No route for that URI' },
			],
			ZONE_NEXT,
		],
		['7003', 404, getReserve, [{ code: 7003, message: 'Could not route' }], ZONE_NEXT],
		['6003, 6111', 400, purge, [chain(6111, 'Invalid format for Authorization header')], CREDENTIAL],
		['6003, 6103', 400, purge, [chain(6103, 'Invalid format for X-Auth-Key header')], CREDENTIAL],
		[
			'9106',
			400,
			purge,
			[{ code: 9106, message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers' }],
			'No credential was sent: the operator must set CLOUDFLARE_API_TOKEN.',
		],
		[
			'10000',
			401,
			purge,
			[{ code: 10000, message: 'Authentication error' }],
			'The token is unknown, expired or disabled: the operator must set a valid one.',
		],
		[
			'10003',
			404,
			setReserve,
			[{ code: 10003, message: 'could not find entrypoint ruleset' }],
			'The zone has no rules of this kind.',
		],
		['10429', 429, purge, [{ code: 10429, message: 'Too many requests' }], WAIT],
	])(
		'with %s and HTTP %d says what happened, that a change was not made, what to do next, and its source',
		async (codes, status, call, notices, next) => {
			const { text, isError } = await refuse(call, failure(status, ...notices));
			const messages = notices.flatMap(({ message, error_chain = [] }) => [
				message,
				...error_chain.map((one) => one.message),
			]);
			expect(isError).toBe(true);
			expect(text.split('\n')).toEqual([
				refused(...messages),
				...(isReading(call) ? [] : ['Nothing was changed.']),
				next,
				`Cloudflare ${codes} · HTTP ${status} · cf-ray ${RAY}`,
			]);
		},
	);
});

describe('A token without a permission', () => {
	test.each<[what: string, Call, permission: string]>([
		['a purge', purge, 'Zone › Cache Purge'],
		['an invalidation', invalidate, 'Zone › Cache Purge'],
		['a settings change', setReserve, 'Zone Settings › Edit'],
		['a mapping', setRegion, 'Zone Settings › Edit'],
		['the reading of a setting', getReserve, 'Zone Settings › Read'],
		['the reading of environments', ['environments_list', {}], 'Zone Versioning › Read'],
	])("gets, for %s, the permission by Cloudflare's own name", async (_, call, permission) => {
		const { text } = await refuseAll(call, failure(403, { code: 10000, message: 'Authentication error' }));
		expect(text.split('\n').slice(1)).toEqual([
			...(isReading(call) ? [] : ['Nothing was changed.']),
			`The token lacks a permission or does not cover this zone: it needs ${permission} on it. Do not retry until the operator has changed the token.`,
			`Cloudflare 10000 · HTTP 403 · cf-ray ${RAY}`,
		]);
	});

	test.each([9109, 10001, 99999])('gets the name of the permission also with %d', async (code) => {
		const { text } = await refuse(purge, failure(403, { code, message: 'Unauthorized to access requested resource' }));
		expect(text).toContain('it needs Zone › Cache Purge on it');
	});
});

describe('A rate limit', () => {
	const limited = failure(429, { code: 1134, message: 'Unable to purge, rate limit reached' });

	test('says to wait the seconds that the answer names', async () => {
		const { text } = await refuse(purge, { ...limited, headers: { 'retry-after': '17' } });
		expect(text.split('\n')[2]).toBe('Wait 17 s, then call again.');
	});

	test.each(['soon', 'Wed, 21 Oct 2026 07:28:00 GMT', '', '0', '-5', 'Infinity', '9'.repeat(400)])(
		'says to wait a minute when Retry-After is "%s"',
		async (value) => {
			const { text } = await refuse(purge, { ...limited, headers: { 'retry-after': value } });
			expect(text.split('\n')[2]).toBe(WAIT);
		},
	);

	test.each([
		['is a date', 'Tue, 24 Nov 2026 12:00:40 GMT', 40],
		['is more than a day', '999999', 999_999],
	])('says to wait until Retry-After by the clock of the API when it %s', async (_, value, seconds) => {
		const headers = { 'retry-after': value, date: 'Tue, 24 Nov 2026 12:00:00 GMT' };
		const { text } = await refuse(purge, { ...limited, headers });
		expect(text.split('\n')[2]).toBe(`Wait ${seconds} s, then call again.`);
	});

	test('says to wait the seconds that the answer names without an envelope, too', async () => {
		const { text } = await refuse(purge, { status: 429, body: 'error code: 1015', headers: { 'retry-after': '30' } });
		expect(text).toContain('Wait 30 s');
	});
});

describe('An unknown code', () => {
	const unknown = { code: 424242, message: 'Something new' };

	test.each([
		[400, "Check the arguments against Cloudflare's message."],
		[429, WAIT],
	])('gets the advice for its status %d', async (status, next) => {
		const { text } = await refuse(purge, failure(status, unknown));
		expect(text.split('\n').slice(2)).toEqual([next, `Cloudflare 424242 · HTTP ${status} · cf-ray ${RAY}`]);
	});

	test('gives way to a known code', async () => {
		const { text } = await refuse(purge, failure(400, { code: 1014, message: 'Not a list' }, unknown));
		expect(text.split('\n')[2]).toBe('A selector must be a list.');
	});

	test('aside, the last of two known codes decides, because it is the more specific', async () => {
		const { text } = await refuse(
			purge,
			failure(400, { code: 1146, message: 'Bad request' }, { code: 1157, message: 'No such region' }),
		);
		expect(text.split('\n')[2]).toBe('See origin_cloud_regions_supported for valid vendors and regions.');
	});
});
