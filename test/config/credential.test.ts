/** The credential comes from the environment, a file or a legacy key; one that cannot work stops the start or is explained. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CredentialConfig, createCredentialReader } from '../../src/config/credential.js';
import { ConfigError } from '../../src/errors.js';
import { temporaryFolder } from '../support/files.js';
import { openSession } from '../support/session.js';

const KEY = '0123456789abcdef0123456789abcdef01234';
const TOKEN = 'a-token-from-a-file';
const PLACEHOLDER = '$' + '{input:token}';

/** A file of its owner alone, unless `mode` says otherwise. */
function tokenFile(content: string | Buffer, mode = 0o600): string {
	const path = join(temporaryFolder(), 'token');
	writeFileSync(path, content);
	chmodSync(path, mode);
	return path;
}

/** The credential of a configuration, and what was logged on the way. */
async function read(config: CredentialConfig) {
	const logged: string[] = [];
	const credential = await createCredentialReader(config, (_, message) => logged.push(message))();
	return { credential, logged };
}

const refusal = (message: string) => new ConfigError(message);
const start = (config: CredentialConfig) => createCredentialReader(config, () => undefined);

/** What zones_list answers with this environment, and the requests that left. */
async function listZones(env: Record<string, string>, flags: readonly string[] = []) {
	const { call, requests } = await openSession({ env: { CLOUDFLARE_API_TOKEN: '', ...env }, flags });
	return { ...(await call('zones_list')), requests };
}

describe('A server without a credential', () => {
	test('says so in the first call, and sends nothing', async () => {
		const { text, isError, requests } = await listZones({});
		expect(text).toContain('CLOUDFLARE_API_TOKEN is not set');
		expect([isError, requests]).toEqual([true, []]);
	});

	test.each(['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_TOKEN_FILE'])(
		'says that %s holds a placeholder, and sends nothing',
		async (name) => {
			const { text, requests } = await listZones({ [name]: PLACEHOLDER });
			expect(text).toContain(`${name} still holds a placeholder`);
			expect(requests).toEqual([]);
		},
	);

	test.each([{ CLOUDFLARE_EMAIL: 'a@example.com' }, { CLOUDFLARE_API_KEY: KEY }])(
		'says that email and key are needed together, and sends nothing, with %o',
		async (env) => {
			const { text, requests } = await listZones({ ...env });
			expect(text).toContain('CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY are needed together');
			expect(requests).toEqual([]);
		},
	);

	test('works on the sandbox, and sends nothing elsewhere', async () => {
		const { isError, requests } = await listZones({}, ['--sandbox']);
		expect([isError, requests]).toEqual([false, []]);
	});
});

