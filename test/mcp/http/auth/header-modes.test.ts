/** Tokens that clients are given by hand: the built server offers no login, and a right that is taken away is gone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failure, startUpstream } from '../../../support/api.js';
import { createManualClock } from '../../../support/clock.js';
import { temporaryFile, temporaryFolder } from '../../../support/files.js';
import { call, initialize, serveHttp } from '../../../support/http.js';
import { finish, start } from '../../../support/process.js';
import { hashOf } from '../../../support/sign-in.js';
import { READ } from '../serving.js';

const TOKEN = 'Zk3rUq8sLw0vYb6nXt1pQe9mHc4jDf7g';
const OTHER = 'Qe9mHc4jDf7gZk3rUq8sLw0vYb6nXt1p';
const OWN = 'own-cloudflare-token-of-ci-0123456789';

const policy = (...principals: object[]) => JSON.stringify({ principals });
const CI = { name: 'ci', sha256: [hashOf(TOKEN)] };

/** The built server, and where it listens. */
async function startServer(flags: readonly string[], env: Record<string, string> = {}) {
	const server = start(['--http', '0', '--sandbox', '--log-level', 'debug', ...flags], { env });
	await server.saw('stderr', 'listening on');
	const url = /http:\/\/[\d.:]+\/mcp/.exec(server.stderr())?.[0] ?? '';
	return { server, url };
}

/** Connects a client of the SDK that was given a token by hand. */
async function connect(url: string, token: string): Promise<Client> {
	const client = new Client({ name: 'test', version: '0' });
	const requestInit = { headers: { Authorization: `Bearer ${token}` } };
	await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }) as Transport);
	onTestFinished(() => client.close());
	return client;
}

/** The status and the challenge of a POST with these header lines, which may repeat a name. */
async function post(url: string, ...headers: string[]) {
	const usual = ['Host', new URL(url).host, 'Content-Type', 'application/json', 'Accept', 'application/json'];
	const sent = request(url, { method: 'POST', headers: [...usual, ...headers] });
	sent.end('{}');
	return new Promise<{ status: number | undefined; challenge: string | undefined; body: string }>((resolve, reject) => {
		sent.on('error', reject);
		sent.on('response', async (response) => {
			const challenge = response.headers['www-authenticate'];
			resolve({ status: response.statusCode, challenge, body: await text(response) });
		});
	});
}

const MODES: [string, () => string[]][] = [
	['none', () => []],
	['tokens', () => ['--policy', temporaryFile('policy.json', policy(CI))]],
	['cloudflare', () => ['--auth', 'cloudflare']],
];

describe.each(MODES)('with --auth %s', (_, flags) => {
	test('no metadata is found, and what looks for it gets JSON', async () => {
		const { url } = await startServer(flags());
		for (const path of ['oauth-protected-resource/mcp', 'oauth-protected-resource', 'oauth-authorization-server']) {
			const response = await fetch(new URL(`/.well-known/${path}`, url));
			expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json']);
			expect(await response.json()).toMatchObject({ error: 'not_found' });
		}
	});

	test('a client of the SDK that was given a token calls a tool', async () => {
		const { url } = await startServer(flags());
		const client = await connect(url, TOKEN);
		expect((await client.callTool({ name: 'zones_list', arguments: {} })).isError).toBeFalsy();
	});
});

test.each(MODES.slice(1))(
	'with --auth %s, a request without a token is challenged without metadata',
	async (_, flags) => {
		const { url } = await startServer(flags());
		expect(await post(url)).toMatchObject({ status: 401, challenge: 'Bearer realm="cloudflare-cache-mcp"' });
	},
);

test.each([
	[
		'tokens',
		'This server needs a bearer token in the header Authorization.',
		'The bearer token is not accepted. Check the token that your client sends.',
	],
	[
		'cloudflare',
		'This server needs your own Cloudflare API token, as a bearer token in the header Authorization.',
		'The bearer token is not an active API token of Cloudflare. Check the token that your client sends.',
	],
])(
	'with --auth %s, a refusal says which token is needed, and nothing of the one that came',
	async (mode, none, wrong) => {
		const upstream = await startUpstream(() => failure(401, { code: 1000, message: 'Invalid API Token' }));
		const flags = mode === 'tokens' ? ['--policy', temporaryFile('policy.json', policy(CI))] : ['--auth', mode];
		const server = await serveHttp({ flags, signsIn: true, upstream: upstream.url });
		const answers = [
			await server.post(READ),
			await server.post(READ, { headers: { authorization: 'Basic YTpi' } }),
			await server.post(READ, { as: OTHER }),
		];
		expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
		expect(answers.map(({ messages }) => messages[0]?.error?.message)).toEqual([none, wrong, wrong]);
	},
);

