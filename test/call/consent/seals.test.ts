/** Seals belong to one principal, one tool and one secret, for a time, and work once. */
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Codes } from '../../../src/call/consent/codes.js';
import { fingerprintOf, SealError, Seals } from '../../../src/call/consent/seals.js';
import { UsedProofsInMemory } from '../../../src/state/memory/used-proofs.js';

const SCOPE = { principal: 'alice', tool: 'purge_everything' };
const CALL = '0f8fad5b-d9cb-469f-a165-70867728950e';
const INTENT = {
	tool: 'purge_everything',
	zoneId: '023e105f4ecef8ad9ca31a8372d0c353',
	args: {},
	shown: { zone: 'example.com', plan: 'pro', environment: undefined },
};
const SEALED = { callId: CALL, fingerprint: fingerprintOf(INTENT, 'Deletes everything.') };

function createSeals({ secret = 'secret', now = (): number => 1_000_000 } = {}) {
	return new Seals({ secrets: [secret], used: new UsedProofsInMemory(now), ttlSeconds: 60, now });
}

test('a seal gives back what it holds, and can be taken once', async () => {
	const seals = createSeals();
	const seal = seals.close(SCOPE, SEALED);
	const [one, other] = [seals.open(SCOPE, seal), seals.open(SCOPE, seal)];
	expect(one).toMatchObject(SEALED);
	expect(await Promise.all([one.take(), other.take(), one.take()])).toEqual([true, false, false]);
	expect(await seals.open(SCOPE, seal).take()).toBe(false);
});

test.for<[string, Partial<typeof SCOPE>]>([
	['principal', { principal: 'bob' }],
	['tool', { tool: 'cache_reserve_clear' }],
])('a seal is refused for another %s', ([, other]) => {
	const seals = createSeals();
	expect(() => seals.open({ ...SCOPE, ...other }, seals.close(SCOPE, SEALED))).toThrow(SealError);
});

test('replicas with one secret accept each other’s seals, and no others', () => {
	const seal = createSeals().close(SCOPE, SEALED);
	expect(createSeals().open(SCOPE, seal)).toMatchObject(SEALED);
	expect(() => createSeals({ secret: 'other' }).open(SCOPE, seal)).toThrow(SealError);
});

test('a seal is valid for its time, and no second longer', () => {
	let now = 1_000_000;
	const seals = createSeals({ now: () => now });
	const seal = seals.close(SCOPE, SEALED);
	now += 59_999;
	expect(seals.open(SCOPE, seal)).toMatchObject(SEALED);
	now += 1;
	expect(() => seals.open(SCOPE, seal)).toThrow('it has expired');
});

test('the secret itself signs no seal, and no code opens as one', async () => {
	const seals = createSeals();
	const [expiry = '', nonce = '', call = '', fingerprint = ''] = seals.close(SCOPE, SEALED).split('.');
	const text = JSON.stringify([SCOPE.principal, SCOPE.tool, expiry, nonce, call, fingerprint]);
	const signature = createHmac('sha256', 'secret').update(text).digest('base64url').slice(0, 22);
	expect(() => seals.open(SCOPE, [expiry, nonce, call, fingerprint, signature].join('.'))).toThrow(SealError);
	const codes = new Codes({
		secrets: ['secret'],
		used: new UsedProofsInMemory(() => 1_000_000),
		principal: 'alice',
		ttlSeconds: 60,
		now: () => 1_000_000,
	});
	expect(() => seals.open(SCOPE, codes.issue(INTENT).confirm)).toThrow(SealError);
	await expect(codes.redeem(seals.close(SCOPE, SEALED), INTENT)).rejects.toThrow('not a code that this server issued');
});

test.for<[string, Parameters<typeof fingerprintOf>]>([
	['the tool', [{ ...INTENT, tool: 'purge_cache' }, 'Deletes everything.']],
	['the zone', [{ ...INTENT, zoneId: '1b5e0d3c2f4a69788796a5b4c3d2e1f0' }, 'Deletes everything.']],
	['the arguments', [{ ...INTENT, args: { a: 1 } }, 'Deletes everything.']],
	['the plan', [{ ...INTENT, shown: { ...INTENT.shown, plan: 'free' } }, 'Deletes everything.']],
	['a word', [INTENT, 'Deletes anything.']],
])('the fingerprint depends on %s', ([, about]) => {
	expect(fingerprintOf(...about)).not.toBe(SEALED.fingerprint);
});
