/** Large purges by the built command on real time, against a sandbox that enforces the limits: prints ratios to the best possible. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, expect, test } from 'vitest';
import { rateOf } from '../../src/cloudflare/limits.js';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.js';
import { preload, start } from '../process.js';

const BUSINESS = 'example.biz';
const ENTERPRISE = 'example.com';
/** Time on the way to a data centre and back (milliseconds). */
const LATENCY = 30;
/** Slower than this share of the best possible is too slow. */
const RATIO = 1.15;
/** Bytes that the server may take at most. */
const MEMORY = 150 * 1024 * 1024;
/** Longest time that the server may hear nobody (milliseconds). */
const BLOCK = 50;

/**
 * Told to start anew on SIGUSR2, when the server has started; says what it saw when the process ends. A block is time in
 * which the process worked and heard nobody: time in which the machine did something else is not held against it. Memory
 * is that of this program: what getrusage tells begins with that of the process it was forked from.
 */
const GAUGE = preload(`
	import { readFileSync } from 'node:fs';
	import { performance } from 'node:perf_hooks';
	let block = 0;
	let at = performance.now();
	let used = process.cpuUsage();
	setInterval(() => {
		const now = performance.now();
		const { user, system } = process.cpuUsage(used);
		block = Math.max(block, Math.min(now - at, (user + system) / 1e3) - 1);
		at = now;
		used = process.cpuUsage();
	}, 1).unref();
	process.on('SIGUSR2', () => { block = 0; });
	process.on('exit', () => {
		let memory = process.resourceUsage().maxRSS * 1024;
		try {
			memory = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
		} catch {}
		process.stderr.write('gauge ' + JSON.stringify({ block, memory }) + '\\n');
	});
`);

const tagsOf = (amount: number, from = 0) => Array.from({ length: amount }, (_, at) => `tag-${from + at}`);
const urlsOf = (amount: number, host: string, from = 0) =>
	Array.from({ length: amount }, (_, at) => `https://${host}/articles/of-the-day/${from + at}`);

/** Seconds that a full bucket makes so many tokens take. */
const fastest = (group: 'urls' | 'requests', plan: string, tokens: number) => {
	const { refill, burst } = rateOf(group, plan);
	return Math.max(0, tokens - burst) / refill;
};

const table: Record<string, string>[] = [];
const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
	for (const end of ends.reverse()) await end();
	process.stdout.write(`\n${print(table)}\n`);
});

/** Starts all of it, sends the calls at once, waits for their answers, and measures. */
async function measure(
	name: string,
	calls: readonly Record<string, unknown>[],
	best: number,
	options: SandboxOptions = {},
) {
	const statuses: number[] = [];
	let firstPurge = Number.NaN;
	const sandbox = await startSandbox({
		limits: 'strict',
		latency: LATENCY,
		...options,
		onRequest: ({ method, status }) => {
			if (method === 'POST' && Number.isNaN(firstPurge)) firstPurge = performance.now();
			statuses.push(status);
		},
	});
	ends.push(() => sandbox.close());
	const state = mkdtempSync(join(tmpdir(), 'bench-'));
	ends.push(async () => rmSync(state, { recursive: true, force: true }));
	const server = start(['--state-dir', state], {
		env: { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: sandbox.url },
		nodeFlags: [GAUGE],
		until: (end) => ends.push(end),
	});
	const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '0' } };
	server.send({ id: 'hello', method: 'initialize', params: hello });
	await server.answer('hello');
	server.send({ method: 'notifications/initialized' });
	server.send({ id: 'zones', method: 'tools/call', params: { name: 'zones_list', arguments: {} } });
	await server.answer('zones');
	server.kill('SIGUSR2');
	const began = performance.now();
	calls.forEach((args, id) => {
		server.send({
			id,
			method: 'tools/call',
			params: { name: 'purge_cache', arguments: args, _meta: { progressToken: id } },
		});
	});
	const answers = await Promise.all(calls.map((_, id) => server.answer(id)));
	const seconds = (performance.now() - began) / 1_000;
	server.endInput();
	await server.ended;
	const gauge = JSON.parse(/^gauge (.*)$/m.exec(server.stderr())?.[1] ?? '{}') as { block: number; memory: number };
	const refused = statuses.filter((status) => status === 429).length;
	const ratio = best > 0 ? seconds / best : Number.NaN;
	table.push({
		scenario: name,
		requests: String(statuses.length),
		'HTTP 429': String(refused),
		'first after': `${((firstPurge - began) / 1_000).toFixed(1)} s`,
		seconds: seconds.toFixed(1),
		best: best > 0 ? best.toFixed(1) : '–',
		ratio: best > 0 ? ratio.toFixed(3) : '–',
		'peak RSS': `${(gauge.memory / 1024 / 1024).toFixed(0)} MB`,
		'longest block': `${gauge.block.toFixed(0)} ms`,
	});
	for (const { result } of answers) expect.soft(result).toMatchObject({ structuredContent: { status: 'done' } });
	expect.soft(refused, `${name}: HTTP 429`).toBe(0);
	// What the server complains about is part of what it does.
	expect.soft(server.stderr().replace(/^gauge .*\n/m, ''), `${name}: stderr`).toBe('');
	return { seconds, ratio, ...gauge };
}

const urls = urlsOf(20_000, BUSINESS);
const tags = tagsOf(6_000);
const best = Math.max(fastest('urls', 'business', 20_000), fastest('requests', 'business', 60));
let alone = Number.NaN;

test('20,000 URLs and 6,000 tags on a business plan', async () => {
	const { seconds, ratio } = await measure(
		'20,000 URLs + 6,000 tags, business',
		[{ zone: BUSINESS, urls, tags }],
		best,
	);
	alone = seconds;
	expect(ratio).toBeLessThanOrEqual(RATIO);
});

test('the same as two calls at once', async () => {
	const { seconds, ratio } = await measure(
		'the same as two calls at once',
		[
			{ zone: BUSINESS, urls: urls.slice(0, 10_000), tags: tags.slice(0, 3_000) },
			{ zone: BUSINESS, urls: urls.slice(10_000), tags: tags.slice(3_000) },
		],
		best,
	);
	expect(ratio).toBeLessThanOrEqual(RATIO);
	expect(seconds / alone).toBeLessThanOrEqual(1.1);
});

test('6,000 tags on a business plan', async () => {
	await measure('6,000 tags, business', [{ zone: BUSINESS, tags }], fastest('requests', 'business', 60));
});

test('100,000 URLs on an enterprise plan', async () => {
	const { ratio, memory, block } = await measure(
		'100,000 URLs, enterprise',
		[{ zone: ENTERPRISE, urls: urlsOf(100_000, ENTERPRISE) }],
		fastest('urls', 'enterprise', 100_000),
	);
	expect.soft(ratio).toBeLessThanOrEqual(RATIO);
	expect.soft(memory).toBeLessThan(MEMORY);
	expect.soft(block).toBeLessThan(BLOCK);
});

/** Columns as wide as their widest cell. */
function print(rows: readonly Record<string, string>[]): string {
	const names = Object.keys(rows[0] ?? {});
	const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => (row[name] ?? '').length)));
	const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
	return [line(names), ...rows.map((row) => line(names.map((name) => row[name] ?? '')))].join('\n');
}
