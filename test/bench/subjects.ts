/** What is compared: the built command and its references, made ready and started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { type Server, startServer } from './server.js';

const CACHE = 'node_modules/.cache/bench';
/** The built command. */
export const CLI = 'dist/cli.js';
/** Code that is loaded before a server, as a flag of Node.js. */
export const GAUGE = `--import=./${CACHE}/gauge.js`;

const REFERENCES = ['minimal-server', 'responder', 'upstream-process', 'gauge'];

/** Bundles the references as the product is bundled. */
export async function buildReferences(): Promise<void> {
	await build({
		entryPoints: REFERENCES.map((name) => `test/bench/${name}.ts`),
		outdir: CACHE,
		bundle: true,
		minify: true,
		format: 'esm',
		platform: 'node',
		target: 'node20',
		logLevel: 'warning',
		banner: {
			js: "import{createRequire as createRequireForBundle}from'node:module';const require=createRequireForBundle(import.meta.url);",
		},
	});
}

/** The environment of the built command: a dummy token, this API, and no folder of the user's. */
export function environment(upstream: string): Record<string, string> {
	return {
		CLOUDFLARE_API_TOKEN: 'x-dummy',
		CLOUDFLARE_BASE_URL: upstream,
		CF_CACHE_STATE_DIR: resolve(CACHE, 'state'),
	};
}

/** Each starts a server that asks the API at this URL. */
export const SUBJECTS = {
	ours: (upstream: string, flags: readonly string[] = []) => startServer([CLI, ...flags], environment(upstream)),
	sdk: (upstream: string) => startServer([`${CACHE}/minimal-server.js`], { UPSTREAM: upstream }),
	fetch: (upstream: string) => startServer([`${CACHE}/minimal-server.js`], { UPSTREAM: upstream, VIA: 'fetch' }),
	responder: () => startServer([`${CACHE}/responder.js`]),
} satisfies Record<string, (upstream: string) => Server>;

/** Runs `work` beside an upstream in a process of its own, given its URL. */
export async function withUpstream(work: (url: string) => Promise<void>): Promise<void> {
	const child: ChildProcess = spawn(process.execPath, [`${CACHE}/upstream-process.js`], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	try {
		const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
		await work(String(line).trim());
	} finally {
		child.kill();
	}
}
