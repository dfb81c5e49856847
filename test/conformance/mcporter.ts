/** Lets mcporter use the built command over HTTP: it signs in by a header. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runJson } from './run-json.js';
import { startProduct } from './targets.js';

/** How mcporter is started, and told of what came of it. */
export interface McporterOptions {
	/** The Node.js that runs mcporter. */
	readonly node: string;
	/** The folder of its package. */
	readonly folder: string;
	/** A folder for what mcporter and the built command keep. */
	readonly home: string;
	print(line: string): void;
}

/** Lists and calls tools, and calls one with a wrong token. Resolves with whether all came back right. */
export async function runMcporter({ node, folder, home, print }: McporterOptions): Promise<boolean> {
	const bearer = randomBytes(32).toString('base64url');
	const policy = join(home, 'policy.json');
	const sha256 = [createHash('sha256').update(bearer).digest('hex')];
	writeFileSync(policy, JSON.stringify({ principals: [{ name: 'mcporter', sha256 }] }), { mode: 0o600 });
	const { url, close } = await startProduct(join(home, 'state'), ['--policy', policy]);
	const server = ['--http-url', url, '--allow-http', '--name', 'cache', '--no-oauth'];
	const run = (token: string, ...args: string[]) => {
		const header = ['--header', `Authorization=Bearer ${token}`];
		return runJson(node, [join(folder, 'dist/cli.js'), ...args, ...server, ...header], { HOME: home });
	};
	print('\nmcporter, over HTTP with a token:');
	const listed = await run(bearer, 'list', '--json');
	const call = ['call', 'cache.cache_overview', 'zone=example.com', '--output', 'json'];
	const [called, refused] = [await run(bearer, ...call), await run('wrong', ...call)];
	await close();
	const checks = [
		['list', Array.isArray(listed.tools) && listed.tools.length > 0, listed],
		['call', called.status === 'done', called],
		['call with a wrong token', typeof refused.error === 'string', refused],
	] as const;
	for (const [name, isGood, result] of checks)
		print(` ${isGood ? '✓' : '✗'} ${name}${isGood ? '' : `: ${JSON.stringify(result).slice(0, 500)}`}`);
	return checks.every(([, isGood]) => isGood);
}
