/** Measures the others section: servers that turn any OpenAPI document into tools, given the description of this API. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { RESERVE, ZONE } from './answers.js';
import { interleave, median } from './interleave.js';
import { OTHERS, type Other } from './rows.js';
import type { Section } from './section.js';
import { callOf, listTools, readMemory, readResult, type Server, startServer } from './server.js';
import { environment } from './subjects.js';
import { startUpstream } from './upstream.js';

const FOLDER = resolve('node_modules/.cache/bench/others');
const DOCUMENT = resolve('test/cloudflare/openapi.json');
/** A request still open this long after its call was cancelled counts as left open. */
const CANCEL_GRACE_MS = 1_000;
/** Time limit of one answer: longer than any of these servers waits between two attempts. */
const ANSWER_TIMEOUT_MS = 30_000;

const run = promisify(execFile);

/** An installed server: its folder, and a function that starts it for the API at `url`. */
interface Installed {
	folder: string;
	start(url: string): Server;
}

const install = async (folder: string, what: readonly string[]) => {
	mkdirSync(folder, { recursive: true });
	if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{"private":true}');
	const flags = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock'];
	await run('npm', ['install', ...flags, ...what], { cwd: folder });
};

/** Installs a server, by its name. */
const INSTALL: Readonly<Record<Other, () => Promise<Installed>>> = {
	async ours() {
		const folder = join(FOLDER, 'ours');
		const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dirname(FOLDER)]);
		const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
		await install(folder, [join(dirname(FOLDER), filename)]);
		const command = join(folder, 'node_modules/cloudflare-cache-mcp/dist/cli.js');
		return { folder, start: (url) => startServer([command], environment(url)) };
	},
	async runtime() {
		const folder = join(FOLDER, 'runtime');
		await install(folder, [OTHERS.runtime]);
		const command = join(folder, 'node_modules/.bin/openapi-mcp-server');
		return { folder, start: (url) => startServer([command, '--api-base-url', url, '--openapi-spec', DOCUMENT]) };
	},
	async converter() {
		const folder = join(FOLDER, 'converter');
		await install(folder, [OTHERS.converter]);
		const command = join(folder, 'node_modules/.bin/mcp-openapi');
		return { folder, start: (url) => startServer([command, '--spec', DOCUMENT, '--base-url', url]) };
	},
	async generator() {
		const tool = join(FOLDER, 'generator');
		const folder = join(FOLDER, 'generated');
		await install(tool, [OTHERS.generator]);
		const command = join(tool, 'node_modules/.bin/openapi-mcp-generator');
		await run(process.execPath, [
			command,
			'--input',
			DOCUMENT,
			'--output',
			folder,
			'--base-url',
			UNUSED_URL,
			'--force',
		]);
		await install(folder, []);
		const source = readFileSync(join(folder, 'src/index.ts'), 'utf8');
		const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' });
		writeFileSync(join(folder, 'index.js'), code);
		return { folder, start: (url) => startServer([join(folder, 'index.js')], { API_BASE_URL: url }) };
	},
};

/** The generator requires a base URL. The generated server takes the real one from its environment. */
const UNUSED_URL = 'http://127.0.0.1:9';

interface Tool {
	name: string;
	description?: string;
	inputSchema: unknown;
	annotations?: object;
}

/** Milliseconds from spawn to the tool list, bytes of memory at that moment, and the list. */
interface Listed {
	time: number;
	memory: number | undefined;
	tools: readonly Tool[];
}

async function measureList(server: Server): Promise<Listed> {
	try {
		const line = await listTools(server);
		const time = performance.now() - server.spawnedAt;
		return { time, memory: readMemory(server.pid), tools: readResult<{ tools: Tool[] }>(line).tools };
	} finally {
		await server.kill();
	}
}

/** Gives the params of the call that reads the Cache Reserve setting, under the server's own tool name. */
function readReserve(tools: readonly Tool[]): string {
	const tool = tools.find(({ name }) => /^cache_reserve_get$|get.?cache.?reserve.?setting$/i.test(name));
	if (!tool) throw new Error(`no tool reads Cache Reserve: ${tools.map(({ name }) => name).join(', ')}`);
	return callOf(tool.name, { [tool.name === 'cache_reserve_get' ? 'zone' : 'zone_id']: ZONE });
}