describe('A request', () => {
	test('carries the token of the file when the variable holds a placeholder', async () => {
		const { requests } = await listZones({
			CLOUDFLARE_API_TOKEN: PLACEHOLDER,
			CLOUDFLARE_API_TOKEN_FILE: tokenFile(TOKEN),
		});
		expect(requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
	});

	test('carries email and key as a pair', async () => {
		const { requests } = await listZones({ CLOUDFLARE_EMAIL: 'a@example.com', CLOUDFLARE_API_KEY: KEY });
		expect(requests[0]?.headers).toMatchObject({ 'x-auth-email': 'a@example.com', 'x-auth-key': KEY });
	});
});

test('The token of the variable wins over the file, which is not even read', async () => {
	const { credential } = await read({ token: 'from-variable-0123', tokenFile: '/no/such/file' });
	expect(credential).toEqual({
		kind: 'token',
		token: 'from-variable-0123',
		source: 'CLOUDFLARE_API_TOKEN',
	});
});

/** Texts that are no token: placeholders of every kind, and what is copied beside a token by mistake. */
const NO_TOKENS = [
	'{env:CLOUDFLARE_API_TOKEN}',
	'$CLOUDFLARE_API_TOKEN',
	'$(op read op://vault/cloudflare/token)',
	'%CLOUDFLARE_API_TOKEN%',
	'{{CLOUDFLARE_API_TOKEN}}',
	'<token>',
	'op://vault/cloudflare/token',
	'YOUR_API_TOKEN',
	'Bearer secret-0123456789',
	'"secret-0123456789"',
	'secret…',
	'secretü',
	'secret\r\nX-Other: 1',
	'secret=0123456789',
	'one-0123456789\ntwo-0123456789',
];

describe('A text that cannot be a token', () => {
	test.each(NO_TOKENS)('is never sent, and the first call says so without repeating it: %j', async (token) => {
		const { text, isError, requests } = await listZones({ CLOUDFLARE_API_TOKEN: token });
		expect([isError, requests]).toEqual([true, []]);
		expect(text).toMatch(/^No credential: (the value of )?CLOUDFLARE_API_TOKEN /);
		expect(text).not.toMatch(/secret|0123456789|vault|YOUR/);
	});

	test.each(NO_TOKENS)('counts as not set, so that the next source is used: %j', async (token) => {
		expect((await read({ token, tokenFile: tokenFile(TOKEN) })).credential).toEqual({
			kind: 'token',
			token: TOKEN,
			source: 'CLOUDFLARE_API_TOKEN_FILE',
		});
	});

	test.each<[string, CredentialConfig, string]>([
		[
			'in the variable',
			{ token: 'secret word' },
			'the value of CLOUDFLARE_API_TOKEN is not a token: a token has only letters, digits, _ and -',
		],
		[
			'in the file',
			{ tokenFile: '/run/secrets/token' },
			'the value of CLOUDFLARE_API_TOKEN_FILE is not a token: a token has only letters, digits, _ and -',
		],
		[
			'as a key',
			{ email: 'a@example.com', key: 'secret key' },
			'the value of CLOUDFLARE_API_KEY is not a token: a token has only letters, digits, _ and -',
		],
		['as an email address', { email: 'secret', key: KEY }, 'the value of CLOUDFLARE_EMAIL is not an email address'],
		[
			'as an email address with a line end',
			{ email: 'secret@example.com\r\nX-Other: 1', key: KEY },
			'the value of CLOUDFLARE_EMAIL is not an email address',
		],
		[
			'as an unfilled email address',
			{ email: '{env:EMAIL}', key: KEY },
			'CLOUDFLARE_EMAIL still holds a placeholder, such as $' + '{…} or op://…, that was not filled in',
		],
	])('gives no credential %s', async (_, config, why) => {
		const given = config.tokenFile ? { tokenFile: tokenFile('secret word') } : config;
		const { credential } = await read(given);
		expect(credential).toMatchObject({ kind: 'none', why: `No credential: ${why}.` });
	});

	test('is told from a token by every character', async () => {
		await fc.assert(
			fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (token) => {
				const { kind } = (await read({ token })).credential;
				expect(kind).toBe(/^[A-Za-z0-9_-]+$/.test(token.trim()) && !/^YOUR_/.test(token.trim()) ? 'token' : 'none');
			}),
		);
	});
});

describe('A token file', () => {
	test('is read without the white space around the token', async () => {
		const { credential } = await read({ tokenFile: tokenFile(`\n ${TOKEN} \r\n`) });
		expect(credential).toEqual({ kind: 'token', token: TOKEN, source: 'CLOUDFLARE_API_TOKEN_FILE' });
	});

	test('that does not exist stops the start with the reason', () => {
		expect(() => start({ tokenFile: join(temporaryFolder(), 'token') })).toThrow(
			refusal('CLOUDFLARE_API_TOKEN_FILE cannot be read (ENOENT)'),
		);
	});

	test.skipIf(process.platform === 'win32')('that other users can read is used, with a warning', async () => {
		const { credential, logged } = await read({ tokenFile: tokenFile(TOKEN, 0o644) });
		expect(credential).toEqual({ kind: 'token', token: TOKEN, source: 'CLOUDFLARE_API_TOKEN_FILE' });
		expect(logged).toEqual([
			'Other users can read the file that CLOUDFLARE_API_TOKEN_FILE names: run chmod 600 on it.',
		]);
	});

	test('of its owner alone is used without a warning', async () => {
		const { logged } = await read({ tokenFile: tokenFile(TOKEN) });
		expect(logged).toEqual([]);
	});

	test.each([
		['little-endian', Buffer.from(`\ufeff${TOKEN}\r\n`, 'utf16le')],
		['big-endian', Buffer.from(`\ufeff${TOKEN}\r\n`, 'utf16le').swap16()],
	])('in %s UTF-16 is refused with the name of the encoding', (_, bytes) => {
		expect(() => start({ tokenFile: tokenFile(bytes) })).toThrow(
			refusal('CLOUDFLARE_API_TOKEN_FILE is written in UTF-16: save it as UTF-8'),
		);
	});

	test('in UTF-8 with a byte order mark and CRLF is read', async () => {
		const { credential } = await read({ tokenFile: tokenFile(`\ufeff${TOKEN}\r\n`) });
		expect(credential).toEqual({ kind: 'token', token: TOKEN, source: 'CLOUDFLARE_API_TOKEN_FILE' });
	});
});
