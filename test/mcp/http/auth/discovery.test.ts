/** Keys come from where nobody between the issuer and this server could have put them. */
import { expect, test } from 'vitest';
import { isSafeUrl } from '../../../../src/mcp/http/auth/discovery.js';

test.each<[boolean, string, string]>([
	[true, 'https://keys.example.com/jwks', 'https://login.example.com'],
	[true, 'http://127.0.0.1:8080/jwks', 'http://localhost:8080/realms/team'],
	[false, 'http://keys.example.com/jwks', 'https://login.example.com'],
	[false, 'http://127.0.0.1:8080/jwks', 'https://login.example.com'],
	[false, 'http://localhost.example.com/jwks', 'http://localhost:8080'],
	[false, 'file:///etc/keys', 'http://localhost:8080'],
	[false, '/jwks', 'https://login.example.com'],
])('keys may be fetched: %s, from %s, for the issuer %s', (isSafe, url, issuer) => {
	expect(isSafeUrl(url, issuer)).toBe(isSafe);
});
