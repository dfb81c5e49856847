/** What a call costs beyond its request to the API: one at a time, and 32 at once. */
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Pool } from 'undici';
import { rateOf } from '../../src/cloudflare/limits.js';
import { PURGE, RESERVE, ZONE } from './answers.js';
import { interleave, median } from './interleave.js';
import type { RowId } from './rows.js';
import type { Report, Section } from './section.js';
import { callOf, listTools, type Server } from './server.js';
import { environment, SUBJECTS, withUpstream } from './subjects.js';

/** Calls of one batch, one at a time. */
const ALONE = 300;
/** Calls of one batch, together: as many reads as a moment of another process's work is not seen in, and fewer purges. */
const READS_TOGETHER = 2_000;
const PURGES_TOGETHER = 600;
/** In which the bucket takes up what a batch of purges of one URL took: none of them may have to wait (milliseconds). */
const REFILL = ((ALONE + PURGES_TOGETHER) / rateOf('urls', 'enterprise').refill) * 1_000;
const IN_FLIGHT = 32;
/** Until every subject runs compiled code, thousands of calls go by. */
const WARM_UP = 8;

type CallOnce = () => Promise<unknown>;

/** Milliseconds of a call by itself; calls a second when many are under way. */
interface Cost {
	alone: number;
	rate: number;
}

async function measureBatch(callOnce: CallOnce, together: number): Promise<Cost> {
	const times: number[] = [];
	for (let at = 0; at < ALONE; at++) {
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

/** A call of a tool whose answer is only looked at for failure. */
function through(server: Server, tool: string, args: Record<string, unknown>): CallOnce {
	const params = callOf(tool, args);
	return async () => {
		const line = await server.ask('tools/call', params).answer;
		if (!line.includes('"content":[') || line.includes('"isError":true')) throw new Error(`failed: ${line}`);
	};
}

/** The same request by undici alone, as our server sends it. */
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
		const runs = { rounds: quick ? 3 : 7, warmUp: WARM_UP };
		try {
			for (const server of Object.values(servers)) await listTools(server);
			const read = (server: Server) => through(server, 'cache_reserve_get', { zone: ZONE });
			const reads = await measureAll(
				{
					direct: direct(pool, url, 'GET', RESERVE),
					ours: read(servers.ours),
					sdk: read(servers.sdk),
					fetch: read(servers.fetch),
				},
				{ ...runs, together: READS_TOGETHER },
			);
			compare(report, reads.ours, reads.direct, 'call.one', 'call.many');
			compare(report, reads.sdk, reads.direct, 'call.one-sdk', 'call.many-sdk');
			compare(report, reads.fetch, reads.direct, 'call.one-fetch', 'call.many-fetch');
			const purges = await measureAll(
				{
					direct: direct(pool, url, 'POST', PURGE, JSON.stringify({ files: URLS })),
					ours: through(servers.ours, 'purge_cache', { zone: ZONE, urls: URLS }),
				},
				{ ...runs, together: PURGES_TOGETHER, rest: REFILL },
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
	report(many, cost.rate / alone.rate, `${cost.rate.toFixed(0)} ÷ ${alone.rate.toFixed(0)} a second`);
}
