/** Lets mcporter use the built command over HTTP: it keeps no session between two runs, and signs in by a header. */
import { join } from 'node:path';
import { runJson } from './run-json.js';

/** How mcporter is started, and told of what came of it. */
export interface McporterOptions {
	/** The Node.js that runs mcporter. */
	readonly node: string;
	/** The folder of its package. */
	readonly folder: string;
	/** Where the built command serves HTTP. */
	readonly url: string;
	/** A folder for what mcporter keeps. */
	readonly home: string;
	print(line: string): void;
}

/** Lists and calls tools. Resolves with whether both came back right. */
export async function runMcporter({ node, folder, url, home, print }: McporterOptions): Promise<boolean> {
	const server = ['--http-url', url, '--allow-http', '--name', 'cache', '--no-oauth'];
	const run = (...args: string[]) => runJson(node, [join(folder, 'dist/cli.js'), ...args, ...server], { HOME: home });
	print('\nmcporter, over HTTP:');
	const listed = await run('list', '--json');
	const called = await run('call', 'cache.cache_overview', 'zone=example.com', '--output', 'json');
	const checks = [
		['list', Array.isArray(listed.tools) && listed.tools.length > 0, listed],
		['call', called.status === 'done', called],
	] as const;
	for (const [name, isGood, result] of checks)
		print(` ${isGood ? '✓' : '✗'} ${name}${isGood ? '' : `: ${JSON.stringify(result).slice(0, 500)}`}`);
	return checks.every(([, isGood]) => isGood);
}
