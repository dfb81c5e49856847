/** Builds what is published: the bundle, the licences of what is in it, the view, and the tools as they are listed. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type PluginBuild } from 'esbuild';
import { deriveTools, PREPARED_FILE, type PreparedTool, type StoredTool } from '../mcp/prepared-tools.js';
import { VIEW_FILE } from '../mcp/view.js';
import { ZONE_ARGUMENTS } from '../operations/input.js';
import { joinStart } from './start.js';
import { countTokens } from './tokens.js';
import { buildView } from './view.js';

const OUT = 'dist';
/** CommonJS in the bundle asks for Node's modules by `require`, which ES modules lack. */
const REQUIRE =
	"import{createRequire as createRequireForBundle}from'node:module';const require=createRequireForBundle(import.meta.url);";
/** The parts of undici, for the file that opens proxies and for every other one. */
const POOL =
	"exports.Pool = require('undici/lib/dispatcher/pool'); exports.Client = require('undici/lib/dispatcher/client'); exports.buildConnector = require('undici/lib/core/connect');";
/** The agent connects by a method that the index of undici adds. */
const PROXY_AGENT =
	"exports.EnvHttpProxyAgent = require('undici/lib/dispatcher/env-http-proxy-agent'); require('undici/lib/dispatcher/dispatcher').prototype.connect = require('undici/lib/api/api-connect');";
/** The client of Redis, without clusters and sentinels. */
const REDIS_CLIENT =
	"exports.createClient = require('@redis/client/dist/lib/client').default.create; exports.ErrorReply = require('@redis/client/dist/lib/errors').ErrorReply;";
/** The tables of all commands and of what is known of them. Commands are sent as words, which looks nothing up. */
const COMMAND_TABLES = 'exports.default = {}; exports.NON_STICKY_COMMANDS = {}; exports.COMMAND_METADATA = {};';
/** WebAssembly in undici. It is compiled from llhttp, whose licence undici does not repeat. */
const LLHTTP = /^node_modules\/undici\/lib\/llhttp\/.*wasm\.js$/;

rmSync(OUT, { recursive: true, force: true });
// Split, so that the HTTP pool, the sandbox and the demo are read from disk only when they are needed.
const options = {
	entryPoints: ['src/cli.ts'],
	outdir: OUT,
	bundle: true,
	splitting: true,
	minify: true,
	format: 'esm',
	platform: 'node',
	target: 'node20',
	metafile: true,
	logLevel: 'warning',
	plugins: [
		{ name: 'without the validator', setup: leaveOutValidator },
		{ name: 'only the pool', setup: takeOnlyPool },
		{ name: 'only the Redis client', setup: takeOnlyRedisClient },
	],
	// Their other builds hide from the bundler which files they need.
	alias: {
		'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
		'graphql/language/index.js': 'graphql/language/index.mjs',
	},
	banner: { js: REQUIRE },
} satisfies BuildOptions;
const { metafile } = await build({ ...options, plugins: [...options.plugins, await joinStart(options)] });
for (const file of readdirSync(OUT)) withoutUnusedRequire(join(OUT, file));
writeFileSync(join(OUT, 'THIRD_PARTY_LICENSES'), collectLicences(Object.keys(metafile.inputs)));
writeFileSync(join(OUT, VIEW_FILE), await buildView());
writeFileSync(join(OUT, PREPARED_FILE), JSON.stringify(await prepareTools()));

/** The SDK's server imports a JSON Schema validator, and nothing that we use of it validates by one. */
function leaveOutValidator({ onResolve, onLoad }: PluginBuild): void {
	onResolve({ filter: /\/ajv-provider\.js$/ }, ({ importer }) =>
		/[\\/]server[\\/]index\.js$/.test(importer) ? { path: 'ajv', namespace: 'unused' } : undefined,
	);
	onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: 'export class AjvJsonSchemaValidator {}' }));
}

/**
 * Of undici few parts are used; its index loads fetch, WebSocket, caches and mocks with it, at three times the memory.
 * Only the file that opens proxies gets the agent for them.
 */
function takeOnlyPool({ onResolve, onLoad }: PluginBuild): void {
	onResolve({ filter: /^undici$/ }, ({ importer }) => ({
		path: /[\\/]proxy\.ts$/.test(importer) ? 'proxy' : 'pool',
		namespace: 'undici',
	}));
	// The second build of llhttp needs no SIMD, runs everywhere, and parses the small answers of an API as fast.
	onResolve({ filter: /\/llhttp_simd-wasm\.js$/ }, ({ resolveDir }) => ({
		path: join(resolveDir, '../llhttp/llhttp-wasm.js'),
	}));
	onLoad({ filter: /^/, namespace: 'undici' }, ({ path }) => ({
		contents: path === 'proxy' ? `${POOL}${PROXY_AGENT}` : POOL,
		resolveDir: '.',
	}));
}

/** Of the package for Redis only the client is used. All else in it is twice as large, and would be read with it. */
function takeOnlyRedisClient({ onResolve, onLoad }: PluginBuild): void {
	const unlessForeign = (path: string) => (one: { importer: string }) =>
		/[\\/]@redis[\\/]client[\\/]/.test(one.importer) ? { path, namespace: 'redis' } : undefined;
	onResolve({ filter: /^@redis\/client$/ }, () => ({ path: 'client', namespace: 'redis' }));
	onResolve({ filter: /^\.\.\/commands$|\/command-metadata-data$/ }, unlessForeign('tables'));
	// It is loaded where someone asks for traces.
	onResolve({ filter: /^@opentelemetry\/api$/ }, unlessForeign('tables'));
	onLoad({ filter: /^/, namespace: 'redis' }, ({ path }) => ({
		contents: path === 'client' ? REDIS_CLIENT : COMMAND_TABLES,
		resolveDir: '.',
	}));
}

/** The bundler puts `require` into every file, and few use it. */
function withoutUnusedRequire(file: string): void {
	const [before = '', after] = readFileSync(file, 'utf8').split(`${REQUIRE}\n`);
	if (after !== undefined && !/\brequire\b/.test(after)) writeFileSync(file, before + after);
}

/** All tools, with the tokens that each costs a model in every form that it is listed in. */
async function prepareTools(): Promise<StoredTool[]> {
	const [required, optional, fixed] = await Promise.all(ZONE_ARGUMENTS.map((form) => deriveTools(form)));
	const count = (tools: readonly PreparedTool[] | undefined, at: number) => {
		const tool = tools?.[at]?.tool;
		return tool ? countTokens(tool) : 0;
	};
	return (required ?? []).map((prepared, at) => ({
		...prepared,
		tokens: { required: count(required, at), optional: count(optional, at), fixed: count(fixed, at) },
	}));
}

/** The licence of every package that a file of the bundle comes from. Throws when one has none: it may not be shipped then. */
function collectLicences(inputs: readonly string[]): string {
	const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
	const texts = [...packages].sort().map((name) => {
		const folder = join('node_modules', name);
		const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
			version: string;
			license?: string;
		};
		const file = readdirSync(folder).find((one) => /^licen[cs]e(\.|$)/i.test(one));
		if (!file && !license) throw new Error(`${name} has no licence`);
		const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licensed under ${license}.`;
		return `${name} ${version}\n\n${text}\n`;
	});
	if (inputs.some((path) => LLHTTP.test(path)))
		texts.push(`llhttp, compiled into undici\n\n${readFileSync('src/build/llhttp.LICENSE', 'utf8')}`);
	return texts.join(`\n${'-'.repeat(72)}\n\n`);
}
