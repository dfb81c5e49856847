/** A server over HTTP that is asked to stop: it loses no request, leaves handles that others can take at once, and ends in time. */
import { once } from 'node:events';
import { type IncomingMessage, request as openRequest } from 'node:http';
import { json } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../support/clock.js';
import { temporaryFolder } from '../../support/files.js';
import { holdRequests } from '../../support/holding-api.js';
import { call, holdScopes, readEvents, request, type ServedOptions, send, serveHttp } from '../../support/http.js';
import { type Running, start } from '../../support/process.js';
import { openSandbox } from '../../support/sandbox.js';
import { tagsOf } from '../../support/unfinished.js';

const ZONE = { zone: 'example.com' };
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
const PURGE = call('purge_cache', { ...ZONE, tags: tagsOf(1_200) });
/** Requests of a purge under way at once. */
const AT_ONCE = 8;

async function open(options: ServedOptions = {}, isHeld?: (method: string) => boolean) {
	const sandbox = await openSandbox();
	const api = await holdRequests(sandbox, isHeld);
	const clock = createManualClock();
	return { api, sandbox, clock, ...(await serveHttp({ clock, ...options, upstream: api.url })) };
}

const resultOf = async (answer: Promise<Response>) =>
	(
		(await (await answer).json()) as {
			result: { structuredContent?: Record<string, unknown>; content: { text: string }[] };
		}
	).result;

describe('a server that drains', () => {
	test('tells so at once, and still serves for 5 s where a load balancer asks', async () => {
		const { server, post, clock, url } = await open({ isWatched: true });
		expect(server.isDraining).toBe(false);
		const drained = server.drain();
		expect(server.isDraining).toBe(true);
		await clock.run(4_999);
		expect((await post(PING)).status).toBe(200);
		await clock.run(5_000);
		await drained;
		await expect(send(url, PING)).rejects.toThrow('fetch failed');
	});

	test('ends at once where nothing is under way and no load balancer asks', async () => {
		const { server, clock, post } = await open();
		await post(PING);
		await server.drain();
		expect(clock.elapsed()).toBe(0);
	});

	test('lets a purge of several requests stop, whose handle another server takes at once', async () => {
		const stateDir = temporaryFolder();
		const { server, api, sandbox, url, clock } = await open({ stateDir });
		const answer = request(url, PURGE);
		const held = [];
		for (let at = 0; at < AT_ONCE; at += 1) held.push(await api.next());
		const drained = server.drain();
		for (const one of held) one.release();
		const { structuredContent } = await resultOf(answer);
		expect(structuredContent).toMatchObject({ status: 'partial', resume: expect.any(String) });
		await drained;
		expect(clock.elapsed()).toBe(0);
		api.open();
		const other = await serveHttp({ upstream: api.url, stateDir });
		const { messages } = await other.post(call('purge_resume', { resume: structuredContent?.resume }));
		expect(messages[0]?.result?.structuredContent).toMatchObject({ status: 'done' });
		expect(sandbox.changes()).toHaveLength(12);
	});

	test('gives a change of one request its time, and sends it once', async () => {
		const { server, api, sandbox, url, clock } = await open();
		const answer = request(url, call('purge_cache', { ...ZONE, tags: ['a'] }));
		const held = await api.next();
		const drained = server.drain();
		await clock.run(19_000);
		held.release();
		expect((await resultOf(answer)).structuredContent).toMatchObject({ status: 'done' });
		await drained;
		expect(sandbox.changes()).toHaveLength(1);
	});

	test('interrupts after 20 s what has not ended, and answers it', async () => {
		const { server, api, url, clock } = await open({}, () => true);
		const answer = request(url, call('cache_reserve_get', ZONE));
		await api.next();
		const drained = server.drain();
		await clock.run(19_999);
		await clock.run(20_000);
		expect((await resultOf(answer)).content[0]?.text).toContain('The server is closing.');
		await drained;
		expect(clock.elapsed()).toBe(20_000);
	});

	test('ends within 30 s beside a call without an answer and a body that never comes', async () => {
		const { server, endpoint, api, url, port, clock } = await open({ isWatched: true }, () => true);
		const answer = request(url, call('cache_reserve_get', ZONE));
		await api.next();
		const headers = { 'content-type': 'application/json' };
		const upload = openRequest({ port, host: '127.0.0.1', method: 'POST', path: '/mcp', headers, agent: false });
		const broken = once(upload, 'error');
		upload.write('{');
		await expect.poll(() => endpoint.inFlight).toBe(2);
		const drained = server.drain();
		await clock.run(5_000);
		await clock.run(25_000);
		expect((await resultOf(answer)).content[0]?.text).toContain('The server is closing.');
		// One wait for the answer, and one for the connections.
		await expect.poll(() => clock.slept.filter((milliseconds) => milliseconds === 2_000)).toHaveLength(2);
		await clock.run(27_000);
		await Promise.all([drained, broken]);
		expect(clock.elapsed()).toBe(27_000);
	});

	test('lets a purge send nothing whose scopes are still looked at', async () => {
		const scopes = holdScopes();
		const { server, sandbox, url } = await open(scopes, () => false);
		const answer = request(url, PURGE);
		await scopes.asked;
		const drained = server.drain();
		scopes.open();
		expect((await resultOf(answer)).content[0]?.text).toContain('The server is closing.');
		await drained;
		expect(sandbox.changes()).toEqual([]);
	});

	test('refuses a change whose body was on its way, and changes nothing', async () => {
		const { server, endpoint, port, sandbox } = await open();
		const headers = { 'content-type': 'application/json' };
		const upload = openRequest({ port, host: '127.0.0.1', method: 'POST', path: '/mcp', headers, agent: false });
		const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
		const body = JSON.stringify(call('purge_cache', { ...ZONE, tags: ['a'] }));
		upload.write(body.slice(0, 20));
		await expect.poll(() => endpoint.inFlight).toBe(1);
		const drained = server.drain();
		upload.end(body.slice(20));
		const [response] = await answered;
		expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
		expect(await json(response)).toMatchObject({
			error: { message: 'The server is closing. Nothing was done. Try again in 1 s.' },
		});
		await drained;
		expect(sandbox.requests).toEqual([]);
	});

	test('closes forms at once, and changes nothing', async () => {
		const { server, url, open: openSession, sandbox } = await open();
		const session = await openSession({ forms: true });
		const response = await request(url, call('purge_everything', ZONE), { session });
		const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
		expect(readEvents((await reader?.read())?.value ?? '')[0]?.method).toBe('elicitation/create');
		await server.drain();
		let rest = '';
		for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) rest += chunk.value;
		expect(rest).toContain('The server is closing.');
		expect(sandbox.changes()).toEqual([]);
	});

	test('ends subscriptions with their answer', async () => {
		const { server, url } = await open();
		const _meta = {
			'io.modelcontextprotocol/protocolVersion': '2026-07-28',
			'io.modelcontextprotocol/clientCapabilities': {},
		};
		const method = 'subscriptions/listen';
		const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method };
		const params = { _meta, notifications: { toolsListChanged: true } };
		const response = await request(url, { jsonrpc: '2.0', id: 1, method, params }, { headers });
		await server.drain();
		const messages = readEvents(await response.text());
		expect(messages.map((message) => message.method ?? message.id)).toEqual([
			'notifications/subscriptions/acknowledged',
			1,
		]);
	});
});

