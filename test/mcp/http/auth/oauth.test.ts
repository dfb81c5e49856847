/** An access token of the issuer lets its subject in; every other token is refused, and no answer says more than it must. */
import { generateKeyPair } from 'jose';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Policies } from '../../../../src/call/principal.js';
import { fetchDocument } from '../../../../src/cloudflare/http/fetch-document.js';
import { OAuthAuthenticator } from '../../../../src/mcp/http/auth/oauth.js';
import { OPERATIONS } from '../../../../src/operations/index.js';
import { createManualClock } from '../../../support/clock.js';
import { type IssuerOptions, type Signing, startIssuer, type TestIssuer } from '../../../support/issuer.js';
import { bearer, challengeOf, signIn, textOf } from '../../../support/sign-in.js';

const PUBLIC_URL = 'https://mcp.example.com/mcp';
const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
/** Another machine, reached without TLS. */
const UNSAFE = 'http://keys.example.com';
const OPERATION_MAP = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

type Options = IssuerOptions & {
	publicUrl?: string;
	audience?: string;
	policies?: Policies;
};

/** An issuer, and an authenticator that trusts it. */
async function open({ publicUrl = PUBLIC_URL, audience, policies, ...options }: Options = {}) {
	const clock = createManualClock();
	const logged: string[] = [];
	const issuer = await startIssuer({ ...options, now: clock.now });
	const source = policies && { current: policies };
	const authenticator = new OAuthAuthenticator({
		issuer: issuer.issuer,
		publicUrl,
		endpoint: '/mcp',
		audience,
		policies: source,
		operations: OPERATION_MAP,
		fetchDocument: (url) =>
			// Without the check of addresses, the keys would be had from there.
			fetchDocument(url.replace(UNSAFE, issuer.issuer), { proxies: undefined, userAgent: 'test/1' }),
		clock,
		log: (level, message, facts) => logged.push(`${level}: ${message} ${JSON.stringify(facts)}`),
	});
	onTestFinished(() => authenticator.close());
	return { authenticator, issuer, clock, logged, source };
}

const INVALID = `Bearer error="invalid_token", scope="cache:read cache:purge", resource_metadata="${METADATA}"`;

