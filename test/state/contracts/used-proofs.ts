/** The contract of used proofs of consent. In this process and on Redis they pass the same tests. */
import { expect, test } from 'vitest';
import type { UsedProofs } from '../../../src/call/consent/used-proofs.js';

/** When a proof that was made now expires, in seconds since 1970. */
export const inTenMinutes = () => Math.floor(Date.now() / 1_000) + 600;

/** Declares the tests of a store. `open` gets the principal. */
export function testUsedProofs(openAll: () => Promise<(principal: string) => UsedProofs>): void {
	test('a proof works once', async () => {
		const used = (await openAll())('p');
		expect(await used.use('proof', inTenMinutes())).toBe(true);
		expect(await used.use('proof', inTenMinutes())).toBe(false);
		expect(await used.use('other', inTenMinutes())).toBe(true);
	});

	test('a proof is used from its use on, for its principal alone', async () => {
		const open = await openAll();
		const used = open('p');
		expect(await used.isUsed('proof')).toBe(false);
		await used.use('proof', inTenMinutes());
		expect([await used.isUsed('proof'), await open('q').isUsed('proof')]).toEqual([true, false]);
	});

	test('one of 50 uses at once is the first', async () => {
		const open = await openAll();
		const uses = Array.from({ length: 50 }, () => open('p').use('proof', inTenMinutes()));
		const answers = await Promise.all(uses);
		expect(answers.filter(Boolean)).toHaveLength(1);
	});

	test('proofs of another principal are others', async () => {
		const open = await openAll();
		expect(await open('p').use('proof', inTenMinutes())).toBe(true);
		expect(await open('q').use('proof', inTenMinutes())).toBe(true);
	});
}
