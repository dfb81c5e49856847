/** Measures the http section: the HTTP transport beside that of the SDK, with many sessions, many principals, and replicas. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpProcess } from '../support/http-process.js';
import { ZONE } from './answers.js';
import { interleave, median } from './interleave.js';
import { type Load, type Outcome, startLoad } from './load.js';
import { measureReplicas } from './replicas.js';
import type { RowId } from './rows.js';
import type { Report, Section } from './section.js';
import { callOf, readMemory } from './server.js';
import { HTTP_SUBJECTS, LOAD, withRedis, withUpstream } from './subjects.js';

const IN_FLIGHT = 32;
/** Reads of one batch: enough that a short burst of another process does not show. */
const READS = 2_000;
/** Rounds that are dropped: V8 compiles all of the code only after thousands of calls. */
const WARM_UP_ROUNDS = 4;
/** Lists of one batch. */
const LISTS = 200;
const SESSIONS = 500;
const CALLS_PER_SESSION = 20;
const INITIALIZATIONS = 10_000;
/** Fewer: each session that the SDK's transport keeps has a server of its own. */
const SDK_INITIALIZATIONS = 1_000;
/** Initializations before the memory is read: the heap has grown to its usual size then. */
const FIRST_INITIALIZATIONS = 3_000;
const PRINCIPALS = 1_000;
const CALLS_PER_PRINCIPAL = 5;

/** The unit of times in /proc, on every usual Linux. */
const CLOCK_TICK_MS = 10;

const READ = callOf('cache_reserve_get', { zone: ZONE });

/** What the steps of the section share. */
interface Bench {
	readonly quick: boolean;
	readonly report: Report;
	readonly upstream: string;
	readonly load: Load;
}

export const http: Section = async ({ quick, report }) => {
	await withUpstream(async (upstream) => {
		const load = startLoad(LOAD);
		const bench = { quick, report, upstream, load };
		try {
			await measureReads(bench);
			await measureSessions(bench);
			await measureInitializations(bench);
			await measurePrincipals(bench);
		} finally {
			await load.end();
		}
	});
	await measureReplicas(report);
};

const open = (load: Load, { url }: HttpProcess, bearers: readonly string[]) =>
	load.run({ what: 'open', url, bearers, inFlight: IN_FLIGHT });
const read = (load: Load, { url }: HttpProcess, times: number) =>
	load.run({ what: 'ask', url, times, method: 'tools/call', params: READ, inFlight: IN_FLIGHT });
const list = (load: Load, { url }: HttpProcess) =>
	load.run({ what: 'ask', url, times: LISTS, method: 'tools/list', params: '{}', inFlight: IN_FLIGHT });

/** The resident memory of a process in megabytes. Undefined where there is no /proc. */
function readMegabytes(pid: number): number | undefined {
	const bytes = readMemory(pid);
	return bytes === undefined ? undefined : bytes / 1024 / 1024;
}

/** User and system time of a process so far. Undefined where there is no /proc. */
function readCpuMs(pid: number): number | undefined {
	try {
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
		return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
	} catch {
		return undefined;
	}
}

/** The tokens of as many clients that send none. */
const anonymous = (clients: number): string[] => Array.from({ length: clients }, () => '');

/** Ends the servers after the work. */
async function withServers<Servers extends Readonly<Record<string, HttpProcess>>>(
	servers: Servers,
	work: (servers: Servers) => Promise<void>,
): Promise<void> {
	try {
		await work(servers);
	} finally {
		for (const server of Object.values(servers)) await server.kill();
	}
}

/** What one batch of reads gave, and the CPU time of the server for one of them. */
interface Reads extends Outcome {
	readonly cpuMs: number | undefined;
	/** Lists a second. */
	readonly lists: number;
}

/** One client of each server in turn. The last server is the product with Redis, where this machine has one. */
async function measureReads({ quick, report, upstream, load }: Bench): Promise<void> {
	const rounds = { rounds: quick ? 3 : 7, warmUp: WARM_UP_ROUNDS };
	await withRedis(async (redis) => {
		const three = {
			ours: await HTTP_SUBJECTS.ours(upstream),
			transport: await HTTP_SUBJECTS.transport(upstream),
			minimal: await HTTP_SUBJECTS.minimal(upstream),
		};
		const replica = redis === undefined ? {} : { replica: await HTTP_SUBJECTS.ours(upstream, { redis }) };
		await withServers({ ...three, ...replica }, async (servers) => {
			for (const server of Object.values(servers)) refuseFailures(await open(load, server, anonymous(1)));
			const batches = Object.fromEntries(
				Object.entries(servers).map(([name, server]) => [name, () => measureBatch(load, server)]),
			);
			reportReads(report, await interleave(batches, rounds));
			reportRatio(report, 'http.start', three.ours.startMs, three.minimal.startMs, 'ms');
			const [ours, sdk] = [readMegabytes(three.ours.pid), readMegabytes(three.transport.pid)];
			report('http.memory', ours);
			reportRatio(report, 'http.memory-sdk', ours, sdk, 'MB');
		});
	});
}

