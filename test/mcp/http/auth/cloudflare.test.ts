/** The caller's own API token is verified by the API, and seldom. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Policies } from '../../../../src/call/principal.js';
import { CloudflareAuthenticator } from '../../../../src/mcp/http/auth/cloudflare.js';
import { createManualClock } from '../../../support/clock.js';
import { bearer, challengeOf, hashOf, signIn, textOf } from '../../../support/sign-in.js';

const TOKEN = 'Zk3rUq8sLw0vYb6nXt1pQe9mHc4jDf7g';
const ACCOUNT_TOKEN = 'cfat_Zk3rUq8sLw0vYb6nXt1pQe9mHc4jDf7g';

/** A look-up that the test answers. */
interface LookUp {
	readonly token: string;
	answer(isActive: boolean): void;
	fail(): void;
}

/** An authenticator whose API is answered by the test, or by `verify`. */
function open({ verify, policies }: { verify?: (token: string) => Promise<boolean>; policies?: Policies } = {}) {
	const clock = createManualClock();
	const lookUps: LookUp[] = [];
	const logged: string[] = [];
	const source = policies && { current: policies };
	const authenticator = new CloudflareAuthenticator({
		verify: (token) =>
			new Promise((resolve, reject) => {
				lookUps.push({ token, answer: resolve, fail: () => reject(new Error(`no answer for ${token}`)) });
				verify?.(token).then(resolve, reject);
			}),
		policies: source,
		clock,
		log: (level, message) => logged.push(`${level}: ${message}`),
	});
	onTestFinished(() => authenticator.close());
	return { authenticator, lookUps, clock, logged, source };
}

const active = async () => true;
const unknown = async () => false;

describe('an active token', () => {
	test('is the credential of its principal, and is looked up once a minute', async () => {
		const { authenticator, lookUps, clock } = open({ verify: active });
		const principal = await signIn(authenticator, TOKEN);
		expect(principal).toMatchObject({
			name: `token:${hashOf(TOKEN).slice(0, 12)}`,
			policy: {},
			credential: { kind: 'token', token: TOKEN },
			secrets: [TOKEN],
		});
		clock.advance(59_999);
		expect(authenticator.authenticate(bearer(TOKEN))).toBe(principal);
		expect(lookUps).toHaveLength(1);
		clock.advance(1);
		await signIn(authenticator, TOKEN);
		expect(lookUps).toHaveLength(2);
	});

	test('that many requests bring at once is looked up once', async () => {
		const { authenticator, lookUps } = open();
		const requests = Array.from({ length: 100 }, () => signIn(authenticator, TOKEN));
		lookUps[0]?.answer(true);
		const principals = await Promise.all(requests);
		expect([new Set(principals).size, lookUps.length]).toEqual([1, 1]);
	});

	test('has the policy of the entry that names it, and its change is in force at once', async () => {
		const entry = { name: 'ci', hashes: [hashOf(TOKEN)], subjects: [], policy: { zone: 'example.com' } };
		const policies = { principals: [entry], fallback: { policy: { zone: 'example.net' } } };
		const { authenticator, lookUps, source } = open({ verify: active, policies });
		const named = await signIn(authenticator, TOKEN);
		expect(named).toMatchObject({ name: 'ci', policy: { zone: 'example.com' } });
		expect(named.isInForce?.()).toBe(true);
		if (source) source.current = { principals: [], fallback: policies.fallback };
		expect(named.isInForce?.()).toBe(false);
		expect(await signIn(authenticator, TOKEN)).toMatchObject({ id: named.id, policy: { zone: 'example.net' } });
		expect(lookUps).toHaveLength(1);
	});
});

describe('a token that the API does not accept', () => {
	test('is refused for 30 seconds without a further look-up', async () => {
		const { authenticator, lookUps, clock } = open({ verify: unknown });
		const refusals = [await challengeOf(authenticator, bearer(TOKEN)), await challengeOf(authenticator, bearer(TOKEN))];
		clock.advance(29_999);
		refusals.push(await challengeOf(authenticator, bearer(TOKEN)));
		expect(lookUps).toHaveLength(1);
		expect(new Set(refusals.map(textOf)).size).toBe(1);
		expect(refusals[0]).toMatchObject({
			status: 401,
			headers: { 'WWW-Authenticate': 'Bearer realm="cloudflare-cache-mcp"' },
		});
		clock.advance(1);
		await challengeOf(authenticator, bearer(TOKEN));
		expect(lookUps).toHaveLength(2);
	});

	test.each(['a.b', 'a/b', 'a+b=', 'a~b'])('because %s cannot be one is never sent', async (token) => {
		const { authenticator, lookUps } = open({ verify: active });
		expect((await challengeOf(authenticator, bearer(token))).status).toBe(401);
		expect(lookUps).toEqual([]);
	});

	test('makes room for others: at most 1,000 tokens are remembered', async () => {
		const { authenticator, lookUps } = open({ verify: unknown });
		for (let at = 0; at <= 1_000; at++) await challengeOf(authenticator, bearer(`token-${at}`));
		await challengeOf(authenticator, bearer('token-1'));
		expect(lookUps).toHaveLength(1_001);
		await challengeOf(authenticator, bearer('token-0'));
		expect(lookUps).toHaveLength(1_002);
	});
});