describe('the built command over HTTP', () => {
	const env = (url: string, stateDir: string) => ({
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: url,
		CF_CACHE_STATE_DIR: stateDir,
	});

	async function listen(server: Running): Promise<string> {
		await server.saw('stderr', 'listening on ');
		return /listening on (http\S+)/.exec(server.stderr())?.[1] ?? '';
	}

	test('leaves a purge at SIGTERM that its successor finishes at once, without sending anything twice', async () => {
		const sandbox = await openSandbox();
		const api = await holdRequests(sandbox);
		const stateDir = temporaryFolder();
		const first = start(['--http', '0', '--log-level', 'info'], { env: env(api.url, stateDir) });
		const answer = request(await listen(first), PURGE);
		const held = [];
		for (let at = 0; at < AT_ONCE; at += 1) held.push(await api.next());
		first.kill('SIGTERM');
		await first.saw('stderr', 'closing: asked to stop');
		for (const one of held) one.release();
		const { structuredContent } = await resultOf(answer);
		expect(structuredContent).toMatchObject({ status: 'partial' });
		expect(await first.ended).toEqual({ code: 0, signal: null });
		api.open();
		const second = start(['--http', '0'], { env: env(api.url, stateDir) });
		const { messages } = await send(await listen(second), call('purge_resume', { resume: structuredContent?.resume }));
		expect(messages[0]?.result?.structuredContent).toMatchObject({ status: 'done' });
		expect(sandbox.changes()).toHaveLength(12);
	});

	test('ends at once at a second signal', async () => {
		const sandbox = await openSandbox();
		const api = await holdRequests(sandbox);
		const server = start(['--http', '0', '--log-level', 'info'], { env: env(api.url, temporaryFolder()) });
		const broken = expect(request(await listen(server), PURGE)).rejects.toThrow('fetch failed');
		await api.next();
		server.kill('SIGTERM');
		await server.saw('stderr', 'closing: asked to stop');
		server.kill('SIGTERM');
		expect(await server.ended).toEqual({ code: null, signal: 'SIGTERM' });
		await broken;
	});

	test('says where it listens in one line at every log level, and keeps stdout free', async () => {
		const server = start(['--http', '0', '--sandbox', '--log-level', 'error']);
		const url = await listen(server);
		expect((await send(url, PING)).status).toBe(200);
		server.kill('SIGINT');
		expect(await server.ended).toEqual({ code: 0, signal: null });
		expect(server.stderr()).toBe(`cloudflare-cache-mcp: info: listening on ${url}\n`);
		expect(server.stdout()).toBe('');
	});

	test('says so in one line of JSON too', async () => {
		const server = start(['--http', '0', '--sandbox', '--log-level', 'error', '--log-format', 'json']);
		await server.saw('stderr', 'listening on ');
		expect(JSON.parse(server.stderr())).toMatchObject({ level: 'info', message: expect.stringMatching(/:\d+\/mcp$/) });
	});

	test('refuses a port that is taken, in one line and with code 2', async () => {
		const first = start(['--http', '0', '--sandbox']);
		const { port } = new URL(await listen(first));
		const second = start(['--http', port, '--sandbox']);
		expect(await second.ended).toEqual({ code: 2, signal: null });
		expect(second.stderr()).toBe(`cloudflare-cache-mcp: --http 127.0.0.1:${port} cannot be used (EADDRINUSE)\n`);
	});
});
