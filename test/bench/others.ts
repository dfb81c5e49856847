/** Servers that make tools of any OpenAPI document, given the description of this API: what each costs, and what it does with a call. */
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
/** How long a request to the API may outlive the call that was cancelled (milliseconds). */
const LET_GO = 1_000;
/** No server waits longer before it tries again (milliseconds). */
const PATIENCE = 30_000;

const run = promisify(execFile);

/** An installed server: its folder, and how it is started for the API at this URL. */
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

/** How each is installed, by its name. */
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
		await run(process.execPath, [command, '--input', DOCUMENT, '--output', folder, '--base-url', NOWHERE, '--force']);
		await install(folder, []);
		const source = readFileSync(join(folder, 'src/index.ts'), 'utf8');
		const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' });
		writeFileSync(join(folder, 'index.js'), code);
		return { folder, start: (url) => startServer([join(folder, 'index.js')], { API_BASE_URL: url }) };
	},
};

/** The generator wants a base URL; the server that it writes takes another from its environment. */
const NOWHERE = 'http://127.0.0.1:9';

interface Tool {
	name: string;
	description?: string;
	inputSchema: unknown;
	annotations?: object;
}

/** Milliseconds from spawn to the list, bytes of memory then, and the list. */
interface Listed {
	time: number;
	memory: number | undefined;
	tools: readonly Tool[];
}

async function measureList(server: Server): Promise<Listed> {
	try {
		const line = await listTools(server);
		const time = performance.now() - server.born;
		return { time, memory: readMemory(server.pid), tools: readResult<{ tools: Tool[] }>(line).tools };
	} finally {
		await server.kill();
	}
}

/** The call that reads the Cache Reserve setting, as each server has it. */
function readReserve(tools: readonly Tool[]): string {
	const tool = tools.find(({ name }) => /^cache_reserve_get$|get.?cache.?reserve.?setting$/i.test(name));
	if (!tool) throw new Error(`no tool reads Cache Reserve: ${tools.map(({ name }) => name).join(', ')}`);
	return callOf(tool.name, { [tool.name === 'cache_reserve_get' ? 'zone' : 'zone_id']: ZONE });
}

/** What the API sees of one read: how often it is asked while it answers 503, and whether a request outlives its call. */
async function measureRead(subject: Installed, tools: readonly Tool[]): Promise<{ attempts: number; open: boolean }> {
	const params = readReserve(tools);
	const seen: ServerResponse[] = [];
	let arrived: () => void = () => undefined;
	let answers = true;
	const upstream = await startUpstream((_, response) => {
		// Not the target: one of them drops the path of the base URL.
		if (!response.req.url?.endsWith(RESERVE)) return false;
		seen.push(response);
		if (answers) response.writeHead(503, { 'content-type': 'application/json' }).end('{"success":false}');
		arrived();
		return true;
	});
	const server = subject.start(upstream.url);
	try {
		await listTools(server);
		await within(PATIENCE, server.ask('tools/call', params).answer);
		const attempts = seen.length;
		answers = false;
		const asked = new Promise<void>((resolve) => {
			arrived = resolve;
		});
		const { id } = server.ask('tools/call', params);
		await within(PATIENCE, asked);
		const response = seen.at(-1) as ServerResponse;
		const closed = once(response, 'close');
		server.tell('notifications/cancelled', JSON.stringify({ requestId: id, reason: 'no longer wanted' }));
		await Promise.race([closed, setTimeout(LET_GO)]);
		return { attempts, open: !response.closed };
	} finally {
		await server.kill();
		await upstream.close();
	}
}

async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
	const late = setTimeout(milliseconds, undefined, { ref: false }).then(() => {
		throw new Error('no answer');
	});
	return Promise.race([work, late]);
}

/** Packages that were installed, and their bytes. */
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