describe('the token of an account', () => {
	test('is accepted without a look-up', async () => {
		const { authenticator, lookUps } = open();
		expect((await signIn(authenticator, ACCOUNT_TOKEN)).credential).toEqual({ kind: 'token', token: ACCOUNT_TOKEN });
		expect(lookUps).toEqual([]);
	});

	test('is refused for 60 seconds once the API has refused it in a call', async () => {
		const { authenticator, clock } = open();
		authenticator.markBad(await signIn(authenticator, ACCOUNT_TOKEN));
		clock.advance(59_999);
		expect((await challengeOf(authenticator, bearer(ACCOUNT_TOKEN))).status).toBe(401);
		clock.advance(1);
		expect((await signIn(authenticator, ACCOUNT_TOKEN)).secrets).toEqual([ACCOUNT_TOKEN]);
	});
});

test('a user token that the API refused in a call is verified again at its next request', async () => {
	const { authenticator, lookUps } = open({ verify: active });
	authenticator.markBad(await signIn(authenticator, TOKEN));
	await signIn(authenticator, TOKEN);
	expect(lookUps).toHaveLength(2);
});

describe('look-ups', () => {
	test('of 8 strangers run at once, and a further one is asked to come back', async () => {
		const { authenticator, lookUps } = open();
		const strangers = Array.from({ length: 8 }, (_, at) => signIn(authenticator, `token-${at}`));
		const refused = await challengeOf(authenticator, bearer('token-8'));
		expect(refused).toMatchObject({ status: 503, reason: 'busy', headers: { 'Retry-After': '1' } });
		for (const lookUp of lookUps) lookUp.answer(true);
		expect(await Promise.all(strangers)).toHaveLength(8);
	});

	test('of two tokens that were good before run beside those of strangers, and no third one', async () => {
		const { authenticator, lookUps, clock } = open();
		for (const token of ['known-a', 'known-b', 'known-c']) {
			const first = signIn(authenticator, token);
			lookUps.pop()?.answer(true);
			await first;
		}
		clock.advance(60_000);
		const strangers = Array.from({ length: 8 }, (_, at) => signIn(authenticator, `token-${at}`));
		const known = ['known-a', 'known-b'].map((token) => signIn(authenticator, token));
		expect((await challengeOf(authenticator, bearer('known-c'))).status).toBe(503);
		for (const lookUp of lookUps) lookUp.answer(true);
		expect(await Promise.all([...strangers, ...known])).toHaveLength(10);
	});

	test('of a token that Cloudflare has verified gives a principal that counts as such, of an account token it does not', async () => {
		const { authenticator, lookUps } = open();
		const verified = signIn(authenticator, TOKEN);
		lookUps.pop()?.answer(true);
		expect((await verified).isUnverified).toBeUndefined();
		expect((await signIn(authenticator, ACCOUNT_TOKEN)).isUnverified).toBe(true);
	});

	test('of a token that was good before run although strangers have sent thousands of other tokens', async () => {
		const { authenticator, lookUps, clock } = open();
		const first = signIn(authenticator, TOKEN);
		lookUps.pop()?.answer(true);
		const principal = await first;
		for (let at = 0; at <= 1_000; at++) {
			await signIn(authenticator, `cfat_${at}`);
			const refused = challengeOf(authenticator, bearer(`token-${at}`));
			lookUps.pop()?.answer(false);
			await refused;
		}
		expect(authenticator.authenticate(bearer(TOKEN))).toBe(principal);
		clock.advance(60_000);
		for (let at = 0; at < 8; at++) signIn(authenticator, `stranger-${at}`).catch(() => undefined);
		const again = signIn(authenticator, TOKEN);
		lookUps.at(-1)?.answer(true);
		expect((await again).id).toBe(principal.id);
	});

	test('that get no answer are 503 and never 401, are logged once, and show no token', async () => {
		const { authenticator, lookUps, logged } = open();
		for (let at = 0; at < 3; at++) {
			const refused = challengeOf(authenticator, bearer(TOKEN));
			lookUps[at]?.fail();
			const challenge = await refused;
			expect(challenge).toMatchObject({ status: 503, reason: 'away', headers: { 'Retry-After': '5' } });
			expect(textOf(challenge)).not.toContain(TOKEN);
		}
		expect(logged).toEqual(['warn: Tokens cannot be verified, because the Cloudflare API does not answer.']);
		const later = signIn(authenticator, TOKEN);
		lookUps[3]?.answer(true);
		expect((await later).secrets).toEqual([TOKEN]);
	});
});
