/** Runs `npm run bench`: measures the built command section by section, prints one table and writes JSON. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { VERSION } from '../../src/version.js';
import { call } from './call.js';
import { cancel } from './cancel.js';
import { type Flags, HELP, readFlags } from './flags.js';
import { http } from './http.js';
import { others } from './others.js';
import { purge } from './purge.js';
import { hasFailed, type Measured, printJson, printTable } from './report.js';
import type { RowId, SectionName } from './rows.js';
import type { Section } from './section.js';
import { size } from './size.js';
import { start } from './start.js';
import { buildReferences } from './subjects.js';
import { tokens } from './tokens.js';

const RUNNERS: Readonly<Record<SectionName, Section>> = { start, call, cancel, tokens, size, purge, http, others };

/** Time limit of one section. The purge section takes about 100 s. */
const SECTION_TIMEOUT_MS = 5 * 60_000;

const note = (line: string) => void process.stderr.write(`${line}\n`);

async function measure({ sections, quick }: Flags): Promise<Map<RowId, Measured>> {
	const run = new Map<RowId, Measured>();
	await buildReferences();
	for (const name of sections) {
		note(`Measuring ${name} …`);
		const limit = setTimeout(SECTION_TIMEOUT_MS, undefined, { ref: false }).then(() => {
			throw new Error(`it took longer than ${SECTION_TIMEOUT_MS / 60_000} minutes`);
		});
		const report = (id: RowId, value: number | undefined, detail = '') => void run.set(id, { value, detail });
		try {
			await Promise.race([RUNNERS[name]({ quick, report }), limit]);
		} catch (error) {
			note(`Section ${name} could not be measured: ${(error as Error).message}`);
		}
	}
	return run;
}

async function main(): Promise<number> {
	let flags: Flags | 'help';
	try {
		flags = readFlags(process.argv.slice(2));
	} catch (error) {
		note(`bench: ${(error as Error).message}`);
		return 2;
	}
	if (flags === 'help') {
		process.stdout.write(HELP);
		return 0;
	}
	const run = await measure(flags);
	const { sections, quick } = flags;
	const about = {
		version: VERSION,
		date: new Date().toISOString(),
		node: process.version,
		machine: `${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model.trim()}`,
		quick,
	};
	process.stdout.write(`\n${printTable(sections, run, flags.before)}\n`);
	writeFileSync(flags.json, printJson(sections, run, about));
	note(`Wrote ${flags.json}`);
	return hasFailed(sections, run) ? 1 : 0;
}

// A section that timed out may still hold processes and sockets open, so the process ends explicitly.
const code = await main();
process.stdout.write('', () => process.exit(code));