describe('an access token', () => {
	test('is its subject, with the scopes that were granted', async () => {
		const { authenticator, issuer } = await open();
		const token = await issuer.sign(PUBLIC_URL, { claims: { scope: 'openid cache:read cache:purge' } });
		const principal = await signIn(authenticator, token);
		expect(principal).toMatchObject({ name: 'oauth:user-1', policy: {}, secrets: [token] });
		expect([...(principal.grants ?? [])]).toEqual(['cache:read', 'cache:purge', 'openid']);
		expect(principal.credential).toBeUndefined();
	});

	test.each([
		['RS256', 'RS256'],
		['PS256', 'PS256'],
		['EdDSA', 'Ed25519'],
	])('may be signed by %s', async (alg, keyAlg) => {
		const { authenticator, issuer } = await open();
		await issuer.addKey(keyAlg, 'other');
		const [key] = issuer.keySet.keys.slice(-1);
		if (key) key.alg = alg;
		expect((await signIn(authenticator, await issuer.sign(PUBLIC_URL, { kid: 'other', alg }))).name).toBe(
			'oauth:user-1',
		);
	});

	test.each<[string, Record<string, unknown>]>([
		['scope', { scope: 'cache:read cache:write' }],
		['scp as a text', { scp: 'cache:read cache:write' }],
		['scp as a list', { scp: ['cache:read', 'cache:write'] }],
	])('names its scopes in %s', async (_, claims) => {
		const { authenticator, issuer } = await open();
		const { grants } = await signIn(authenticator, await issuer.sign(PUBLIC_URL, { claims }));
		expect([...(grants ?? [])]).toEqual(['cache:read', 'cache:write']);
	});

	test('is for the public URL without its last slash, or for the audience that the operator gave', async () => {
		const slashed = await open({ publicUrl: `${PUBLIC_URL}/` });
		expect((await signIn(slashed.authenticator, await slashed.issuer.sign(PUBLIC_URL))).name).toBe('oauth:user-1');
		const given = await open({ audience: 'api://cache' });
		expect((await signIn(given.authenticator, await given.issuer.sign('api://cache'))).name).toBe('oauth:user-1');
		expect((await challengeOf(given.authenticator, bearer(await given.issuer.sign(PUBLIC_URL)))).status).toBe(401);
	});

	test.each<[string, IssuerOptions]>([
		['at the root', { metadata: 'oauth' }],
		['of OpenID at the root', { metadata: 'openid-behind' }],
		['before a path', { metadata: 'oauth', path: '/realms/team' }],
		['of OpenID before a path', { metadata: 'openid-before', path: '/realms/team' }],
		['of OpenID behind a path', { metadata: 'openid-behind', path: '/realms/team' }],
		['of an issuer that ends in a slash', { metadata: 'oauth', path: '/' }],
	])('is checked with the keys that metadata %s names', async (_, options) => {
		const { authenticator, issuer } = await open(options);
		expect((await signIn(authenticator, await issuer.sign(PUBLIC_URL))).name).toBe('oauth:user-1');
	});

	test('has the policy of the entry that names its subject, and a change of it is in force at once', async () => {
		const own = { kind: 'token', token: 'own-token' } as const;
		const entry = { name: 'alice', hashes: [], subjects: ['user-1'], policy: { zone: 'example.com' }, credential: own };
		const { authenticator, issuer, source } = await open({ policies: { principals: [entry] } });
		const token = await issuer.sign(PUBLIC_URL);
		const named = await signIn(authenticator, token);
		expect(named).toMatchObject({ name: 'alice', policy: { zone: 'example.com' }, credential: own });
		expect(named.isInForce?.()).toBe(true);
		if (source) source.current = { principals: [], fallback: { policy: { confirm: 'block' } } };
		expect(named.isInForce?.()).toBe(false);
		const later = await signIn(authenticator, token);
		expect(later).toMatchObject({ id: named.id, name: 'oauth:user-1', policy: { confirm: 'block' } });
		expect(later.credential).toBeUndefined();
	});

	test('is checked once a minute, and not accepted a moment longer than it lives', async () => {
		const { authenticator, issuer, clock } = await open();
		const token = await issuer.sign(PUBLIC_URL, { lifetime: 70 });
		const principal = await signIn(authenticator, token);
		clock.advance(59_999);
		expect(authenticator.authenticate(bearer(token))).toBe(principal);
		clock.advance(1);
		expect(await signIn(authenticator, token)).not.toBe(principal);
		// Clocks may differ by 30 s.
		clock.advance(39_000);
		await signIn(authenticator, token);
		clock.advance(1_000);
		expect((await challengeOf(authenticator, bearer(token))).headers['WWW-Authenticate']).toBe(INVALID);
	});
});

describe('the log', () => {
	test.each<[string, string, Signing]>([
		['ERR_JWT_CLAIM_VALIDATION_FAILED', 'aud', { claims: { aud: 'https://secret-value.example' } }],
		['ERR_JWT_CLAIM_VALIDATION_FAILED', 'iss', { claims: { iss: 'https://secret-value.example' } }],
		['ERR_JWT_CLAIM_VALIDATION_FAILED', 'sub', { claims: { sub: undefined } }],
		['ERR_JWT_EXPIRED', 'exp', { lifetime: -31 }],
	])('says %s of %s where a token is refused for it, and not its value', async (error, claim, signing) => {
		const { authenticator, issuer, logged } = await open();
		await challengeOf(authenticator, bearer(await issuer.sign(PUBLIC_URL, signing)));
		expect(logged).toEqual([`info: oauth: a token is not accepted ${JSON.stringify({ error, claim })}`]);
	});
});

