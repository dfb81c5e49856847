import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, ZONE_FACTS, ZONE_TARGET } from '../../support/api.js';
import { openSandbox } from '../../support/sandbox.js';
import { askForJson } from './ask.js';

const DAY_MS = 86_400_000;
const TOKEN_LINK = 'https://dash.cloudflare.com/profile/api-tokens?permissionGroupKeys=';

/** An API whose token has this state, and which knows one zone. */
const startApi = (state: Record<string, unknown>, zone = ZONE_FACTS) =>
	startUpstream(({ target }) => {
		if (target.endsWith('/tokens/verify')) return success({ id: '1', ...state });
		return success(target.startsWith('/zones?') ? [zone] : target === ZONE_TARGET ? zone : { value: 'off' });
	});

describe('doctor on the credential', () => {
	const withState = async (state: Record<string, unknown>) =>
		askForJson(['--toolsets', 'reserve'], (await startApi(state)).url).then(({ of }) => of('credential')[0]);

	test('says when the token ends', async () => {
		expect(await withState({ status: 'active', expires_on: '2999-01-01T00:00:00Z' })).toMatchObject({
			state: 'ok',
			text: 'user token from CLOUDFLARE_API_TOKEN: active until 2999-01-01T00:00:00Z',
		});
	});

	test('notes a token that ends within two weeks, and how to renew it', async () => {
		const ends = new Date(Date.now() + 3.5 * DAY_MS).toISOString();
		const finding = await withState({ status: 'active', expires_on: ends });
		expect(finding).toMatchObject({ state: 'note', text: expect.stringContaining('active, and ends in 3 days, on ') });
		expect(finding?.next?.join()).toContain(TOKEN_LINK);
	});

	test.each([
		[{ status: 'expired' }, 'expired'],
		[{ status: 'disabled' }, 'disabled'],
		[{ status: 'odd\nthing' }, '"odd thing"'],
		[{ status: 'active', expires_on: '2020-01-01T00:00:00Z' }, 'ended on 2020-01-01T00:00:00Z'],
		[{ status: 'active', not_before: '2999-01-01T00:00:00Z' }, 'valid only from 2999-01-01T00:00:00Z'],
	])('reports a token of the state %j as a problem', async (state, words) => {
		const finding = await withState(state);
		expect(finding).toMatchObject({ state: 'fix', text: `user token from CLOUDFLARE_API_TOKEN: ${words}` });
		expect(finding?.next?.join()).toContain(TOKEN_LINK);
	});

	test('verifies an account token at its account', async () => {
		const upstream = await startUpstream(({ target }) => {
			if (target === '/user/tokens/verify') return failure(401, { code: 1000, message: 'Invalid API Token' });
			if (target.startsWith('/accounts/')) return success({ id: '1', status: 'active' });
			if (target.startsWith('/zones?')) return success([ZONE_FACTS]);
			return target === ZONE_TARGET ? success(ZONE_FACTS) : success({ value: 'off' });
		});
		const { of } = await askForJson(['--toolsets', 'reserve'], upstream.url);
		expect(of('credential')[0]?.text).toBe('account token from CLOUDFLARE_API_TOKEN: active, without an end');
		expect(upstream.to(`/accounts/${ZONE_FACTS.account.id}/tokens/verify`)).toHaveLength(1);
	});

	test.each([
		['without a token', '', 'No credential: CLOUDFLARE_API_TOKEN is not set.'],
		['with a placeholder', '<token>', 'No credential: CLOUDFLARE_API_TOKEN still holds a placeholder'],
		[
			'with a Global API Key in its place',
			`cfk_${'a'.repeat(40)}`,
			'CLOUDFLARE_API_TOKEN holds a Global API Key, which is no token.',
		],
	])('%s gives a link that fills in the permissions, and sends nothing', async (_, token, words) => {
		const { url, requests } = await openSandbox();
		const { problem, code } = await askForJson([], url, { env: { CLOUDFLARE_API_TOKEN: token } });
		expect([code, requests]).toEqual([1, []]);
		expect(problem?.text).toContain(words);
		expect(problem?.next?.[0]).toContain(
			`Create a token with Zone › Cache Purge, Zone Settings › Edit, Analytics › Read, Zone › Read, Zone Versioning › Read: ${TOKEN_LINK}`,
		);
	});

	test('notes that a Global API Key has every right', async () => {
		const { url } = await openSandbox();
		const env = { CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_EMAIL: 'a@example.com', CLOUDFLARE_API_KEY: 'a'.repeat(37) };
		const { of, code } = await askForJson([], url, { env });
		expect(code).toBe(0);
		expect(of('credential')[0]).toMatchObject({
			state: 'note',
			text: expect.stringContaining('has every right of its user'),
		});
	});

	test.each([
		[
			'an unknown key',
			{ CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_EMAIL: 'a@example.com', CLOUDFLARE_API_KEY: 'k'.repeat(37) },
			9103,
			'Unknown X-Auth-Key',
			'Cloudflare said: "Unknown X-Auth-Key".',
		],
		['an invalid token', {}, 9109, 'Invalid access token', 'Cloudflare said: "Invalid access token".'],
		[
			'a token without any right',
			{},
			10000,
			'Authentication error',
			'Cloudflare refused every request. The first answer: Cloudflare said: "Authentication error".',
		],
	])('gives no all-clear for %s, which every answer refuses', async (_, env, code, message, words) => {
		const upstream = await startUpstream(() => failure(403, { code, message }));
		const report = await askForJson([], upstream.url, { env });
		expect([report.code, report.status]).toEqual([1, 'not_ready']);
		expect(report.problem?.text).toContain(words);
		expect(report.problem?.next?.join()).toContain(TOKEN_LINK);
	});
});