async function measureBatch(load: Load, server: HttpProcess): Promise<Reads> {
	const { rate: lists } = refuseFailures(await list(load, server));
	const before = readCpuMs(server.pid);
	const outcome = refuseFailures(await read(load, server, READS));
	const after = readCpuMs(server.pid);
	return {
		...outcome,
		lists,
		cpuMs: before === undefined || after === undefined ? undefined : (after - before) / READS,
	};
}

/** Reports from the middle of the batches. */
function reportReads(report: Report, samples: Readonly<Record<string, readonly Reads[]>>): void {
	const middle = (name: string, what: 'rate' | 'p99' | 'cpuMs' | 'lists') => {
		const values = (samples[name] ?? []).map((outcome) => outcome[what]).filter((value) => value !== undefined);
		return values.length === 0 ? undefined : median(values);
	};
	const compare = (id: RowId, what: Parameters<typeof middle>[1], one: string, other: string, unit: Unit) =>
		reportRatio(report, id, middle(one, what), middle(other, what), unit);
	compare('http.many', 'rate', 'ours', 'transport', 'calls/s');
	compare('http.p99', 'p99', 'ours', 'transport', 'ms');
	compare('http.cpu', 'cpuMs', 'ours', 'transport', 'ms');
	compare('http.minimal', 'rate', 'ours', 'minimal', 'calls/s');
	compare('http.list', 'lists', 'ours', 'transport', 'lists/s');
	compare('http.redis', 'rate', 'replica', 'ours', 'calls/s');
}

type Unit = 'calls/s' | 'lists/s' | 'ms' | 'MB';

/** Reports a ratio; none where one of the values could not be measured here. */
function reportRatio(
	report: Report,
	id: RowId,
	value: number | undefined,
	other: number | undefined,
	unit: Unit,
): void {
	if (value === undefined || other === undefined) report(id, undefined);
	else report(id, value / other, `${show(value)} ÷ ${show(other)} ${unit}`);
}

const show = (value: number) => value.toFixed(value < 10 ? 2 : 0);

async function measureSessions({ report, upstream, load }: Bench): Promise<void> {
	await withServers({ ours: await HTTP_SUBJECTS.ours(upstream) }, async ({ ours }) => {
		const opened = await open(load, ours, anonymous(SESSIONS));
		const called = await read(load, ours, SESSIONS * CALLS_PER_SESSION);
		const { firstFailure = '' } = opened.failed > 0 ? opened : called;
		report(
			'http.sessions',
			opened.failed + called.failed,
			firstFailure.slice(0, 40) || `${called.rate.toFixed(0)} calls/s`,
		);
	});
}

/** How much the memory of each server grows. */
async function measureInitializations({ report, upstream, load }: Bench): Promise<void> {
	for (const [id, start, count] of [
		['http.initialized', HTTP_SUBJECTS.ours, INITIALIZATIONS],
		['http.initialized-sdk', HTTP_SUBJECTS.transport, SDK_INITIALIZATIONS],
	] as const)
		await withServers({ server: await start(upstream) }, async ({ server }) => {
			refuseFailures(await open(load, server, anonymous(FIRST_INITIALIZATIONS)));
			const before = readMegabytes(server.pid);
			const { rate } = refuseFailures(await open(load, server, anonymous(count)));
			const after = readMegabytes(server.pid);
			const growth = before === undefined || after === undefined ? undefined : after - before;
			report(id, growth, `from ${before?.toFixed(0)} to ${after?.toFixed(0)} MB, ${rate.toFixed(0)}/s`);
		});
}

async function measurePrincipals({ report, upstream, load }: Bench): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'bench-'));
	try {
		const tokens = Array.from({ length: PRINCIPALS }, () => randomBytes(32).toString('base64url'));
		const policy = join(folder, 'policy.json');
		writeFileSync(policy, policyOf(tokens), { mode: 0o600 });
		await withServers({ ours: await HTTP_SUBJECTS.ours(upstream, { policy }) }, async ({ ours }) => {
			const before = readMegabytes(ours.pid);
			const opened = await open(load, ours, tokens);
			const called = await read(load, ours, PRINCIPALS * CALLS_PER_PRINCIPAL);
			const after = readMegabytes(ours.pid);
			report('http.principals', opened.failed + called.failed, opened.firstFailure ?? called.firstFailure);
			report('http.principals-memory', after, `${before?.toFixed(0)} MB before the first call`);
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function policyOf(tokens: readonly string[]): string {
	const principals = tokens.map((token, at) => ({
		name: `principal-${at}`,
		sha256: [createHash('sha256').update(token).digest('hex')],
	}));
	return JSON.stringify({ principals });
}

/** Gives an outcome back. Throws where a step has failed: a time of failures is no time. */
function refuseFailures(outcome: Outcome): Outcome {
	if (outcome.failed > 0) throw new Error(`${outcome.failed} requests failed: ${outcome.firstFailure}`);
	return outcome;
}
