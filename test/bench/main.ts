/** `npm run bench`: measures the built command section by section, prints one table, writes JSON. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { VERSION } from '../../src/version.js';
import { call } from './call.js';
import { cancel } from './cancel.js';
import { type Flags, readFlags } from './flags.js';
import { others } from './others.js';
import { purge } from './purge.js';
import { hasFailed, type Measured, printJson, printTable } from './report.js';
import type { RowId, SectionName } from './rows.js';
import type { Section } from './section.js';
import { size } from './size.js';
import { start } from './start.js';
import { buildReferences } from './subjects.js';
import { tokens } from './tokens.js';

const RUN: Readonly<Record<SectionName, Section>> = { start, call, cancel, tokens, size, purge, others };

/** A section that takes longer hangs (milliseconds). */
const PATIENCE = 5 * 60_000;

const tell = (line: string) => void process.stderr.write(`${line}\n`);

async function measure({ sections, quick }: Flags): Promise<Map<RowId, Measured>> {
	const run = new Map<RowId, Measured>();
	await buildReferences();
	for (const name of sections) {
		tell(`measuring ${name} …`);
		const limit = setTimeout(PATIENCE, undefined, { ref: false }).then(() => {
			throw new Error('it took too long');
		});
		const report = (id: RowId, value: number | undefined, detail = '') => void run.set(id, { value, detail });
		try {
			await Promise.race([RUN[name]({ quick, report }), limit]);
		} catch (error) {
			tell(`${name} could not be measured: ${(error as Error).message}`);
		}
	}
	return run;
}

async function main(): Promise<number> {
	let flags: Flags;
	try {
		flags = readFlags(process.argv.slice(2));
	} catch (error) {
		tell(`bench: ${(error as Error).message}`);
		return 2;
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
	tell(`written to ${flags.json}`);
	return hasFailed(sections, run) ? 1 : 0;
}

// What a section that took too long still has open is ended with this process.
const code = await main();
process.stdout.write('', () => process.exit(code));
