/** Measures the start section: time from spawn to the first answers, and memory, beside minimal reference servers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { interleave, median } from './interleave.js';
import type { Report, Section } from './section.js';
import { callOf, listTools, readMemory, readResult, type Server } from './server.js';
import { SUBJECTS, withUpstream } from './subjects.js';

/** Wait after tools/list before memory is read again: by then background loading is over. */
const SETTLED_MS = 500;

type Memory = number | undefined;

/** Milliseconds from spawn to the tool list and to the answer of the first call; bytes of memory at the list. */
interface Start {
	listed: number;
	called: number;
	memory: Memory;
}

async function measureStart(server: Server): Promise<Start> {
	try {
		await listTools(server);
		const listed = performance.now() - server.spawnedAt;
		const memory = readMemory(server.pid);
		const answer = await server.ask('tools/call', callOf('zones_list', {})).answer;
		const called = performance.now() - server.spawnedAt;
		if (readResult<{ isError?: boolean }>(answer).isError) throw new Error(`zones_list failed: ${answer}`);
		return { listed, called, memory };
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
	return { listed: ended, called: ended, memory: undefined };
}

export const start: Section = ({ quick, report }) =>
	withUpstream(async (url) => {
		const starts = await interleave(
			{
				ours: () => measureStart(SUBJECTS.ours(url)),
				sdk: () => measureStart(SUBJECTS.sdk(url)),
				responder: () => measureStart(SUBJECTS.responder()),
				node: measureNode,
			},
			{ rounds: quick ? 7 : 15, warmUp: 1 },
		);
		const middle = (name: keyof typeof starts, what: 'listed' | 'called') =>
			median(starts[name].map((sample) => sample[what]));
		for (const [id, what, other] of [
			['start.sdk', 'listed', 'sdk'],
			['start.node', 'listed', 'node'],
			['start.responder', 'listed', 'responder'],
			['start.call', 'called', 'sdk'],
		] as const) {
			const [mine, theirs] = [middle('ours', what), middle(other, what)];
			report(id, mine / theirs, `${mine.toFixed(0)} ÷ ${theirs.toFixed(0)} ms`);
		}
		reportMemory(report, 'memory', { ours: starts.ours.map(memoryOf), sdk: starts.sdk.map(memoryOf) });
		const settled = await interleave(
			{ ours: () => measureSettled(SUBJECTS.ours(url)), sdk: () => measureSettled(SUBJECTS.sdk(url)) },
			{ rounds: quick ? 3 : 7, warmUp: 0 },
		);
		reportMemory(report, 'settled', settled);
	});

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