/** Counts at the API how often a read is tried while the API answers 503, and tells whether a cancelled read stays open. */
async function measureRead(subject: Installed, tools: readonly Tool[]): Promise<{ attempts: number; open: boolean }> {
	const params = readReserve(tools);
	const seen: ServerResponse[] = [];
	let arrived: () => void = () => undefined;
	let answers = true;
	const upstream = await startUpstream((_, response) => {
		// Compares the end of the URL, because one server drops the path of the base URL.
		if (!response.req.url?.endsWith(RESERVE)) return false;
		seen.push(response);
		if (answers) response.writeHead(503, { 'content-type': 'application/json' }).end('{"success":false}');
		arrived();
		return true;
	});
	const server = subject.start(upstream.url);
	try {
		await listTools(server);
		await within(ANSWER_TIMEOUT_MS, server.ask('tools/call', params).answer);
		const attempts = seen.length;
		answers = false;
		const asked = new Promise<void>((resolve) => {
			arrived = resolve;
		});
		const { id } = server.ask('tools/call', params);
		await within(ANSWER_TIMEOUT_MS, asked);
		const response = seen.at(-1) as ServerResponse;
		const closed = once(response, 'close');
		server.notify('notifications/cancelled', JSON.stringify({ requestId: id, reason: 'no longer wanted' }));
		await Promise.race([closed, setTimeout(CANCEL_GRACE_MS)]);
		return { attempts, open: !response.closed };
	} finally {
		await server.kill();
		await upstream.close();
	}
}

async function within<Value>(limitMs: number, work: Promise<Value>): Promise<Value> {
	const late = setTimeout(limitMs, undefined, { ref: false }).then(() => {
		throw new Error(`no answer within ${limitMs / 1_000} s`);
	});
	return Promise.race([work, late]);
}

/** Counts the installed packages and their bytes. */
function measureInstalled(folder: string): { packages: number; bytes: number } {
	const found = { packages: 0, bytes: 0 };
	const walk = (path: string) => {
		for (const entry of readdirSync(path, { withFileTypes: true })) {
			const inner = join(path, entry.name);
			if (entry.isDirectory()) walk(inner);
			else if (entry.isFile()) {
				found.bytes += statSync(inner).size;
				if (/[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+[\\/]package\.json$/.test(inner)) found.packages++;
			}
		}
	};
	walk(join(folder, 'node_modules'));
	return found;
}

export const others: Section = async ({ quick, report }) => {
	const { encode } = await import('gpt-tokenizer/encoding/o200k_base');
	const names = Object.keys(OTHERS) as Other[];
	const installed = {} as Record<Other, Installed>;
	for (const name of names) installed[name] = await INSTALL[name]();
	const upstream = await startUpstream();
	try {
		const starts = Object.fromEntries(
			names.map((name) => [name, () => measureList(installed[name].start(upstream.url))]),
		);
		const lists = await interleave(starts as Record<Other, () => Promise<Listed>>, {
			rounds: quick ? 3 : 7,
			warmUp: 1,
		});
		const times = Object.fromEntries(names.map((name) => [name, median(lists[name].map(({ time }) => time))]));
		for (const name of names) {
			const { tools = [] } = lists[name][0] ?? {};
			const time = times[name] as number;
			report(`others.${name}-start`, time / (times.ours as number), `${time.toFixed(0)} ms`);
			const memories = lists[name].flatMap(({ memory }) => memory ?? []);
			report(`others.${name}-memory`, memories.length === 0 ? undefined : median(memories) / 1024 / 1024);
			const cost = (tool: Tool) =>
				encode(JSON.stringify({ name: tool.name, description: tool.description, inputSchema: tool.inputSchema }))
					.length;
			const tokens = tools.map(cost).reduce((sum, count) => sum + count, 0);
			report(`others.${name}-tokens`, tokens, `${tools.length} tools`);
			report(`others.${name}-annotated`, tools.filter(({ annotations }) => annotations).length, `of ${tools.length}`);
			const { packages, bytes } = measureInstalled(installed[name].folder);
			report(`others.${name}-packages`, packages);
			report(`others.${name}-size`, bytes / 1024 / 1024);
			const { attempts, open } = await measureRead(installed[name], tools);
			report(`others.${name}-attempts`, attempts);
			report(`others.${name}-open`, open ? 1 : 0);
		}
	} finally {
		await upstream.close();
	}
};
