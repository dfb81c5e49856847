/** Purges whose process ends half-way: the next process finishes them. Real processes, real signals, real files. */
import { env } from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { UnfinishedCall } from '../../../src/call/unfinished.js';
import type { SeenRequest } from '../../../src/sandbox/server.js';
import { temporaryFolder } from '../../support/files.js';
import { endTimers, holdTimers } from '../../support/held-timers.js';
import { holdRequests } from '../../support/holding-api.js';
import { type Running, start, type Until } from '../../support/process.js';
import { openSandbox } from '../../support/sandbox.js';
import { ZONE } from '../../support/session.js';
import { appliedOf, FREE, filesIn, readJournal, tagsOf } from '../../support/unfinished.js';

/** How many purges are killed. */
const KILLS = Number(env.KILL_SEEDS ?? 50);
/** Purges at the same time: more would only wait for each other on a small machine. */
const WORKERS = 4;
/** 50 requests, which the Enterprise plan lets leave at once. */
const TAGS = tagsOf(5_000);
const TAGS_PER_REQUEST = 100;
/** Requests of one purge that may be under way together. */
const MAX_IN_FLIGHT = 8;
/** The sandbox answers so late that some requests are always under way. */
const LATENCY_MS = 15;
/** How long calls go on after the end of stdin. */
const AFTER_STDIN_MS = 500;
/** How long calls under way may still take when the server closes. */
const DRAIN_MS = 3_000;
/** Requests of tags that the Free plan lets leave at once. The next one leaves 12 s later. */
const FREE_BURST = 24;

/** Starts a sandbox. `arrival(k)` resolves when the k-th purge request from now on arrives. */
async function startObservedSandbox(until: Until) {
	let awaited: { remaining: number; resolve: () => void } | undefined;
	const onRequest = ({ method }: SeenRequest) => {
		if (awaited && method === 'POST' && --awaited.remaining === 0) awaited.resolve();
	};
	const { url, requests } = await openSandbox({ latencyMs: LATENCY_MS, onRequest }, until);
	const arrival = (k: number) =>
		new Promise<void>((resolve) => {
			awaited = { remaining: k, resolve };
		});
	return { url, requests, arrival };
}

/** Starts the command and initializes the session. */
async function startServer(url: string, state: string, until: Until = onTestFinished): Promise<Running> {
	const server = start(['--state-dir', state, '--log-level', 'info'], {
		env: { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: url },
		nodeFlags: [holdTimers(AFTER_STDIN_MS, DRAIN_MS)],
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
			sendCall(server, 'purge', 'purge_cache', { zone: ZONE, tags: TAGS });
			await arrived;
			server.kill('SIGKILL');
			await server.ended;

			server = await startServer(url, state, until);
			const unfinished = await listUnfinished(server);
			expect(unfinished, `killed at request ${k}`).toHaveLength(1);
			sendCall(server, 'resume', 'purge_resume', { resume: unfinished[0]?.resume });
			const { result } = await server.answer('resume');
			expect(result, `killed at request ${k}`).toMatchObject({ structuredContent: { status: 'done' } });
			expect(new Set(appliedOf(requests)), `killed at request ${k}`).toEqual(new Set(TAGS));
			expect(filesIn(state), `killed at request ${k}`).toEqual([]);
		}
	} finally {
		for (const end of ends) await end();
	}
}

describe('kill -9', () => {
	test(
		`at ${KILLS} different requests of a purge of 5,000 tags loses no tag, because the next process resumes the purge`,
		async () => {
			const moments = Array.from({ length: KILLS }, (_, seed) => 1 + Math.floor(pseudoRandom(seed + 1) * 49));
			await Promise.all(Array.from({ length: WORKERS }, () => killAndResume(() => moments.pop())));
		},
		120_000 + KILLS * 5_000,
	);
});

describe.for<readonly [what: string, end: (server: Running) => Promise<void>]>([
	...(['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map(
		(signal) =>
			[
				signal,
				async (server: Running) => {
					server.kill(signal);
					await server.saw('stderr', 'closing: asked to stop');
				},
			] as const,
	),
	[
		'half a second after the end of stdin',
		async (server) => {
			server.endInput();
			await server.saw('stderr', 'closing: stdin ended');
			await endTimers(server, AFTER_STDIN_MS);
		},
	],
])('%s, during a purge of 5,000 tags,', ([, end]) => {
	test('no other request leaves, and the handle holds exactly the remaining tags', async () => {
		const state = temporaryFolder();
		const sandbox = await openSandbox();
		let sent = 0;
		const api = await holdRequests(sandbox, (method) => method === 'POST' && ++sent > 20);
		const server = await startServer(api.url, state);
		sendCall(server, 'purge', 'purge_cache', { zone: ZONE, tags: TAGS });
		const underWay = [];
		while (underWay.length < MAX_IN_FLIGHT) underWay.push(await api.next());
		await end(server);
		for (const request of underWay) request.release();
		expect((await server.ended).code).toBe(0);
		expect(sent).toBe(20 + MAX_IN_FLIGHT);
		expect(filesIn(state, '.lock')).toEqual([]);
		const [name = ''] = filesIn(state, '.jsonl');
		const { remaining } = readJournal(state, name.replace('.jsonl', ''));
		const applied = new Set(appliedOf(sandbox.requests));
		expect(remaining).toEqual(TAGS.filter((one) => !applied.has(one)));
	});
});

test('SIGTERM while a purge waits for its turn at the API ends that wait, and the handle holds the remaining tags', async () => {
	const state = temporaryFolder();
	const { url, requests, arrival } = await startObservedSandbox(onTestFinished);
	const server = await startServer(url, state);
	const arrived = arrival(FREE_BURST);
	// Its last request would leave after five minutes.
	sendCall(server, 'purge', 'purge_cache', { zone: FREE, tags: TAGS });
	await arrived;
	server.kill('SIGTERM');
	// The time that calls may still take is held, so that it does not end them.
	expect((await server.ended).code).toBe(0);
	const [name = ''] = filesIn(state, '.jsonl');
	const applied = new Set(appliedOf(requests));
	expect(applied.size).toBeGreaterThanOrEqual(FREE_BURST * TAGS_PER_REQUEST);
	expect(readJournal(state, name.replace('.jsonl', '')).remaining).toEqual(TAGS.filter((one) => !applied.has(one)));
});
