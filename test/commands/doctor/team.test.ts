/** The doctor checks what only a server over HTTP has: flags that fit together, the policy file, and the Redis of replicas. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { temporaryFile } from '../../support/files.js';
import { freePort } from '../../support/free-port.js';
import { startIssuer } from '../../support/issuer.js';
import { describeWithRedis } from '../../support/redis.js';
import { openSandbox } from '../../support/sandbox.js';
import { askForJson } from './ask.js';

const ENTRY = { name: 'ci', sha256: [createHash('sha256').update('token-of-a-caller-0123456789').digest('hex')] };
const fileOf = (...principals: object[]) => temporaryFile('policy.json', JSON.stringify({ principals }));
const NO_TOKEN = { CLOUDFLARE_API_TOKEN: '' };

/** Asks about a server over HTTP with these flags. */
const askAbout = async (flags: readonly string[], env: Record<string, string> = {}) =>
	askForJson(['--http', '8080', ...flags], (await openSandbox()).url, { env });

describe('doctor --http', () => {
	test('counts the callers of a policy file that can be used', async () => {
		const path = fileOf(ENTRY);
		const { code, of } = await askAbout(['--policy', path]);
		expect([code, of('policy')]).toEqual([
			0,
			[{ about: 'policy', state: 'ok', text: `policy file "${path}": 1 caller` }],
		]);
	});

	test('says what is wrong in a policy file, and goes on', async () => {
		const { code, of } = await askAbout(['--policy', fileOf({ ...ENTRY, zones: [] })]);
		expect(code).toBe(1);
		expect(of('policy')).toMatchObject([
			{ state: 'fix', text: expect.stringContaining('principals[0].zones must be') },
		]);
		expect(of('credential')).toMatchObject([{ state: 'ok' }]);
		// Whose tokens the calls are made with is not known.
		expect(JSON.stringify(of('credential'))).not.toContain('each caller has a token of its own');
	});

	test.for<[flags: string[], state: string, text: string]>([
		[['--http', '8080'], 'ok', 'clients reach the server at http://127.0.0.1:8080/mcp'],
		[['--http', '[::1]:8080'], 'ok', 'clients reach the server at http://[::1]:8080/mcp'],
		[
			['--http', '0.0.0.0:8080', '--public-url', 'https://mcp.example.com/mcp'],
			'ok',
			'clients reach the server at https://mcp.example.com/mcp',
		],
		[
			['--http', '0.0.0.0:8080', '--allowed-hosts', 'mcp.example.com'],
			'ok',
			'clients reach the server at mcp.example.com',
		],
		[['--http', '0.0.0.0:8080'], 'fix', 'no client is let in yet: --http 0.0.0.0:8080 says no name of this server'],
		[['--http', '[::]:8080'], 'fix', 'no client is let in yet: --http [::]:8080 says no name of this server'],
	])(
		'tells for %j where clients reach it, and nothing of entries that start a server',
		async ([flags, state, text]) => {
			const { of } = await askForJson([...flags, '--auth', 'cloudflare'], (await openSandbox()).url);
			expect(of('client')).toMatchObject([{ state, text }]);
		},
	);

	test('needs the credential of the operator where an entry names no token', async () => {
		const { code, of } = await askAbout(['--policy', fileOf(ENTRY)], NO_TOKEN);
		expect([code, of('credential')]).toMatchObject([1, [{ state: 'fix' }]]);
	});

	test.for<[string, () => string[]]>([
		['each entry names one', () => ['--policy', fileOf({ ...ENTRY, token_env: 'CI_TOKEN' })]],
		['callers bring their own', () => ['--auth', 'cloudflare']],
	])('needs no credential where %s', async ([, flags]) => {
		const { code, verdict, of } = await askAbout(flags(), { ...NO_TOKEN, CI_TOKEN: 'test-token-0123456789' });
		expect([code, verdict]).toEqual([0, 'Nothing to fix was found. The tokens of callers were not checked.']);
		expect(of('credential')).toMatchObject([{ state: 'ok', text: expect.stringContaining('a token of its own') }]);
	});

	test('says whether the keys of the OAuth issuer can be fetched', async () => {
		const issuer = await startIssuer();
		const flags = ['--oauth-issuer', issuer.issuer, '--public-url', 'https://mcp.example.com/mcp'];
		const { code, of } = await askAbout(flags);
		expect([code, of('issuer')]).toMatchObject([0, [{ state: 'ok' }]]);
		expect(issuer.keyFetches()).toBe(1);
		issuer.answer('/jwks', { status: 500, body: '' });
		const broken = await askAbout(flags);
		expect([broken.code, broken.of('issuer')[0]?.text]).toEqual([
			1,
			'The keys of the OAuth issuer cannot be fetched, because the address of its keys gives none. Requests get 503.',
		]);
		await issuer.close();
		const away = await askAbout(flags);
		expect([away.code, away.of('issuer')[0]?.text]).toEqual([
			1,
			'The keys of the OAuth issuer cannot be fetched, because it does not answer. Requests get 503.',
		]);
	});

	test('refuses flags that the server refuses', async () => {
		await expect(askAbout(['--auth', 'tokens'])).rejects.toThrow('--auth tokens needs --policy');
		const alone = askForJson([], (await openSandbox()).url, { env: { CF_CACHE_POLICY: 'policy.json' } });
		await expect(alone).rejects.toThrow('--policy needs --http');
	});
});

describeWithRedis('doctor --redis', (startRedis) => {
	const askWith = (url: string) =>
		askAbout(['--redis', url], { CF_CACHE_CONFIRM_SECRET: 'secret-of-replicas-0123456789' });

	test('says that a server answers', async () => {
		const { port } = await startRedis();
		const { code, of } = await askWith(`redis://127.0.0.1:${port}`);
		expect(code).toBe(0);
		expect(of('redis')).toEqual([{ about: 'redis', state: 'ok', text: `Redis at 127.0.0.1:${port} answers` }]);
	});

	test('notes settings under which the server forgets', async () => {
		const { port } = await startRedis({ flags: ['--maxmemory-policy', 'allkeys-lru'] });
		const { of } = await askWith(`redis://127.0.0.1:${port}`);
		expect(of('redis').map(({ state }) => state)).toEqual(['ok', 'note']);
		expect(of('redis')[1]?.text).toContain('Set maxmemory-policy noeviction.');
	});

	test('finds a server that is away, and one that refuses the password, which is not shown', async () => {
		const away = await askWith(`redis://127.0.0.1:${await freePort()}`);
		expect([away.code, away.of('redis')]).toMatchObject([1, [{ state: 'fix' }]]);
		expect(away.of('redis')[0]?.text).toContain('does not answer');
		const { port } = await startRedis({ flags: ['--requirepass', 'right-secret'] });
		const refused = await askWith(`redis://:wrong-secret@127.0.0.1:${port}`);
		expect([refused.code, refused.of('redis')]).toMatchObject([1, [{ state: 'fix' }]]);
		expect(refused.of('redis')[0]?.text).toContain('refuses this server');
		expect(JSON.stringify(refused)).not.toContain('secret-0123');
		expect(JSON.stringify(refused)).not.toContain('wrong-secret');
	});
});
