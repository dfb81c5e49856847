/** Measures the purge section: large purges in real time against a sandbox that enforces Cloudflare's rate limits. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { rateOf } from '../../src/cloudflare/limits.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.js';
import { SCENARIOS, type Scenario } from './rows.js';
import type { Report, Section } from './section.js';
import { callOf, listTools, readMemory, readResult, type Server, startServer } from './server.js';
import { CLI, environment, GAUGE } from './subjects.js';

const BUSINESS = 'example.biz';
const ENTERPRISE = 'example.com';
/** Latency of the sandbox: a usual round trip to a data centre. */
const LATENCY_MS = 30;

const tags = Array.from({ length: 6_000 }, (_, at) => `tag-${at}`);
const urlsOf = (amount: number, host: string) =>
	Array.from({ length: amount }, (_, at) => `https://${host}/articles/of-the-day/${at}`);
const urls = urlsOf(20_000, BUSINESS);
const FILE = 'urls.txt';

/** Gives the least seconds in which a full bucket hands out this many tokens. */
const fastest = (group: 'urls' | 'requests', plan: string, tokens: number) => {
	const { refillPerSecond, burst } = rateOf(group, plan);
	return Math.max(0, tokens - burst) / refillPerSecond;
};
const mixedBest = Math.max(fastest('urls', 'business', urls.length), fastest('requests', 'business', 60));
const hugeBest = fastest('urls', 'enterprise', 100_000);

/** Gives the calls that are sent at once, and the least seconds that the rate limits allow for them. */
const WORK: Readonly<Record<Scenario, () => { calls: Record<string, unknown>[]; best: number }>> = {
	mixed: () => ({ calls: [{ zone: BUSINESS, urls, tags }], best: mixedBest }),
	halves: () => ({
		calls: [
			{ zone: BUSINESS, urls: urls.slice(0, 10_000), tags: tags.slice(0, 3_000) },
			{ zone: BUSINESS, urls: urls.slice(10_000), tags: tags.slice(3_000) },
		],
		best: mixedBest,
	}),
	tags: () => ({ calls: [{ zone: BUSINESS, tags }], best: fastest('requests', 'business', 60) }),
	urls: () => ({ calls: [{ zone: ENTERPRISE, urls: urlsOf(100_000, ENTERPRISE) }], best: hugeBest }),
	file: () => ({ calls: [{ zone: ENTERPRISE, urls_file: FILE }], best: hugeBest }),
};

export const purge: Section = async ({ report }) => {
	const seconds: Partial<Record<Scenario, number>> = {};
	for (const scenario of Object.keys(SCENARIOS) as Scenario[]) seconds[scenario] = await run(scenario, report);
	const { mixed = Number.NaN, halves = Number.NaN } = seconds;
	report('purge.two-one', halves / mixed, `${halves.toFixed(1)} ÷ ${mixed.toFixed(1)} s`);
};

/** Runs one scenario with a new sandbox and server, reports its rows, and gives its seconds. */
async function run(scenario: Scenario, report: Report): Promise<number> {
	const requests: { method: string; status: number; at: number }[] = [];
	const sandbox = await startSandbox({
		limits: 'strict',
		latencyMs: LATENCY_MS,
		onRequest: ({ method, status }) => void requests.push({ method, status, at: performance.now() }),
	});
	const folder = mkdtempSync(join(tmpdir(), 'bench-'));
	if (scenario === 'file') writeFileSync(join(folder, FILE), `${urlsOf(100_000, ENTERPRISE).join('\n')}\n`);
	const server = startServer([GAUGE, CLI, '--state-dir', join(folder, 'state'), '--files-root', folder], {
		...environment(sandbox.url),
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
	});
	try {
		const { calls, best } = WORK[scenario]();
		const { began, seconds } = await perform(server, calls);
		const memory = readMemory(server.pid, 'VmHWM');
		const first = requests.find(({ method }) => method === 'POST')?.at ?? Number.NaN;
		report(
			`purge.${scenario}-ratio`,
			seconds / best,
			`${seconds.toFixed(1)} ÷ ${best.toFixed(1)} s, first after ${((first - began) / 1_000).toFixed(1)} s`,
		);
		const refused = requests.filter(({ status }) => status === 429).length;
		report(`purge.${scenario}-refused`, refused, `of ${requests.length} requests`);
		report(`purge.${scenario}-memory`, memory && memory / 1024 / 1024);
		report(`purge.${scenario}-block`, readGauge(await server.end()));
		return seconds;
	} finally {
		await close(server, sandbox, folder);
	}
}

/** Sends the calls at once and waits for all answers. Throws when one did not purge everything. */
async function perform(server: Server, calls: readonly Record<string, unknown>[]) {
	await listTools(server);
	// The first call loads the heavy modules, so that the gauge measures only the purge.
	await server.ask('tools/call', callOf('zones_list', {})).answer;
	const lines = calls.map((args, at) => callOf('purge_cache', args, { progressToken: at }));
	server.signal('SIGUSR2');
	const began = performance.now();
	const answers = await Promise.all(lines.map((params) => server.ask('tools/call', params).answer));
	const seconds = (performance.now() - began) / 1_000;
	for (const answer of answers) {
		const { structuredContent } = readResult<{ structuredContent?: { status?: string } }>(answer);
		if (structuredContent?.status !== 'done') throw new Error(`not everything was purged: ${answer.slice(0, 500)}`);
	}
	return { began, seconds };
}

/** Reads the gauge's line. Throws when stderr has more: a server that warns did not do its work cleanly. */
function readGauge(stderr: string): number {
	const block = /^gauge (.*)\n$/.exec(stderr)?.[1];
	if (block === undefined) throw new Error(`unexpected text on stderr: ${stderr.slice(0, 500)}`);
	return Number(block);
}

async function close(server: Server, sandbox: Sandbox, folder: string): Promise<void> {
	await server.kill();
	await sandbox.close();
	rmSync(folder, { recursive: true, force: true });
}
