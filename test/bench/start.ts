/** Measures the start section: time from spawn to the first answers, and memory, beside minimal reference servers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { interleave, median } from './interleave.js';
import type { Report, Section } from './section.js';
import { callOf, initialize, listTools, readMemory, readResult, type Server, STATELESS } from './server.js';
import { SUBJECTS, withUpstream } from './subjects.js';

/** Wait after tools/list before memory is read again: by then background loading is over. */
const SETTLED_MS = 500;

type Memory = number | undefined;

/** Milliseconds from spawn to the first answer, to the tool list and to the answer of the first call; bytes of memory at the list. */
interface Start {
	greeted: number;
	listed: number;
	called: number;
	memory: Memory;
}

async function measureStart(server: Server): Promise<Start> {
	try {
		await initialize(server);
		const greeted = performance.now() - server.spawnedAt;
		server.notify('notifications/initialized');
		await server.ask('tools/list').answer;
		const listed = performance.now() - server.spawnedAt;
		const memory = readMemory(server.pid);
		const answer = await server.ask('tools/call', callOf('zones_list', {})).answer;
		const called = performance.now() - server.spawnedAt;
		if (readResult<{ isError?: boolean }>(answer).isError) throw new Error(`zones_list failed: ${answer}`);
		return { greeted, listed, called, memory };
	} finally {
		await server.kill();
	}
}

/** As measureStart, for a client of MCP 2026-07-28. */
async function measureStateless(server: Server): Promise<Start> {
	const params = JSON.stringify({ _meta: STATELESS });
	try {
		readResult(await server.ask('server/discover', params).answer);
		const greeted = performance.now() - server.spawnedAt;
		await server.ask('tools/list', params).answer;
		const listed = performance.now() - server.spawnedAt;
		const memory = readMemory(server.pid);
		const answer = await server.ask('tools/call', callOf('zones_list', {}, STATELESS)).answer;
		const called = performance.now() - server.spawnedAt;
		if (readResult<{ isError?: boolean }>(answer).isError) throw new Error(`zones_list failed: ${answer}`);
		return { greeted, listed, called, memory };
	} finally {
		await server.kill();
	}
}

async function measureSettled(server: Server): Promise<Memory> {
	try {
		await listTools(server);
		await setTimeout(SETTLED_MS);
		return readMemory(server.pid);
	} finally {
		await server.kill();
	}
}

/** Times `node -e 0`, the least that any Node.js program takes. */
async function measureNode(): Promise<Start> {
	const born = performance.now();
	await once(spawn(process.execPath, ['-e', '0'], { env: {}, stdio: 'pipe' }), 'close');
	const ended = performance.now() - born;
	return { greeted: ended, listed: ended, called: ended, memory: undefined };
}

export const start: Section = ({ quick, report }) =>
	withUpstream(async (url) => {
		const starts = await interleave(
			{
				ours: () => measureStart(SUBJECTS.ours(url)),
				stateless: () => measureStateless(SUBJECTS.ours(url)),
				sdk: () => measureStart(SUBJECTS.sdk(url)),
				responder: () => measureStart(SUBJECTS.responder()),
				node: measureNode,
			},
			{ rounds: quick ? 7 : 15, warmUp: 1 },
		);
		reportTimes(report, (name, what) => median(starts[name].map((sample) => sample[what])));
		reportMemory(report, 'memory', { ours: starts.ours.map(memoryOf), sdk: starts.sdk.map(memoryOf) });
		const settled = await interleave(
			{ ours: () => measureSettled(SUBJECTS.ours(url)), sdk: () => measureSettled(SUBJECTS.sdk(url)) },
			{ rounds: quick ? 3 : 7, warmUp: 0 },
		);
		reportMemory(report, 'settled', settled);
	});

type Subject = 'ours' | 'stateless' | 'sdk' | 'node' | 'responder';
type Moment = 'greeted' | 'listed' | 'called';

function reportTimes(report: Report, middle: (name: Subject, what: Moment) => number): void {
	for (const [id, what, one, other] of [
		['start.sdk', 'listed', 'ours', 'sdk'],
		['start.node', 'listed', 'ours', 'node'],
		['start.responder', 'listed', 'ours', 'responder'],
		['start.call', 'called', 'ours', 'sdk'],
		['start.modern', 'greeted', 'stateless', 'ours'],
		['start.modern-call', 'called', 'stateless', 'ours'],
	] as const) {
		const [mine, theirs] = [middle(one, what), middle(other, what)];
		report(id, mine / theirs, `${mine.toFixed(0)} ÷ ${theirs.toFixed(0)} ms`);
	}
}

const memoryOf = ({ memory }: Start) => memory;

function reportMemory(report: Report, what: 'memory' | 'settled', samples: { ours: Memory[]; sdk: Memory[] }): void {
	const known = (values: Memory[]) => values.filter((value) => value !== undefined).map((value) => value / 1024 / 1024);
	const [mine, theirs] = [known(samples.ours), known(samples.sdk)];
	if (mine.length === 0 || theirs.length === 0) {
		report(`start.${what}`, undefined);
		report(`start.${what}-sdk`, undefined);
		return;
	}
	const [ours, sdk] = [median(mine), median(theirs)];
	report(`start.${what}`, ours);
	report(`start.${what}-sdk`, ours / sdk, `${ours.toFixed(0)} ÷ ${sdk.toFixed(0)} MB`);
}
