/** The credential comes from the environment, a file or a legacy key; one that cannot work stops the start or is explained. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CredentialConfig, createCredentialReader } from '../../src/config/credential.js';
import { ConfigError } from '../../src/errors.js';
import { temporaryFolder } from '../support/files.js';
import { connect } from '../support/session.js';

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
	const { call, requests } = await connect({ env: { CLOUDFLARE_API_TOKEN: '', ...env }, flags });
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
	expect(credential).toEqual({ kind: 'token', token: 'from-variable-0123' });
});

describe('A credential that no header can carry', () => {
	test.each<[string, CredentialConfig]>([
		['CLOUDFLARE_API_TOKEN', { token: 'secret word-0123' }],
		['CLOUDFLARE_API_TOKEN', { token: 'secret\r\nX-Other: 1' }],
		['CLOUDFLARE_API_TOKEN', { token: 'secretü' }],
		['CLOUDFLARE_EMAIL', { email: 'secret e@example.com', key: KEY }],
		['CLOUDFLARE_API_KEY', { email: 'a@example.com', key: 'secret key' }],
	])('in %s stops the start and is not shown: %j', (name, config) => {
		expect(() => start(config)).toThrow(refusal(`${name} contains spaces or control characters`));
	});

	test('in a file with a second line stops the start', () => {
		expect(() => start({ tokenFile: tokenFile('one-0123456789\ntwo-0123456789') })).toThrow(
			refusal('CLOUDFLARE_API_TOKEN_FILE contains spaces or control characters'),
		);
	});
});

describe('A token file', () => {
	test('is read without the white space around the token', async () => {
		const { credential } = await read({ tokenFile: tokenFile(`\n ${TOKEN} \r\n`) });
		expect(credential).toEqual({ kind: 'token', token: TOKEN });
	});

	test('that does not exist stops the start with the reason', () => {
		expect(() => start({ tokenFile: join(temporaryFolder(), 'token') })).toThrow(
			refusal('CLOUDFLARE_API_TOKEN_FILE cannot be read (ENOENT)'),
		);
	});

	test.skipIf(process.platform === 'win32')('that other users can read is used, with a warning', async () => {
		const { credential, logged } = await read({ tokenFile: tokenFile(TOKEN, 0o644) });
		expect(credential).toEqual({ kind: 'token', token: TOKEN });
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
		expect(credential).toEqual({ kind: 'token', token: TOKEN });
	});
});
