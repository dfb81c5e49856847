/** The tokens that the product costs a model stay within the limits of the bench. */
import { beforeAll, expect, test } from 'vitest';
import { isOver, ROWS, rowsOf } from '../bench/rows.js';
import { measureTokens, type TokenRow } from '../bench/tokens.js';

let counts: Record<TokenRow, number>;
beforeAll(async () => {
	counts = await measureTokens();
});

test.for((rowsOf('tokens') as TokenRow[]).map((id) => ({ id, ...ROWS[id] })))(
	'$id is at most $limit',
	({ id, limit }) => {
		expect(counts[id]).toBeGreaterThan(0);
		expect(counts[id]).toBeLessThanOrEqual(limit);
	},
);

test('a token count is over its limit from one above it', () => {
	for (const id of rowsOf('tokens') as TokenRow[]) {
		expect(isOver(id, ROWS[id].limit)).toBe(false);
		expect(isOver(id, ROWS[id].limit + 1)).toBe(true);
	}
});
