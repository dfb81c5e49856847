/** Measures what two replicas of the http section need together for a purge each, at the real rate limits of one account. */
import { performance } from 'node:perf_hooks';
import { rateOf } from '../../src/cloudflare/limits.js';
import { startSandbox } from '../../src/sandbox/server.js';
import { startLoad } from './load.js';
import type { Report } from './section.js';
import { callOf } from './server.js';
import { HTTP_SUBJECTS, LOAD, withRedis } from './subjects.js';

const BUSINESS = 'example.biz';
const REPLICAS = 2;
/** Requests of the purge of one replica. A request takes 100 tags. */
const REQUESTS = 60;
/** Latency of the sandbox: a usual round trip to a data centre. */
const LATENCY_MS = 30;

const PURGE = callOf('purge_cache', {
	zone: BUSINESS,
	tags: Array.from({ length: REQUESTS * 100 }, (_, at) => `tag-${at}`),
});

const ONE_CALL = { what: 'ask', times: 1, method: 'tools/call', inFlight: 1 } as const;

/** The least seconds in which a full bucket hands out the tokens for all requests. */
const best = () => {
	const { refillPerSecond, burst } = rateOf('requests', 'business');
	return (REPLICAS * REQUESTS - burst) / refillPerSecond;
};

/** Starts the replicas with one Redis, and purges by all of them at once. */
export async function measureReplicas(report: Report): Promise<void> {
	await withRedis(async (redis) => {
		if (redis === undefined) {
			report('http.replicas', undefined, 'there is no redis-server here');
			report('http.replicas-refused', undefined);
			return;
		}
		const statuses: number[] = [];
		const sandbox = await startSandbox({
			limits: 'strict',
			latencyMs: LATENCY_MS,
			onRequest: ({ method, status }) => void (method === 'POST' && statuses.push(status)),
		});
		try {
			const seconds = await purge(sandbox.url, redis);
			const done = statuses.filter((status) => status === 200).length;
			if (done !== REPLICAS * REQUESTS) throw new Error(`${done} requests were accepted, not ${REPLICAS * REQUESTS}`);
			report('http.replicas', seconds / best(), `${seconds.toFixed(1)} ÷ ${best().toFixed(1)} s`);
			report('http.replicas-refused', statuses.length - done, `of ${statuses.length} requests`);
		} finally {
			await sandbox.close();
		}
	});
}

/** Gives the seconds from the first call to the last answer. */
async function purge(upstream: string, redis: string): Promise<number> {
	const servers = await Promise.all(Array.from({ length: REPLICAS }, () => HTTP_SUBJECTS.ours(upstream, { redis })));
	const loads = servers.map(() => startLoad(LOAD));
	const onEach = (
		work: (url: string, load: (typeof loads)[number]) => Promise<{ failed: number; firstFailure?: string | undefined }>,
	) =>
		Promise.all(
			servers.map(async ({ url }, at) => {
				const load = loads[at];
				const outcome = load && (await work(url, load));
				if (outcome?.failed !== 0) throw new Error(outcome?.firstFailure);
			}),
		);
	try {
		await onEach((url, load) => load.run({ what: 'open', url, bearers: [''], inFlight: 1 }));
		// The first call loads what calls need.
		const warmUp = callOf('zones_list', {});
		await onEach((url, load) => load.run({ ...ONE_CALL, url, params: warmUp }));
		const began = performance.now();
		await onEach((url, load) => load.run({ ...ONE_CALL, url, params: PURGE }));
		return (performance.now() - began) / 1_000;
	} finally {
		await Promise.all([...loads.map((load) => load.end()), ...servers.map((server) => server.kill())]);
	}
}
