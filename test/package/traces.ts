/** Finds traces of the machine that built a package: its folders, its user, and values of its environment. */
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { filesIn, ROOT } from './folder.js';

/** Shortest text that counts as a trace: shorter ones, such as `xterm-256color` or `/usr/bin/env`, occur in files by chance. */
const TELLING = 16;

/** Texts that must not be in a package. Fields of package.json are published anyway, and npm puts them into variables. */
export function tracesOf(env: NodeJS.ProcessEnv): string[] {
	const published = readFileSync(join(ROOT, 'package.json'), 'utf8');
	const values = Object.values(env).filter((value) => value !== undefined && value.length >= TELLING);
	const paths = [ROOT, homedir()].filter((path) => path.length > 1).map((path) => `${path}/`);
	return [...paths, ...(hostname().length >= TELLING ? [hostname()] : []), ...(values as string[])].filter(
		(trace) => !published.includes(trace),
	);
}

/** The files of a folder that hold one of the traces. The traces are not returned, since they may be secrets. */
export function findTraces(folder: string, traces: readonly string[]): string[] {
	return filesIn(folder).filter((file) => {
		const text = readFileSync(join(folder, file), 'utf8');
		return traces.some((trace) => text.includes(trace));
	});
}
