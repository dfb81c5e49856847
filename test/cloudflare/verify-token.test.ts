/** The API says whether a user token is active; an answer that tells nothing is none. */
import { expect, onTestFinished, test } from 'vitest';
import { Cancel } from '../../src/base/cancel.js';
import type { Clock } from '../../src/base/clock.js';
import { openPool } from '../../src/cloudflare/http/pool.js';
import { createTokenVerifier } from '../../src/cloudflare/verify-token.js';
import { ApiError, CancelledError, NetworkError, TimeoutError } from '../../src/errors.js';
import { failure, type Step, startUpstream, success } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { openSandbox } from '../support/sandbox.js';

const TOKEN = 'Zk3rUq8sLw0vYb6nXt1pQe9mHc4jDf7g';

function verifierAt(url: string, clock: Clock = createVirtualClock()) {
	const pool = openPool(url, 30);
	onTestFinished(() => pool.close());
	return createTokenVerifier({ open: async () => pool, userAgent: 'test/1', clock });
}

async function verifyAgainst(step: Step) {
	const { url, requests } = await startUpstream([step]);
	return { active: verifierAt(url)(TOKEN, new Cancel()), requests };
}

test('the sandbox finds user tokens active, and tokens of accounts not', async () => {
	const sandbox = await openSandbox();
	const verify = verifierAt(sandbox.url);
	expect(await verify(TOKEN, new Cancel())).toBe(true);
	expect(await verify('cfat_of-an-account', new Cancel())).toBe(false);
});

test('the token goes to /user/tokens/verify in the header Authorization', async () => {
	const { active, requests } = await verifyAgainst(success({ id: '1', status: 'active' }));
	expect(await active).toBe(true);
	expect(requests.map(({ method, target, headers }) => [method, target, headers.authorization])).toEqual([
		['GET', '/user/tokens/verify', `Bearer ${TOKEN}`],
	]);
});

test.each<[string, Step]>([
	['disabled', success({ id: '1', status: 'disabled' })],
	['expired', success({ id: '1', status: 'expired' })],
	['without a status', success({ id: '1' })],
	['unknown', failure(401, { code: 1000, message: 'Invalid API Token' })],
	['malformed', failure(400, { code: 6003, message: 'Invalid request headers' })],
	[
		'not allowed from here',
		failure(403, { code: 9109, message: 'Cannot use the access token from location: 1.2.3.4' }),
	],
])('a token that is %s is not active', async (_, step) => {
	expect(await (await verifyAgainst(step)).active).toBe(false);
});

test.each<[string, Step, new (...args: never) => Error]>([
	['a rate limit', failure(429, { code: 971, message: 'Please wait' }), ApiError],
	['a fault', failure(500, { code: 10000, message: 'Internal' }), ApiError],
	['a web page that blocks', { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>' }, ApiError],
	['a proxy', { status: 401, body: 'who are you' }, ApiError],
	['a closed connection', 'drop', NetworkError],
])('%s tells nothing of the token', async (_, step, kind) => {
	await expect((await verifyAgainst(step)).active).rejects.toBeInstanceOf(kind);
});

test('an API that does not answer is given up after 10 seconds', async () => {
	const clock = createVirtualClock(() => true);
	const { url } = await startUpstream(['hang']);
	await expect(verifierAt(url, clock)(TOKEN, new Cancel())).rejects.toBeInstanceOf(TimeoutError);
	expect(clock.elapsed()).toBe(10_000);
});

test('a look-up ends when the server closes', async () => {
	const { url, arrival } = await startUpstream(['hang']);
	const closing = new Cancel();
	const verify = verifierAt(url);
	const active = verify(TOKEN, closing);
	await arrival('/user/tokens/verify');
	closing.abort();
	await expect(active).rejects.toBeInstanceOf(CancelledError);
});
