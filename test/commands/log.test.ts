/** Tests what the server tells on stderr: its start, every request and every call, and nothing that is secret. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { failure, RAY, startUpstream, success, withZone } from '../support/api.js';
import { temporaryFile } from '../support/files.js';
import { finish } from '../support/process.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

/** A line of the log in JSON. */
interface Line {
	level: string;
	message: string;
	[fact: string]: unknown;
}

const CALL_ID = /^[\da-f]{8}-[\da-f-]{27}$/;

/** Starts a server that logs in JSON, lets it work, and returns the lines that it wrote. */
async function linesOf(
	flags: string[],
	upstream: string | undefined,
	work: (call: (name: string, args: Record<string, unknown>) => Promise<unknown>) => Promise<unknown>,
): Promise<Line[]> {
	const all = ['--log-format', 'json', ...flags];
	const { server, call } = await openSession({
		over: 'stdio',
		raw: true,
		...(upstream !== undefined && { upstream }),
		flags: all,
	});
	await work(call);
	server.endInput();
	await server.ended;
	const lines = server.stderr().split('\n').filter(Boolean);
	// The API of these tests is not Cloudflare's, and the start warns of that.
	return lines.map((line) => JSON.parse(line) as Line).filter(({ level }) => level !== 'warn');
}

describe('the log at debug', () => {
	test('tells version, options that were set, and the number of tools at the start', async () => {
		const flags = ['--zones', ZONE, '--retries', '1', '--toolsets', 'reserve', '--log-level', 'debug'];
		const [begin, tools] = await linesOf(flags, undefined, async () => undefined);
		expect(begin).toMatchObject({
			level: 'debug',
			message: 'start',
			version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
			command: 'serve',
			node: process.version,
			pid: expect.any(Number),
			zones: '[{"name":"example.com"}]',
			toolsets: '["reserve"]',
			retries: '1',
			CLOUDFLARE_API_TOKEN: '[set]',
		});
		expect(begin).not.toHaveProperty('timeout');
		expect(tools).toMatchObject({ message: 'tools listed', count: 4 });
	});

	test('hides options that may hold a secret', async () => {
		const env = { HTTPS_PROXY: 'http://user:pass@proxy.example:3128', CLOUDFLARE_API_TOKEN: 'short' };
		const flags = ['--log-level', 'debug', '--token-command', 'print-it hunter22'];
		const { stderr } = await finish(flags, { env });
		expect(stderr).toContain('token-command=[set]');
		expect(stderr).toContain('HTTPS_PROXY=[set]');
		expect(stderr).not.toMatch(/pass@|hunter22|short/);
	});

	test('tells method, path, status, time, attempt, wait, ray and call of every request', async () => {
		let refusals = 1;
		const upstream = await startUpstream(
			withZone(({ method }) => {
				if (method === 'GET') return success([]);
				return refusals-- > 0 ? { ...failure(429), headers: { 'retry-after': '1' } } : success({ id: ZONE_ID });
			}),
		);
		const lines = await linesOf(['--log-level', 'debug'], upstream.url, (call) =>
			call('purge_cache', { zone: ZONE_ID, tags: ['secret-tag'] }),
		);
		const requests = lines.filter(({ message }) => message === 'request');
		const [lookUp, refused, repeated] = requests;
		const call = lookUp?.call;
		expect(call).toMatch(CALL_ID);
		const common = { level: 'debug', cf_ray: RAY, call, ms: expect.any(Number) };
		expect(lookUp).toMatchObject({ ...common, method: 'GET', path: `/zones/${ZONE_ID}`, status: 200, attempt: 1 });
		const path = `/zones/${ZONE_ID}/purge_cache`;
		expect(refused).toMatchObject({ ...common, method: 'POST', path, status: 429, attempt: 1 });
		expect(refused?.error).toMatch(/^Cloudflare refused/);
		expect(repeated).toMatchObject({ ...common, method: 'POST', path, status: 200, attempt: 2 });
		expect(repeated?.waited_ms).toBeGreaterThanOrEqual(900);
		expect(requests).toHaveLength(3);
		expect(JSON.stringify(lines)).not.toContain('secret-tag');
	});

	test('tells of a request without an answer', async () => {
		const upstream = await startUpstream(['break']);
		const lines = await linesOf(['--log-level', 'debug', '--retries', '0'], upstream.url, (call) =>
			call('cache_reserve_get', { zone: ZONE_ID }),
		);
		expect(lines.find(({ message }) => message === 'request')).toMatchObject({
			status: null,
			error: expect.stringContaining('127.0.0.1'),
		});
	});
});

describe('the log at info', () => {
	test('tells each call with its outcome, and no request', async () => {
		const lines = await linesOf(['--log-level', 'info'], undefined, async (call) => {
			await call('cache_reserve_get', { zone: ZONE });
			await call('purge_cache', { zone: ZONE, tags: ['a', 'b'] });
			await call('purge_cache', { zone: ZONE, tags: ['secret tag'] });
			await call('purge_everything', { zone: 'missing.example' });
		});
		const call = { level: 'info', message: 'call', call: expect.stringMatching(CALL_ID), ms: expect.any(Number) };
		expect(lines.filter(({ message }) => message === 'call')).toEqual([
			{ ...call, time: expect.any(String), tool: 'cache_reserve_get', zone: ZONE, outcome: 'done' },
			{ ...call, time: expect.any(String), tool: 'purge_cache', zone: ZONE, outcome: 'done', tags: 2 },
			{ ...call, time: expect.any(String), tool: 'purge_cache', outcome: 'invalid', changed: 'no' },
			{ ...call, time: expect.any(String), tool: 'purge_everything', outcome: 'invalid', changed: 'no' },
		]);
		expect(lines.map(({ message }) => message)).toEqual(['call', 'call', 'call', 'call', 'closing: stdin ended']);
	});

	test('says what Cloudflare refused a call with, but not in its words, which may repeat arguments', async () => {
		const upstream = await startUpstream([failure(403, { code: 10000, message: 'not for secret.example' })]);
		const [line] = await linesOf(['--log-level', 'info'], upstream.url, (call) =>
			call('cache_reserve_get', { zone: ZONE_ID }),
		);
		expect(line).toMatchObject({ outcome: 'failed', reason: `Cloudflare 10000 · HTTP 403 · cf-ray ${RAY}` });
		expect(JSON.stringify(line)).not.toContain('secret.example');
	});

	test('names a call as the audit log does', async () => {
		const path = temporaryFile('audit.jsonl', '');
		const flags = ['--sandbox', '--log-level', 'info', '--audit-log', path];
		const { stderr } = await finish(['call', 'purge_cache', ...flags, '--zone', ZONE, '--tags', 'a']);
		const [, end = ''] = readFileSync(path, 'utf8').split('\n').filter(Boolean);
		const { call } = JSON.parse(end) as { call: string };
		expect(stderr).toMatch(
			new RegExp(`^cloudflare-cache-mcp: info: call tool=purge_cache zone=${ZONE} .*call=${call}$`, 'm'),
		);
	});
});

test('the log at its default level says nothing of a session that goes well', async () => {
	const { server, call } = await openSession({ over: 'stdio', raw: true });
	await call('cache_reserve_get', { zone: ZONE });
	server.endInput();
	await server.ended;
	expect(server.stderr()).toMatch(/^(cloudflare-cache-mcp: warn: requests carry the token to 127\.0\.0\.1:\d+.*\n)?$/);
});
