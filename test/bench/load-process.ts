/** Sends the requests of many clients, as its own process: reads one job a line from stdin, and prints its outcome as a line. */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { Pool } from 'undici';
import type { Job, Outcome } from './load.js';

/** One client: the headers of its requests. */
type Session = Readonly<Record<string, string>>;

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const VERSION = '2025-11-25';
const GREETING = {
	method: 'initialize',
	params: { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'bench', version: '0' } },
};

const pools = new Map<string, Pool>();
const sessions = new Map<string, Session[]>();
let lastId = 0;

interface Reply {
	status: number;
	text: string;
	sessionId: string | undefined;
}

async function post(url: string, session: Session, message: string): Promise<Reply> {
	const { origin, pathname } = new URL(url);
	const pool = pools.get(origin) ?? new Pool(origin, { connections: 32, pipelining: 1 });
	pools.set(origin, pool);
	const headers = { ...HEADERS, ...session };
	const {
		statusCode,
		headers: answered,
		body,
	} = await pool.request({ method: 'POST', path: pathname, headers, body: message });
	const id = answered['mcp-session-id'];
	return { status: statusCode, text: await body.text(), sessionId: typeof id === 'string' ? id : undefined };
}

/** Opens a session as clients do. A client without a bearer token sends none. */
async function open(url: string, bearer: string): Promise<void> {
	const identity = bearer === '' ? {} : { authorization: `Bearer ${bearer}` };
	const message = JSON.stringify({ jsonrpc: '2.0', id: ++lastId, ...GREETING });
	const { status, text, sessionId } = await post(url, identity, message);
	if (status !== 200 || sessionId === undefined) throw new Error(`initialize: HTTP ${status} ${text}`);
	const session = { ...identity, 'mcp-session-id': sessionId, 'mcp-protocol-version': VERSION };
	await post(url, session, '{"jsonrpc":"2.0","method":"notifications/initialized"}');
	sessions.set(url, [...(sessions.get(url) ?? []), session]);
}

/** What a good answer has. */
const SIGN = { 'tools/call': '"content":[', 'tools/list': '"tools":[' } as const;

/** Sends one request. Each has an id of its own, because the SDK's transport mixes up two of one id. */
async function ask(session: Session, { url, method, params }: Job & { what: 'ask' }): Promise<void> {
	const message = `{"jsonrpc":"2.0","id":${++lastId},"method":"${method}","params":${params}}`;
	const { status, text } = await post(url, session, message);
	if (status !== 200 || !text.includes(SIGN[method]) || text.includes('"isError":true'))
		throw new Error(`${method}: HTTP ${status} ${text}`);
}

function stepsOf(job: Job): { steps: number; take(at: number): Promise<void> } {
	const { url } = job;
	if (job.what === 'open') return { steps: job.bearers.length, take: (at) => open(url, job.bearers[at] ?? '') };
	const own = sessions.get(url) ?? [];
	return { steps: job.times, take: (at) => ask(own[at % own.length] ?? {}, job) };
}

async function run(job: Job): Promise<Outcome> {
	const { steps, take } = stepsOf(job);
	const times: number[] = [];
	const failures: string[] = [];
	let next = 0;
	const began = performance.now();
	const client = async () => {
		for (let at = next++; at < steps; at = next++) {
			const sent = performance.now();
			await take(at).catch((error: Error) => failures.push(error.message));
			times.push(performance.now() - sent);
		}
	};
	await Promise.all(Array.from({ length: job.inFlight }, client));
	const seconds = (performance.now() - began) / 1_000;
	times.sort((a, b) => a - b);
	return {
		seconds,
		rate: steps / seconds,
		p99: times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN,
		failed: failures.length,
		firstFailure: failures[0]?.slice(0, 300),
	};
}

for await (const line of createInterface({ input: process.stdin }))
	process.stdout.write(`${JSON.stringify(await run(JSON.parse(line) as Job))}\n`);
process.exit();
