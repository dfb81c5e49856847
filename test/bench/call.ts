/** Measures the call section: what a call costs beyond its API request, one at a time and 32 at once. */
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Pool } from 'undici';
import { rateOf } from '../../src/cloudflare/limits.js';
import { PURGE, RESERVE, ZONE } from './answers.js';
import { interleave, median } from './interleave.js';
import type { RowId } from './rows.js';
import type { Report, Section } from './section.js';
import { callOf, listTools, type Server, STATELESS } from './server.js';
import { environment, SUBJECTS, withUpstream } from './subjects.js';

/** Calls of one batch that are sent one at a time. */
const SEQUENTIAL_CALLS = 300;
/** Reads of one batch that are sent 32 at once: enough that a short burst of another process does not show. */
const CONCURRENT_READS = 2_000;
/** Purges of one batch that are sent 32 at once: fewer, because they empty the rate limiter's bucket. */
const CONCURRENT_PURGES = 600;
/** Pause in which the bucket refills after a batch of purges, so that no purge waits for the rate limit. */
const REFILL_MS = ((SEQUENTIAL_CALLS + CONCURRENT_PURGES) / rateOf('urls', 'enterprise').refillPerSecond) * 1_000;
const IN_FLIGHT = 32;
/** Rounds that are dropped: V8 compiles all of the code only after thousands of calls. */
const WARM_UP_ROUNDS = 8;

type CallOnce = () => Promise<unknown>;

/** Milliseconds of a call that runs alone; calls per second with 32 in flight. */
interface Cost {
	alone: number;
	rate: number;
}

async function measureBatch(callOnce: CallOnce, together: number): Promise<Cost> {
	const times: number[] = [];
	for (let at = 0; at < SEQUENTIAL_CALLS; at++) {
		const began = performance.now();
		await callOnce();
		times.push(performance.now() - began);
	}
	let left = together;
	const began = performance.now();
	await Promise.all(
		Array.from({ length: IN_FLIGHT }, async () => {
			while (left-- > 0) await callOnce();
		}),
	);
	return { alone: median(times), rate: together / ((performance.now() - began) / 1_000) };
}

/** Gives a tool call that checks its answer only for failure. */
function through(
	server: Server,
	tool: string,
	args: Record<string, unknown>,
	meta?: Record<string, unknown>,
): CallOnce {
	const params = callOf(tool, args, meta);
	return async () => {
		const line = await server.ask('tools/call', params).answer;
		if (!line.includes('"content":[') || line.includes('"isError":true')) throw new Error(`failed: ${line}`);
	};
}

/** Gives the request that our server would send, sent by undici alone. */
function direct(pool: Pool, url: string, method: 'GET' | 'POST', target: string, body?: string): CallOnce {
	const path = new URL(url).pathname + target;
	const headers = {
		authorization: `Bearer ${environment(url).CLOUDFLARE_API_TOKEN}`,
		'user-agent': 'bench/0',
		accept: 'application/json',
		...(body !== undefined && { 'content-type': 'application/json' }),
	};
	return async () => {
		const answer = await pool.request({ method, path, headers, ...(body !== undefined && { body }) });
		await answer.body.text();
	};
}

const URLS = ['https://example.com/articles/of-the-day/1'];

export const call: Section = ({ quick, report }) =>
	withUpstream(async (url) => {
		const servers = { ours: SUBJECTS.ours(url), sdk: SUBJECTS.sdk(url), fetch: SUBJECTS.fetch(url) };
		const pool = new Pool(new URL(url).origin, { connections: IN_FLIGHT });
		const runs = { rounds: quick ? 3 : 7, warmUp: WARM_UP_ROUNDS };
		try {
			for (const server of Object.values(servers)) await listTools(server);
			const read = (server: Server) => through(server, 'cache_reserve_get', { zone: ZONE });
			const reads = await measureAll(
				{
					direct: direct(pool, url, 'GET', RESERVE),
					ours: read(servers.ours),
					stateless: through(servers.ours, 'cache_reserve_get', { zone: ZONE }, STATELESS),
					sdk: read(servers.sdk),
					fetch: read(servers.fetch),
				},
				{ ...runs, together: CONCURRENT_READS },
			);
			compare(report, reads.ours, reads.direct, 'call.one', 'call.many');
			compare(report, reads.stateless, reads.direct, 'call.modern', 'call.modern-many');
			compare(report, reads.sdk, reads.direct, 'call.one-sdk', 'call.many-sdk');
			compare(report, reads.fetch, reads.direct, 'call.one-fetch', 'call.many-fetch');
			const purges = await measureAll(
				{
					direct: direct(pool, url, 'POST', PURGE, JSON.stringify({ files: URLS })),
					ours: through(servers.ours, 'purge_cache', { zone: ZONE, urls: URLS }),
				},
				{ ...runs, together: CONCURRENT_PURGES, rest: REFILL_MS },
			);
			compare(report, purges.ours, purges.direct, 'call.purge-one', 'call.purge-many');
		} finally {
			await pool.destroy();
			for (const server of Object.values(servers)) await server.kill();
		}
	});

async function measureAll<Name extends string>(
	subjects: Readonly<Record<Name, CallOnce>>,
	{ together, rest = 0, ...runs }: { together: number; rest?: number; rounds: number; warmUp: number },
): Promise<Record<Name, Cost>> {
	const names = Object.keys(subjects) as Name[];
	const measure = async (name: Name) => {
		await setTimeout(rest);
		return measureBatch(subjects[name], together);
	};
	const batches = Object.fromEntries(names.map((name) => [name, () => measure(name)]));
	const costs = await interleave(batches as Record<Name, () => Promise<Cost>>, runs);
	return Object.fromEntries(
		names.map((name) => [
			name,
			{ alone: median(costs[name].map(({ alone }) => alone)), rate: median(costs[name].map(({ rate }) => rate)) },
		]),
	) as Record<Name, Cost>;
}

function compare(report: Report, cost: Cost, alone: Cost, one: RowId, many: RowId): void {
	report(one, cost.alone - alone.alone, `${cost.alone.toFixed(2)} − ${alone.alone.toFixed(2)} ms`);
	report(many, cost.rate / alone.rate, `${cost.rate.toFixed(0)} ÷ ${alone.rate.toFixed(0)} calls/s`);
}
