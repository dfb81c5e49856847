/** Builds and starts the built command and the reference servers that it is compared with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { type Server, startServer } from './server.js';

const CACHE = 'node_modules/.cache/bench';
/** The built command. */
export const CLI = 'dist/cli.js';
/** Flag of Node.js that loads the gauge before a server. */
export const GAUGE = `--import=./${CACHE}/gauge.js`;

const REFERENCES = ['minimal-server', 'responder', 'upstream-process', 'gauge'];

/** Bundles the reference servers the way the product is bundled, so that their start-up compares. */
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

/** Gives the environment of the built command: a dummy token, this API, and a state directory of the bench's own. */
export function environment(upstream: string): Record<string, string> {
	return {
		CLOUDFLARE_API_TOKEN: 'dummy-token',
		CLOUDFLARE_BASE_URL: upstream,
		// The warning about a host that is not Cloudflare's says nothing here.
		CF_CACHE_LOG_LEVEL: 'error',
		CF_CACHE_STATE_DIR: resolve(CACHE, 'state'),
	};
}

/** Starts a server by name; each sends its requests to the API at `upstream`. */
export const SUBJECTS = {
	ours: (upstream: string, flags: readonly string[] = []) => startServer([CLI, ...flags], environment(upstream)),
	sdk: (upstream: string) => startServer([`${CACHE}/minimal-server.js`], { UPSTREAM: upstream }),
	fetch: (upstream: string) => startServer([`${CACHE}/minimal-server.js`], { UPSTREAM: upstream, VIA: 'fetch' }),
	responder: () => startServer([`${CACHE}/responder.js`]),
} satisfies Record<string, (upstream: string) => Server>;

/** Starts the upstream in its own process, runs `work` with its URL, and ends it. */
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
