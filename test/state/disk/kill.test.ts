/** A process that ends in the middle of a purge: the next one finishes it. Real processes, real signals, real files. */
import { env } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type SeenRequest, startSandbox } from '../../../src/sandbox/server.js';
import { type Running, start } from '../../support/process.js';
import { appliedOf, BUSINESS, filesIn, folder, type Listed, readJournal, urlsOf } from '../../support/unfinished.js';

/** How many moments are tried. */
const SEEDS = Number(env.KILL_SEEDS ?? 50);
/** Purges at once: more would only wait for each other on a small machine. */
const AT_ONCE = 4;
const URLS = urlsOf(5_000, BUSINESS);
/** Answers take so long (milliseconds): some requests are always on their way. */
const LATENCY = 15;

type Until = (end: () => Promise<void>) => void;

/** A sandbox that tells when the k-th purge from now on has arrived. */
async function sandbox(until: Until = onTestFinished) {
	const requests: SeenRequest[] = [];
	let waiting: { left: number; tell: () => void } | undefined;
	const running = await startSandbox({
		latency: LATENCY,
		onRequest: (request) => {
			requests.push(request);
			if (waiting && request.method === 'POST' && --waiting.left === 0) waiting.tell();
		},
	});
	until(() => running.close());
	return {
		url: running.url,
		requests,
		arrival: (k: number) =>
			new Promise<void>((tell) => {
				waiting = { left: k, tell };
			}),
	};
}

/** A started server that has been introduced. */
async function serve(url: string, state: string, until: Until = onTestFinished): Promise<Running> {
	const server = start(['--state-dir', state], {
		env: { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: url },
		until,
	});
	server.send({
		id: 'hello',
		method: 'initialize',
		params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } },
	});
	await server.answer('hello');
	server.send({ method: 'notifications/initialized' });
	return server;
}

const purge = (server: Running, id: string, args: Record<string, unknown>) =>
	server.send({
		id,
		method: 'tools/call',
		params: { name: 'purge_cache', arguments: args, _meta: { progressToken: id } },
	});

async function list(server: Running): Promise<Listed[]> {
	server.send({ id: 'list', method: 'resources/read', params: { uri: 'cf-cache://purges/unfinished' } });
	const { result } = await server.answer('list');
	return JSON.parse((result as { contents: { text: string }[] }).contents[0]?.text ?? '') as Listed[];
}

/** The n-th number of a sequence, from 0 to below 1. */
const draw = (n: number) => {
	const value = Math.sin(n * 12.9898) * 43_758.5453;
	return value - Math.floor(value);
};

/**
 * Kills a purge after its k-th request, for each k; the next process finishes it, and is the one to be killed in the
 * purge after that.
 */
async function killAtEach(take: () => number | undefined): Promise<void> {
	const ends: (() => Promise<void>)[] = [];
	const until: Until = (end) => ends.unshift(end);
	const state = folder();
	try {
		const { url, requests, arrival } = await sandbox(until);
		let server = await serve(url, state, until);
		for (let k = take(); k !== undefined; k = take()) {
			requests.length = 0;
			const reached = arrival(k);
			purge(server, 'purge', { zone: BUSINESS, urls: URLS });
			await reached;
			server.kill('SIGKILL');
			await server.ended;

			server = await serve(url, state, until);
			const unfinished = await list(server);
			expect(unfinished, `killed at request ${k}`).toHaveLength(1);
			purge(server, 'resume', { resume: unfinished[0]?.resume });
			const { result } = await server.answer('resume');
			expect(result, `killed at request ${k}`).toMatchObject({ structuredContent: { status: 'done' } });
			expect(new Set(appliedOf(requests)), `killed at request ${k}`).toEqual(new Set(URLS));
			expect(filesIn(state), `killed at request ${k}`).toEqual([]);
		}
	} finally {
		for (const end of ends) await end();
	}
}

describe('kill -9', () => {
	test(
		`in the middle of 5,000 URLs loses none of them, at each of ${SEEDS} moments`,
		async () => {
			const moments = Array.from({ length: SEEDS }, (_, seed) => 1 + Math.floor(draw(seed + 1) * 49));
			await Promise.all(Array.from({ length: AT_ONCE }, () => killAtEach(() => moments.pop())));
		},
		60_000 + SEEDS * 5_000,
	);
});

describe.each<readonly [what: string, end: (server: Running) => void]>([
	['SIGTERM', (server) => server.kill('SIGTERM')],
	['SIGINT', (server) => server.kill('SIGINT')],
	['SIGHUP', (server) => server.kill('SIGHUP')],
	['a client that has gone', (server) => server.endInput()],
])('%s in the middle of a purge', (_, end) => {
	test('stops it within a second, and the handle holds the exact rest', async () => {
		const urls = urlsOf(20_000, BUSINESS);
		const state = folder();
		const { url, requests, arrival } = await sandbox();
		const server = await serve(url, state);
		const reached = arrival(20);
		purge(server, 'purge', { zone: BUSINESS, urls });
		await reached;
		end(server);
		await wait(1_000);
		const sent = requests.length;
		const { code } = await server.ended;
		expect(code).toBe(0);
		expect(requests.length - sent).toBe(0);
		expect(filesIn(state, '.lock')).toEqual([]);
		const [name = ''] = filesIn(state, '.jsonl');
		const { left } = readJournal(state, name.replace('.jsonl', ''));
		const applied = new Set(appliedOf(requests));
		const rest = new Set(left);
		expect(urls.filter((one) => !applied.has(one) && !rest.has(one))).toEqual([]);
		// Only what was on its way at that moment may be both.
		expect(left.filter((one) => applied.has(one)).length).toBeLessThanOrEqual(8 * 100);
		expect(left.length).toBeGreaterThan(0);
	});
});
