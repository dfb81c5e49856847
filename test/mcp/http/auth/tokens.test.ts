/** Tokens of the policy file let their principals in, and nothing else does. */
import { describe, expect, test } from 'vitest';
import type { Policies, PolicyEntry } from '../../../../src/call/principal.js';
import { TokenAuthenticator } from '../../../../src/mcp/http/auth/tokens.js';
import { bearer, challengeOf, hashOf, textOf } from '../../../support/sign-in.js';

const TOKEN = 'Zk3rUq8sLw0vYb6nXt1pQe9mHc4jDf7g';
const OTHER = 'b64urlsafe-token_of~another.kind+/==';

function entry(name: string, ...tokens: string[]): PolicyEntry {
	return { name, hashes: tokens.map(hashOf), subjects: [], policy: { confirm: 'block' } };
}

/** An authenticator over policies that a test may replace. */
function open(...principals: PolicyEntry[]) {
	const source: { current: Policies } = { current: { principals } };
	return { source, authenticator: new TokenAuthenticator(source) };
}

describe('a token of the policy file', () => {
	test('is its principal, whose secrets hold the token and whose id tells nothing of it', () => {
		const { authenticator } = open(entry('ci', TOKEN), entry('web', OTHER));
		const principal = authenticator.authenticate(bearer(TOKEN));
		expect(principal).toMatchObject({ name: 'ci', policy: { confirm: 'block' }, secrets: [TOKEN] });
		expect(principal.id).toMatch(/^[\w-]{22}$/);
		expect(principal.grants).toBeUndefined();
		expect(authenticator.authenticate(bearer(OTHER)).name).toBe('web');
	});

	test('is the same principal as another token of the same name, with a secret of its own', () => {
		const { authenticator } = open(entry('ci', TOKEN, OTHER));
		const [first, second] = [TOKEN, OTHER].map((token) => authenticator.authenticate(bearer(token)));
		expect(second?.id).toBe(first?.id);
		expect(second?.secrets).toEqual([OTHER]);
	});

	test('is one object for all of its requests, until the policies change', () => {
		const { authenticator, source } = open(entry('ci', TOKEN));
		const first = authenticator.authenticate(bearer(TOKEN));
		expect(authenticator.authenticate(bearer(TOKEN))).toBe(first);
		source.current = { principals: [{ ...entry('ci', TOKEN), policy: { zone: 'example.com' } }] };
		expect(authenticator.authenticate(bearer(TOKEN))).toMatchObject({ id: first.id, policy: { zone: 'example.com' } });
	});

	test('is refused at the first request after the policies no longer name it', async () => {
		const { authenticator, source } = open(entry('ci', TOKEN));
		authenticator.authenticate(bearer(TOKEN));
		source.current = { principals: [entry('ci', OTHER)] };
		expect((await challengeOf(authenticator, bearer(TOKEN))).status).toBe(401);
	});

	test.each<[boolean, string, PolicyEntry[]]>([
		[true, 'keeps another token of the name, and names others', [entry('web', 'x'), entry('ci', OTHER)]],
		[
			true,
			'gives the name another credential',
			[{ ...entry('ci', TOKEN), credential: { kind: 'token', token: 'another' } }],
		],
		[false, 'gives it another policy', [{ ...entry('ci', TOKEN), policy: { confirm: 'ask' } }]],
		[false, 'gives it another name', [entry('web', TOKEN, OTHER)]],
		[false, 'no longer has a token of the name', [entry('ci', 'x')]],
	])('has a policy that is in force: %s where the file now %s', (isInForce, _, principals) => {
		const { authenticator, source } = open(entry('ci', TOKEN, OTHER));
		const principal = authenticator.authenticate(bearer(TOKEN));
		expect(principal.isInForce?.()).toBe(true);
		source.current = { principals };
		expect(principal.isInForce?.()).toBe(isInForce);
	});

	test.each(['bearer', 'BEARER', 'Bearer '])('is read behind the scheme "%s"', (scheme) => {
		expect(open(entry('ci', TOKEN)).authenticator.authenticate([`${scheme} ${TOKEN}`]).name).toBe('ci');
	});
});

describe('a request without an accepted token', () => {
	test.each<[string, readonly string[] | undefined, string]>([
		['without the header', undefined, 'missing'],
		['with no value of the header', [], 'missing'],
		['with an empty header', [''], 'malformed'],
		['with the scheme alone', ['Bearer'], 'malformed'],
		['with an empty token', ['Bearer '], 'malformed'],
		['with another scheme', [`Basic ${TOKEN}`], 'malformed'],
		['with the token alone', [TOKEN], 'malformed'],
		['with two tokens in one header', [`Bearer ${TOKEN}, Bearer ${TOKEN}`], 'malformed'],
		['with two headers', [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`], 'malformed'],
		['with text behind the token', [`Bearer ${TOKEN} x`], 'malformed'],
		['with a line break in the token', [`Bearer ${TOKEN}\r\nx: y`], 'malformed'],
		['with a token of 8,193 characters', [`Bearer ${'a'.repeat(8_193)}`], 'malformed'],
		['with an unknown token', [`Bearer ${OTHER}`], 'unknown'],
		['with the hash in place of the token', [`Bearer ${hashOf(TOKEN)}`], 'unknown'],
		['with the token in other letters', [`Bearer ${TOKEN.toLowerCase()}`], 'unknown'],
	])('%s is answered with 401, and no login is offered', async (_, authorization, reason) => {
		const challenge = await challengeOf(open(entry('ci', TOKEN)).authenticator, authorization);
		expect(challenge).toMatchObject({
			status: 401,
			reason,
			headers: { 'WWW-Authenticate': 'Bearer realm="cloudflare-cache-mcp"' },
		});
		expect(textOf(challenge)).not.toContain(TOKEN);
	});

	test('whose header is too long is refused by its length, before any of it is read', async () => {
		const { authenticator } = open(entry('ci', TOKEN));
		const header = { length: 8_200, trim: () => expect.unreachable() } as unknown as string;
		expect((await challengeOf(authenticator, [header])).reason).toBe('malformed');
	});

	test('gets one answer for every token that is wrong, whatever is wrong with it', async () => {
		const { authenticator } = open(entry('ci', TOKEN));
		const wrong = [['Bearer'], [`Bearer ${OTHER}`], ['Basic x'], ['Bearer a', 'Bearer b']];
		const answers = await Promise.all(wrong.map((authorization) => challengeOf(authenticator, authorization)));
		expect(new Set(answers.map(textOf)).size).toBe(1);
	});
});
