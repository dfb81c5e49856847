/** Builds and starts the built command and the reference servers that it is compared with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { freePort } from '../support/free-port.js';
import { startHttpProcess } from '../support/http-process.js';
import { pathOf, RedisServer } from '../support/redis-server.js';

import { type Server, startServer } from './server.js';

const CACHE = 'node_modules/.cache/bench';
/** The built command. */
export const CLI = 'dist/cli.js';
/** The bundle of the load generator. */
export const LOAD = `${CACHE}/load-process.js`;
/** Flag of Node.js that loads the gauge before a server. */
export const GAUGE = `--import=./${CACHE}/gauge.js`;

const REFERENCES = [
	'minimal-server',
	'minimal-http-server',
	'sdk-transport-server',
	'load-process',
	'responder',
	'upstream-process',
	'gauge',
];

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

/** How a server of the http section is started. */
interface HttpOptions {
	/** URL of Redis. */
	redis?: string;
	/** Path of the policy file. Nobody signs in where it is absent. */
	policy?: string;
}

/** Starts a server that listens on a free port; each sends its requests to the API at `upstream`. */
export const HTTP_SUBJECTS = {
	ours: (upstream: string, { redis, policy }: HttpOptions = {}) =>
		startHttpProcess(
			[
				...[CLI, '--http', '0'],
				...(redis === undefined ? [] : ['--redis', redis]),
				...(policy === undefined ? ['--auth', 'none'] : ['--auth', 'tokens', '--policy', policy]),
			],
			{ ...environment(upstream), CF_CACHE_CONFIRM_SECRET: 'bench-secret'.padEnd(32, '.') },
		),
	transport: (upstream: string) => startHttpProcess([`${CACHE}/sdk-transport-server.js`], environment(upstream)),
	minimal: (upstream: string) => startHttpProcess([`${CACHE}/minimal-http-server.js`], { UPSTREAM: upstream }),
};

/** Starts Redis, runs `work` with its URL, and ends it. There is no URL where Redis is not installed. */
export async function withRedis(work: (url: string | undefined) => Promise<void>): Promise<void> {
	const path = pathOf('redis-server');
	if (path === undefined) return work(undefined);
	const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'));
	const redis = new RedisServer(path, folder, [], await freePort());
	try {
		await redis.start();
		await work(redis.url);
	} finally {
		await redis.kill();
		rmSync(folder, { recursive: true, force: true });
	}
}

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