describe('a token is answered with 401', () => {
	const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const cases: [string, (issuer: TestIssuer) => Promise<string>][] = [
		[
			'without a signature (alg none)',
			async ({ sign }) => {
				const [, payload] = (await sign(PUBLIC_URL)).split('.');
				return `${base64({ alg: 'none' })}.${payload}.`;
			},
		],
		[
			'signed by HS256 with the public key as its secret',
			async ({ sign, keySet }) => {
				const key = new TextEncoder().encode(JSON.stringify(keySet.keys[0]));
				return sign(PUBLIC_URL, { alg: 'HS256', key });
			},
		],
		[
			'whose claims were changed',
			async ({ sign }) => {
				const [header, payload = '', signature] = (await sign(PUBLIC_URL)).split('.');
				const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
				return `${header}.${base64({ ...claims, sub: 'admin' })}.${signature}`;
			},
		],
		[
			'signed by a key of the issuer with an algorithm that is not accepted',
			async ({ sign, addKey }) => {
				await addKey('ES384', 'other');
				return sign(PUBLIC_URL, { kid: 'other' });
			},
		],
		['that has expired', ({ sign }) => sign(PUBLIC_URL, { lifetime: -31 })],
		['that does not expire', ({ sign }) => sign(PUBLIC_URL, { claims: { exp: undefined } })],
		['without a subject', ({ sign }) => sign(PUBLIC_URL, { claims: { sub: undefined } })],
		['with an empty subject', ({ sign }) => sign(PUBLIC_URL, { claims: { sub: '' } })],
		[
			'whose subject is longer than OpenID Connect allows',
			({ sign }) => sign(PUBLIC_URL, { claims: { sub: 'x'.repeat(256) } }),
		],
		['whose subject is no text', ({ sign }) => sign(PUBLIC_URL, { claims: { sub: 1 } })],
		['that is not valid yet', ({ sign }) => sign(PUBLIC_URL, { claims: { nbf: 4_000_000_000 } })],
		['for another audience', ({ sign }) => sign('https://other.example.com/mcp')],
		['for an audience that only begins alike', ({ sign }) => sign(`${PUBLIC_URL}/`)],
		['without an audience', ({ sign }) => sign(PUBLIC_URL, { claims: { aud: undefined } })],
		['of another issuer', ({ sign }) => sign(PUBLIC_URL, { claims: { iss: 'https://evil.example.com' } })],
		['of the issuer with a slash', ({ sign, issuer }) => sign(PUBLIC_URL, { claims: { iss: `${issuer}/` } })],
		['of a foreign key under a known id', (issuer) => signForeign(issuer, { kid: 'first' })],
		['of a foreign key under an unknown id', (issuer) => signForeign(issuer, { kid: 'unknown' })],
		['that is garbage', async () => 'garbage'],
		['that has garbage in three parts', async () => 'a.b.c'],
		['with a line break in an escape', async () => 'a%0d%0aSet-Cookie:x'],
	];

	test.each(cases)('%s', async (_, forge) => {
		const { authenticator, issuer } = await open();
		const challenge = await challengeOf(authenticator, bearer(await forge(issuer)));
		expect(challenge.status).toBe(401);
		expect(textOf(challenge)).not.toMatch(/jwt|jws|jose|claim|signature|expired|audience/i);
	});

	test('that is the same for whatever is wrong with the token', async () => {
		const { authenticator, issuer } = await open();
		const challenges = await Promise.all(
			cases.map(async ([, forge]) => challengeOf(authenticator, bearer(await forge(issuer)))),
		);
		const answers = challenges.filter(({ headers }) => headers['WWW-Authenticate'] === INVALID);
		expect(answers).toHaveLength(cases.length);
		expect(new Set(answers.map(textOf)).size).toBe(1);
	});

	test('that names no error where there was no token (RFC 6750)', async () => {
		const { authenticator, issuer } = await open();
		expect((await challengeOf(authenticator, undefined)).headers).toEqual({
			'WWW-Authenticate': `Bearer scope="cache:read cache:purge", resource_metadata="${METADATA}"`,
		});
		expect(issuer.requests).toEqual([]);
	});
});

async function signForeign({ sign }: TestIssuer, signing: Signing): Promise<string> {
	const { privateKey } = await generateKeyPair('ES256');
	return sign(PUBLIC_URL, { ...signing, key: privateKey, alg: 'ES256' });
}

