/** A client of the SDK registers, logs in, calls, and is asked for more: the built server and a real issuer. */
import { randomUUID } from 'node:crypto';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../support/free-port.js';
import { send } from '../../../support/http.js';
import { startIssuer, type TestIssuer } from '../../../support/issuer.js';
import { type Running, start } from '../../../support/process.js';

/** The built server behind the issuer, at the URL that its clients type. */
async function startServer(
	issuer: TestIssuer,
	flags: readonly string[] = [],
): Promise<{ url: string; server: Running }> {
	const port = await freePort();
	const url = `http://127.0.0.1:${port}/mcp`;
	const oauth = ['--oauth-issuer', issuer.issuer, '--public-url', url];
	const server = start(['--http', String(port), '--sandbox', '--log-level', 'debug', ...oauth, ...flags]);
	await server.saw('stderr', 'listening on');
	return { url, server };
}

/** A user who signs in without a page, and what the client asked for each time. */
class Login implements OAuthClientProvider {
	readonly redirectUrl = 'http://127.0.0.1/callback';
	readonly clientMetadata = { redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' };
	readonly asked: (string | null)[] = [];
	code = '';
	private information: Awaited<ReturnType<OAuthClientProvider['clientInformation']>>;
	private saved: ReturnType<OAuthClientProvider['tokens']>;
	private verifier = '';

	clientInformation() {
		return this.information;
	}
	saveClientInformation(information: NonNullable<typeof this.information>) {
		this.information = information;
	}
	tokens() {
		return this.saved;
	}
	saveTokens(tokens: Awaited<typeof this.saved>) {
		this.saved = tokens;
	}
	saveCodeVerifier(verifier: string) {
		this.verifier = verifier;
	}
	codeVerifier() {
		return this.verifier;
	}
	async redirectToAuthorization(url: URL) {
		this.asked.push(url.searchParams.get('scope'));
		const { headers } = await fetch(url, { redirect: 'manual' });
		this.code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
	}
}

/** A client that is not connected yet. */
function open(url: string, login: Login) {
	const client = new Client({ name: 'test', version: '0' });
	const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: login });
	onTestFinished(() => client.close());
	return { client, transport, connect: () => client.connect(transport as Transport) };
}

/** A client that has logged in. */
async function logIn(url: string, login: Login) {
	const first = open(url, login);
	await expect(first.connect()).rejects.toBeInstanceOf(UnauthorizedError);
	await first.transport.finishAuth(login.code);
	const second = open(url, login);
	await second.connect();
	return second;
}

describe('a client of the SDK', () => {
	test('logs in, reads, is asked to step up to cache:destroy, and purges everything', async () => {
		const issuer = await startIssuer();
		const { url, server } = await startServer(issuer, ['--confirm', 'code']);
		const login = new Login();
		const { client, transport } = await logIn(url, login);
		expect(login.asked).toEqual(['cache:read cache:purge']);
		expect((await client.listTools()).tools.map(({ name }) => name)).toContain('purge_everything');
		const read = await client.callTool({ name: 'zones_list', arguments: {} });
		expect(read.isError).toBeFalsy();
		const call = { name: 'purge_everything', arguments: { zone: 'example.com' } };
		await expect(client.callTool(call)).rejects.toBeInstanceOf(UnauthorizedError);
		expect(login.asked).toEqual(['cache:read cache:purge', 'cache:read cache:purge cache:destroy']);
		await transport.finishAuth(login.code);
		const asked = await client.callTool(call);
		expect(asked.structuredContent).toMatchObject({ status: 'confirmation_required' });
		const { confirm } = asked.structuredContent as { confirm: string };
		const done = await client.callTool({ ...call, arguments: { ...call.arguments, confirm } });
		expect(done.structuredContent).toMatchObject({ status: 'done' });
		expect(server.stderr()).not.toContain((await login.tokens())?.access_token);
	});

	test('gets 503 while the keys are away, and is not sent to log in', async () => {
		const issuer = await startIssuer();
		issuer.answer('/jwks', { status: 500, body: '' });
		const { url, server } = await startServer(issuer);
		const login = new Login();
		login.saveTokens({ access_token: await issuer.sign(url), token_type: 'Bearer' });
		await expect(open(url, login).connect()).rejects.toMatchObject({ code: 503 });
		expect(login.asked).toEqual([]);
		await server.saw('stderr', 'The keys of the OAuth issuer cannot be fetched');
	});

	test('calls with an access token of 8,000 characters as with a short one, and none of it comes back', async () => {
		const issuer = await startIssuer();
		const { url, server } = await startServer(issuer);
		const claims = { scope: 'cache:read', groups: Array.from({ length: 150 }, () => randomUUID()) };
		const token = await issuer.sign(url, { claims });
		expect(token.length).toBeGreaterThan(7_500);
		const login = new Login();
		login.saveTokens({ access_token: token, token_type: 'Bearer' });
		const { client, connect } = open(url, login);
		await connect();
		const { content, isError } = await client.callTool({ name: 'cache_overview', arguments: { zone: token } });
		expect(isError).toBe(true);
		const signature = token.slice(-40);
		for (const shown of [JSON.stringify(content), server.stderr()]) expect(shown).not.toContain(signature);
		expect((await client.callTool({ name: 'zones_list', arguments: {} })).isError).toBeFalsy();
	});

	test('is told by the tool itself what the policy blocks, and is not sent to log in for it', async () => {
		const issuer = await startIssuer();
		const { url } = await startServer(issuer);
		const login = new Login();
		const { client } = await logIn(url, login);
		for (const [name, args] of [
			['purge_everything', {}],
			['purge_cache', { hosts: ['www.example.com'] }],
		] as const) {
			const refused = await client.callTool({ name, arguments: { zone: 'example.com', ...args } });
			expect(refused).toMatchObject({ isError: true });
		}
		expect(login.asked).toHaveLength(1);
	});
});

test.each<[string, object]>([
	['resources/read', { uri: 'cf-cache://zones/example.com/overview' }],
	['resources/read', { uri: 'cf-cache://audit/recent' }],
	[
		'completion/complete',
		{ ref: { type: 'ref/prompt', name: 'diagnose_miss' }, argument: { name: 'zone', value: '' } },
	],
])(
	'%s with %o reads beside the tools, so that a token without cache:read is asked to step up',
	async (method, params) => {
		const issuer = await startIssuer();
		const { url } = await startServer(issuer);
		const ask = async (scope: string) =>
			send(url, { jsonrpc: '2.0', id: 1, method, params }, { as: await issuer.sign(url, { claims: { scope } }) });
		const { status, headers, text } = await ask('cache:purge openid');
		expect(status).toBe(403);
		expect(headers.get('www-authenticate')).toContain('scope="cache:purge openid cache:read"');
		expect(text).not.toContain('example.com');
		expect((await ask('cache:read')).status).toBe(200);
	},
);

test('metadata is public: a page of any origin may read it, at both addresses', async () => {
	const issuer = await startIssuer();
	const { url } = await startServer(issuer);
	for (const path of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
		const response = await fetch(new URL(path, url), { headers: { origin: 'https://inspector.example.com' } });
		expect(response.headers.get('access-control-allow-origin')).toBe('*');
		expect(await response.json()).toMatchObject({ resource: url, authorization_servers: [issuer.issuer] });
	}
});