describe('with --auth tokens', () => {
	test('two headers Authorization are refused, though the first is right', async () => {
		const { url } = await startServer(['--policy', temporaryFile('policy.json', policy(CI))]);
		const [good, bad] = [`Bearer ${TOKEN}`, `Bearer ${OTHER}`];
		const answers = [
			await post(url, 'Authorization', good, 'Authorization', bad),
			await post(url, 'authorization', good, 'AUTHORIZATION', good),
		];
		expect(answers.map(({ status }) => status)).toEqual([401, 401]);
	});

	test('no token is in a log line, an audit line, an answer or a key', async () => {
		const folder = temporaryFolder();
		const audit = join(folder, 'audit.jsonl');
		const file = temporaryFile('policy.json', policy({ ...CI, token_env: 'CI_TOKEN' }));
		const flags = ['--policy', file, '--audit-log', audit, '--state-dir', folder];
		const { server, url } = await startServer(flags, { CI_TOKEN: OWN });
		const client = await connect(url, TOKEN);
		const echoed = await client.callTool({ name: 'purge_cache', arguments: { zone: TOKEN, tags: [OWN, TOKEN] } });
		await client.callTool({ name: 'purge_cache', arguments: { zone: 'example.com', tags: [TOKEN, OWN] } });
		const answers = [
			await post(url, 'Authorization', `Bearer ${OTHER}`),
			await post(url, 'Authorization', `Bearer ${TOKEN} x`),
		];
		const shown = [server.stderr(), readFileSync(audit, 'utf8'), JSON.stringify([echoed, answers])];
		expect(shown.every((one) => one.length > 0)).toBe(true);
		for (const secret of [TOKEN, OTHER, OWN]) for (const one of shown) expect(one).not.toContain(secret);
	});

	test('a right that the file takes away is gone 5 seconds later, for sessions that are open too', async () => {
		const clock = createManualClock();
		const file = temporaryFile('policy.json', policy({ ...CI, toolsets: ['purge', 'zone'] }));
		const { post, open, changes } = await serveHttp({ flags: ['--policy', file], signsIn: true, clock });
		const session = await open({ as: TOKEN });
		const purge = call('purge_cache', { zone: 'example.com', tags: ['a'] });
		expect((await post(purge, { as: TOKEN, session })).messages[0]?.result).toMatchObject({
			structuredContent: { status: 'done' },
		});
		writeFileSync(file, policy({ ...CI, read_only: true }));
		await clock.run(clock.elapsed() + 5_000);
		const refused = (await post(purge, { as: TOKEN, session })).messages[0]?.result;
		expect(refused).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('by the policy') }] });
		expect(changes()).toHaveLength(1);
		writeFileSync(file, policy({ name: 'other', sha256: [hashOf(OTHER)] }));
		await clock.run(clock.elapsed() + 5_000);
		expect((await post(purge, { as: TOKEN, session })).status).toBe(401);
	});

	test('the calls of a principal with a token of its own are made with that', async () => {
		const own = temporaryFile('token', OWN);
		const entries = [
			{ ...CI, token_file: own },
			{ name: 'web', sha256: [hashOf(OTHER)] },
		];
		const file = temporaryFile('policy.json', policy(...entries));
		const upstream = await startUpstream(() => failure(403, { code: 10000, message: 'Authentication error' }));
		const { post } = await serveHttp({ flags: ['--policy', file], signsIn: true, upstream: upstream.url });
		for (const as of [TOKEN, OTHER]) await post(call('zones_list'), { as });
		expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
			`Bearer ${OWN}`,
			'Bearer test-token-0123456789',
		]);
	});

	test.each([
		['that is broken', '{', 'the file is not valid JSON (line 1)'],
		['that names no principal', '{"principals": []}', 'the file names no principal, so every call would be refused'],
	])('a policy file %s stops the start with exit code 2', async (_, content, problem) => {
		const file = temporaryFile('policy.json', content);
		const server = start(['--http', '0', '--sandbox', '--policy', file]);
		expect(await server.ended).toMatchObject({ code: 2 });
		expect(server.stderr()).toBe(`cloudflare-cache-mcp: --policy "${file}": ${problem}\n`);
	});
});

describe('with --auth cloudflare', () => {
	test('each caller acts with its own token, and one that the API refuses in a call is refused afterwards', async () => {
		const account = `cfat_${TOKEN}`;
		const upstream = await startUpstream(() => failure(401, { code: 1000, message: 'Invalid API Token' }));
		const { post } = await serveHttp({ flags: ['--auth', 'cloudflare'], signsIn: true, upstream: upstream.url });
		expect((await post(initialize(), { as: account })).status).toBe(200);
		expect((await post(call('zones_list'), { as: account })).messages[0]?.result).toMatchObject({ isError: true });
		expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${account}`]);
		expect((await post(call('zones_list'), { as: account })).status).toBe(401);
		expect(upstream.requests).toHaveLength(1);
	});

	test('a token that the API does not know never reaches a tool', async () => {
		const upstream = await startUpstream(() => failure(401, { code: 1000, message: 'Invalid API Token' }));
		const { post } = await serveHttp({ flags: ['--auth', 'cloudflare'], signsIn: true, upstream: upstream.url });
		expect((await post(READ, { as: TOKEN })).status).toBe(401);
		expect(upstream.requests.map(({ target }) => target)).toEqual(['/user/tokens/verify']);
	});
});

test.each(['__proto__', 'constructor'])(
	'a policy that names the variable %s, which is none, ends the start',
	async (name) => {
		const file = temporaryFile('policy.json', policy({ ...CI, token_env: name }));
		const { code, stderr } = await finish(['--http', '0', '--sandbox', '--policy', file]);
		expect([code, stderr]).toEqual([2, expect.stringContaining('token_env names a variable that is not set')]);
	},
);