describe('the keys of the issuer', () => {
	test('are fetched once, also when 300 tokens name unknown keys', async () => {
		const { authenticator, issuer } = await open();
		await signIn(authenticator, await issuer.sign(PUBLIC_URL));
		for (let at = 0; at < 300; at++) {
			const token = await signForeign(issuer, { kid: `unknown-${at}` });
			expect((await challengeOf(authenticator, bearer(token))).status).toBe(401);
		}
		expect(issuer.keyFetches()).toBe(1);
	});

	test.each<[string, (issuer: TestIssuer) => Promise<void> | void]>([
		['are behind a closed port', (issuer) => issuer.close()],
		['are answered with a fault', ({ answer }) => answer('/jwks', { status: 500, body: 'secret words' })],
		['are no JSON', ({ answer }) => answer('/jwks', { body: 'secret words' })],
		['are no key set', ({ answer }) => answer('/jwks', { body: '{"secret": "words"}' })],
		['are too long', ({ answer }) => answer('/jwks', { body: `{"keys": [${' '.repeat(1_000_000)}]}` })],
		['stand at an address that is not safe', (issuer) => namesKeysAt(issuer, `${UNSAFE}/jwks`)],
		['stand at no address', (issuer) => namesKeysAt(issuer, undefined)],
		['are named by the metadata of another issuer', (issuer) => namesKeysAt(issuer, `${issuer.issuer}/jwks`, 'x')],
	])('that %s are answered with 503, never with 401', async (_, spoil) => {
		const { authenticator, issuer, logged } = await open();
		const token = await issuer.sign(PUBLIC_URL);
		await spoil(issuer);
		for (let at = 0; at < 5; at++) {
			const challenge = await challengeOf(authenticator, bearer(token));
			expect(challenge).toMatchObject({ status: 503, reason: 'away', headers: { 'Retry-After': '5' } });
			expect(textOf(challenge)).not.toMatch(/secret words|127\.0\.0\.1|ECONN/);
		}
		expect(logged.filter((line) => line.startsWith('warn'))).toHaveLength(1);
		expect(logged.join()).not.toMatch(/secret words/);
		expect(logged.join()).not.toContain(token);
	});

	test('are asked for again 5 seconds after they could not be had, and not before', async () => {
		const { authenticator, issuer, clock } = await open();
		const token = await issuer.sign(PUBLIC_URL);
		issuer.answer('/jwks', { status: 500, body: '' });
		await challengeOf(authenticator, bearer(token));
		issuer.answer('/jwks', undefined);
		clock.advance(4_999);
		expect((await challengeOf(authenticator, bearer(token))).status).toBe(503);
		expect(issuer.keyFetches()).toBe(1);
		clock.advance(1);
		expect((await signIn(authenticator, token)).name).toBe('oauth:user-1');
	});

	test('are fetched again for an unknown key after 30 seconds, so that a new key of the issuer is found', async () => {
		// The library reads the time by itself.
		vi.useFakeTimers({ toFake: ['Date'] });
		onTestFinished(() => {
			vi.useRealTimers();
		});
		const { authenticator, issuer } = await open();
		await signIn(authenticator, await issuer.sign(PUBLIC_URL));
		await issuer.addKey('RS256', 'second');
		const token = await issuer.sign(PUBLIC_URL, { kid: 'second' });
		vi.setSystemTime(Date.now() + 29_000);
		expect((await challengeOf(authenticator, bearer(token))).status).toBe(401);
		vi.setSystemTime(Date.now() + 1_000);
		expect((await signIn(authenticator, token)).name).toBe('oauth:user-1');
		expect(issuer.keyFetches()).toBe(2);
	});

	test('are looked for at their new address after an hour', async () => {
		const { authenticator, issuer, clock } = await open();
		await signIn(authenticator, await issuer.sign(PUBLIC_URL));
		namesKeysAt(issuer, `${issuer.issuer}/moved`);
		issuer.answer('/moved', { body: JSON.stringify(issuer.keySet) });
		clock.advance(60 * 60_000);
		expect((await signIn(authenticator, await issuer.sign(PUBLIC_URL))).name).toBe('oauth:user-1');
		expect(issuer.requests.slice(-2)).toEqual(['/.well-known/oauth-authorization-server', '/moved']);
	});

	test('that were fetched serve on while the issuer is away', async () => {
		const { authenticator, issuer, clock } = await open();
		const tokens = [await issuer.sign(PUBLIC_URL), await issuer.sign(PUBLIC_URL, { lifetime: 10_000 })];
		await signIn(authenticator, tokens[0] ?? '');
		await issuer.close();
		clock.advance(60 * 60_000);
		expect((await signIn(authenticator, tokens[1] ?? '')).name).toBe('oauth:user-1');
	});
});

function namesKeysAt({ answer, issuer }: TestIssuer, url: string | undefined, suffix = ''): void {
	const body = JSON.stringify({ issuer: issuer + suffix, jwks_uri: url });
	answer('/.well-known/oauth-authorization-server', { body });
}
