/** How credentials are named. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Credential } from '../../src/cloudflare/api.js';
import { credentialIdOf, toShownId } from '../../src/cloudflare/credential-id.js';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

test.for<[Credential, string | undefined]>([
	[{ kind: 'token', token: 'a-token-0123456789' }, hash('a-token-0123456789').slice(0, 32)],
	[{ kind: 'key', email: 'a@example.com', key: 'k' }, hash('a@example.com:k').slice(0, 32)],
	[{ kind: 'none', why: '', advice: '' }, undefined],
])('%j is told apart from others by 128 bits of its hash', ([credential, id]) => {
	expect(credentialIdOf(credential)).toBe(id);
});

test('an audit line shows the first 48 bits of the id', () => {
	expect(toShownId(hash('a'))).toBe(hash('a').slice(0, 12));
	expect(toShownId(undefined)).toBeUndefined();
});
