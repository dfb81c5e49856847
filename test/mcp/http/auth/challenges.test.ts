/** The header of a challenge is one header, whatever its parameters hold. */
import { expect, test } from 'vitest';
import { challengeWith } from '../../../../src/mcp/http/auth/challenges.js';

test('a quotation mark, a backslash, a line break and what is not ASCII do not end a parameter', () => {
	const { 'WWW-Authenticate': header } = challengeWith({ scope: 'a" realm="b\\', error: 'x\r\nSet-Cookie: y=ü' });
	expect(header).toBe('Bearer scope="a\\" realm=\\"b\\\\", error="x??Set-Cookie: y=?"');
});
