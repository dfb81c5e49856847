/** What operators see of a server over HTTP: its probes, its metrics and its log lines. */
import { describe, expect, test } from 'vitest';
import { temporaryFile } from '../../support/files.js';
import { endTimers, holdTimers } from '../../support/held-timers.js';
import { finish } from '../../support/process.js';
import { READ, startServing } from './serving.js';

const FLAGS = ['--sandbox'];
const NOTICE_MS = 5_000;

describe('a server with --ops', () => {
	test('says where its probes are, is ready, and counts what it answers', async () => {
		const { ops, post } = await startServing(FLAGS);
		expect(await (await fetch(`${ops}/readyz`)).json()).toEqual({ status: 'ready', store: 'local' });
		expect((await post(READ)).status).toBe(200);
		expect((await post(READ, { 'Content-Type': 'text/plain' })).status).toBe(415);
		const metrics = await (await fetch(`${ops}/metrics`)).text();
		expect(metrics).toContain('cf_cache_http_responses_total{status="200"} 1');
		expect(metrics).toContain('cf_cache_http_responses_total{status="415"} 1');
		expect(metrics).toContain('cf_cache_calls_total{tool="cache_reserve_get",outcome="done"} 1');
		expect(metrics).toContain('cf_cache_upstream_requests_total{status="200"} 2');
		expect(metrics).toContain('cf_cache_http_in_flight 0');
		expect(metrics).toContain('cf_cache_store_up 1');
		expect(metrics).toMatch(/^cf_cache_budget_left \d{3,}$/m);
	});

	test('turns unready at SIGTERM, answers for 5 s more, and then ends with code 0', async () => {
		const { server, ops, post, line } = await startServing(FLAGS, {}, [holdTimers(NOTICE_MS)]);
		server.kill('SIGTERM');
		await line('closing: asked to stop');
		const ready = await fetch(`${ops}/readyz`);
		expect([ready.status, await ready.json()]).toEqual([503, { status: 'draining', store: 'local' }]);
		expect((await fetch(`${ops}/healthz`)).status).toBe(200);
		expect((await post(READ)).status).toBe(200);
		await endTimers(server, NOTICE_MS);
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test('does not start where the port of --ops is taken, and says so in one line', async () => {
		const { ops } = await startServing(FLAGS);
		const taken = new URL(ops).host;
		const { code, stderr } = await finish(['--http', '0', '--ops', taken, ...FLAGS]);
		expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
			2,
			`cloudflare-cache-mcp: --ops ${taken} cannot be used (EADDRINUSE)`,
		]);
	});
});

describe('a server without a credential', () => {
	const entry = (more: object) => ({ name: 'ci', sha256: ['0'.repeat(64)], ...more });
	const fileOf = (...principals: object[]) => temporaryFile('policy.json', JSON.stringify({ principals }));
	const OWN = { CI_TOKEN: 'test-token-0123456789' };

	test.for<[string, () => string[], string[]]>([
		['warns where callers do not sign in', () => [], ['warn']],
		['warns where an entry names no token', () => ['--policy', fileOf(entry({}))], ['warn']],
		['says nothing where each entry names one', () => ['--policy', fileOf(entry({ token_env: 'CI_TOKEN' }))], []],
		['says nothing where callers bring their own', () => ['--auth', 'cloudflare'], []],
	])('%s', async ([, flags, levels]) => {
		const { lines } = await startServing(flags(), OWN);
		const warning =
			'No credential: CLOUDFLARE_API_TOKEN is not set. Calls of every caller without a token in the policy file will fail.';
		expect(lines(warning).map(({ level }) => level)).toEqual(levels);
	});
});

describe('a POST', () => {
	test('leaves one line of access, with the id that its answer carries', async () => {
		const { post, line, lines } = await startServing(FLAGS);
		const request = (await post(READ)).headers.get('x-request-id');
		expect(request).toMatch(/^[\da-f-]{36}$/);
		const access = { level: 'info', principal: 'local', method: 'tools/call', status: 200, address: '127.0.0.1' };
		expect(await line(`"message":"http","request":"${request}"`)).toMatchObject({ ...access, ms: expect.any(Number) });
		expect(lines('http')).toHaveLength(1);
	});

	test('leaves no text in the log that is no method of MCP, and nothing of its query', async () => {
		const { post, server, url, line, lines } = await startServing([...FLAGS, '--log-level', 'debug']);
		await post({ ...READ, method: 'secret-0123456789' }, {}, `${url}?token=secret-0123456789`);
		await fetch(`${url}?token=secret-0123456789`);
		await line('"method":"GET"');
		expect(lines('http')).toEqual([
			expect.objectContaining({ level: 'info', method: 'unknown' }),
			expect.objectContaining({ level: 'debug', method: 'GET', path: '/mcp' }),
		]);
		expect(server.stderr()).not.toContain('secret');
	});

	test('of a caller who is not let in leaves a line that says why', async () => {
		const { post, line } = await startServing([...FLAGS, '--auth', 'cloudflare']);
		const answer = await post(READ);
		const access = await line(`"request":"${answer.headers.get('x-request-id')}"`);
		expect(access).toMatchObject({ level: 'info', status: 401, refused: 'missing' });
		expect(access).not.toHaveProperty('principal');
	});

	test('that is refused leaves a line that says why too', async () => {
		const { post, line } = await startServing(FLAGS);
		const answer = await post(READ, { Origin: 'https://evil.example' });
		const access = await line(`"request":"${answer.headers.get('x-request-id')}"`);
		const refused = 'This Origin may not call. The operator can add it to --allowed-origins.';
		expect(access).toMatchObject({ level: 'info', status: 403, refused });
		expect(access).not.toHaveProperty('principal');
	});

	test('has the address that the last proxy saw, only with --trust-proxy', async () => {
		const forwarded = { 'X-Forwarded-For': '198.51.100.9, 203.0.113.7' };
		const trusting = await startServing([...FLAGS, '--trust-proxy']);
		await trusting.post(READ, forwarded);
		expect(await trusting.line('"message":"http"')).toMatchObject({ address: '203.0.113.7' });
		const plain = await startServing(FLAGS);
		await plain.post(READ, forwarded);
		expect(await plain.line('"message":"http"')).toMatchObject({ address: '127.0.0.1' });
	});
});

describe('--audit-log /dev/stdout', () => {
	const PURGE = { ...READ, params: { name: 'purge_cache', arguments: { zone: 'example.com', tags: ['blog'] } } };

	test('writes the lines of each change to stdout, whose request is that of the answer', async () => {
		const { server, post } = await startServing([...FLAGS, '--audit-log', '/dev/stdout']);
		const request = (await post(PURGE)).headers.get('x-request-id');
		await server.saw('stdout', '"outcome":"done"');
		const lines = server.stdout().trim().split('\n');
		expect(lines.map((line) => JSON.parse(line))).toEqual([
			expect.objectContaining({ outcome: 'started', tool: 'purge_cache', request, principal: 'local' }),
			expect.objectContaining({ outcome: 'done', tool: 'purge_cache', request, principal: 'local' }),
		]);
	});
});
