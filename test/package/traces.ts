/** Traces of the machine that built a package: its folders, its user, and what stood in its environment. */
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { filesIn, ROOT } from './folder.js';

/** Shorter texts of an environment, such as `xterm-256color` or `/usr/bin/env`, may stand in any file by chance. */
const TELLING = 16;

/** What must not be in a package. npm sets variables to fields of package.json, which is published anyway. */
export function tracesOf(env: NodeJS.ProcessEnv): string[] {
	const published = readFileSync(join(ROOT, 'package.json'), 'utf8');
	const values = Object.values(env).filter((value) => value !== undefined && value.length >= TELLING);
	const paths = [ROOT, homedir()].filter((path) => path.length > 1).map((path) => `${path}/`);
	return [...paths, ...(hostname().length >= TELLING ? [hostname()] : []), ...(values as string[])].filter(
		(trace) => !published.includes(trace),
	);
}

/** The files of a folder that hold one of the traces; the traces themselves are not told, they may be secrets. */
export function findTraces(folder: string, traces: readonly string[]): string[] {
	return filesIn(folder).filter((file) => {
		const text = readFileSync(join(folder, file), 'utf8');
		return traces.some((trace) => text.includes(trace));
	});
}
