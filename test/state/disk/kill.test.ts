/** Purges whose process ends half-way: the next process finishes them. Real processes, real signals, real files. */
import { performance } from 'node:perf_hooks';
import { env } from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { UnfinishedCall } from '../../../src/call/unfinished.js';
import type { SeenRequest } from '../../../src/sandbox/server.js';
import { temporaryFolder } from '../../support/files.js';
import { type Running, start } from '../../support/process.js';
import { openSandbox } from '../../support/sandbox.js';
import { appliedOf, BUSINESS, filesIn, readJournal, urlsOf } from '../../support/unfinished.js';

/** How many purges are killed. */
const KILLS = Number(env.KILL_SEEDS ?? 50);
/** Purges at the same time: more would only wait for each other on a small machine. */
const WORKERS = 4;
const URLS = urlsOf(5_000, BUSINESS);
const URLS_PER_REQUEST = 100;
/** Requests of one purge that may be under way together. */
const MAX_IN_FLIGHT = 8;
/** The sandbox answers so late that some requests are always under way. */
const LATENCY_MS = 15;

/** Registers what ends a process or a server, as `onTestFinished` does. */
type Until = (end: () => Promise<void>) => void;

/** Starts a sandbox. `arrival(k)` resolves when the k-th purge request from now on arrives. */
async function startObservedSandbox(until: Until = onTestFinished) {
	const arrivedAtMs: number[] = [];
	let awaited: { remaining: number; resolve: () => void } | undefined;
	const onRequest = ({ method }: SeenRequest) => {
		arrivedAtMs.push(performance.now());
		if (awaited && method === 'POST' && --awaited.remaining === 0) awaited.resolve();
	};
	const { url, requests } = await openSandbox({ latencyMs: LATENCY_MS, onRequest }, until);
	const arrival = (k: number) =>
		new Promise<void>((resolve) => {
			awaited = { remaining: k, resolve };
		});
	return { url, requests, arrivedAtMs, arrival };
}

/** Starts the command and initializes the session. */
async function startServer(url: string, state: string, until: Until = onTestFinished): Promise<Running> {
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

function sendCall(server: Running, id: string, name: string, args: Record<string, unknown>): void {
	const params = { name, arguments: args, _meta: { progressToken: id } };
	server.send({ id, method: 'tools/call', params });
}

async function listUnfinished(server: Running): Promise<UnfinishedCall[]> {
	server.send({ id: 'list', method: 'resources/read', params: { uri: 'cf-cache://purges/unfinished' } });
	const { result } = await server.answer('list');
	return JSON.parse((result as { contents: { text: string }[] }).contents[0]?.text ?? '') as UnfinishedCall[];
}

/** A number from 0 to below 1 that looks random and is the same in every run. */
const pseudoRandom = (seed: number) => {
	const value = Math.sin(seed * 12.9898) * 43_758.5453;
	return value - Math.floor(value);
};

/**
 * Kills a purge when its k-th request arrives, for each k that `next` gives. A new process resumes the purge, and is the
 * one to be killed in the purge after that.
 */
async function killAndResume(next: () => number | undefined): Promise<void> {
	const ends: (() => Promise<void>)[] = [];
	const until: Until = (end) => ends.unshift(end);
	const state = temporaryFolder();
	try {
		const { url, requests, arrival } = await startObservedSandbox(until);
		let server = await startServer(url, state, until);
		for (let k = next(); k !== undefined; k = next()) {
			requests.length = 0;
			const arrived = arrival(k);
			sendCall(server, 'purge', 'purge_cache', { zone: BUSINESS, urls: URLS });
			await arrived;
			server.kill('SIGKILL');
			await server.ended;

			server = await startServer(url, state, until);
			const unfinished = await listUnfinished(server);
			expect(unfinished, `killed at request ${k}`).toHaveLength(1);
			sendCall(server, 'resume', 'purge_resume', { resume: unfinished[0]?.resume });
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
		`at ${KILLS} different requests of a purge of 5,000 URLs loses no URL, because the next process resumes the purge`,
		async () => {
			const moments = Array.from({ length: KILLS }, (_, seed) => 1 + Math.floor(pseudoRandom(seed + 1) * 49));
			await Promise.all(Array.from({ length: WORKERS }, () => killAndResume(() => moments.pop())));
		},
		60_000 + KILLS * 5_000,
	);
});

describe.for<readonly [what: string, end: (server: Running) => void]>([
	['SIGTERM', (server) => server.kill('SIGTERM')],
	['SIGINT', (server) => server.kill('SIGINT')],
	['SIGHUP', (server) => server.kill('SIGHUP')],
	['the end of stdin', (server) => server.endInput()],
])('%s during a purge of 20,000 URLs', ([, end]) => {
	test('lets no request leave after one second, and the handle holds exactly the remaining URLs', async () => {
		const urls = urlsOf(20_000, BUSINESS);
		const state = temporaryFolder();
		const { url, requests, arrivedAtMs, arrival } = await startObservedSandbox();
		const server = await startServer(url, state);
		const arrived = arrival(20);
		sendCall(server, 'purge', 'purge_cache', { zone: BUSINESS, urls });
		await arrived;
		const endedAtMs = performance.now();
		end(server);
		expect((await server.ended).code).toBe(0);
		expect((arrivedAtMs.at(-1) ?? 0) - endedAtMs).toBeLessThan(1_000);
		expect(filesIn(state, '.lock')).toEqual([]);
		const [name = ''] = filesIn(state, '.jsonl');
		const { remaining } = readJournal(state, name.replace('.jsonl', ''));
		const applied = new Set(appliedOf(requests));
		const resumable = new Set(remaining);
		expect(urls.filter((one) => !applied.has(one) && !resumable.has(one))).toEqual([]);
		// Only the requests that were under way at that moment may be in both.
		const inBoth = remaining.filter((one) => applied.has(one));
		expect(inBoth.length).toBeLessThanOrEqual(MAX_IN_FLIGHT * URLS_PER_REQUEST);
		expect(remaining.length).toBeGreaterThan(0);
	});
});
