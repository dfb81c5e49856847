/** The HTTP library takes time to load, so it loads after the first tools/list is answered. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI, preload } from '../../support/process.js';
import { openSession } from '../../support/session.js';
import { answering, openStateless, questionIn, typed } from '../../support/stateless.js';

const DIST = dirname(CLI);

/** The files of the bundle that hold a library, known by a text that only it has. */
function filesWith(text: string): string[] {
	return readdirSync(DIST).filter(
		(name) => name.endsWith('.js') && readFileSync(join(DIST, name), 'utf8').includes(text),
	);
}

const UNDICI = filesWith('UND_ERR_INVALID_ARG');
const SDK = filesWith('prompts/list_changed');

const onUndici = (act: string) => onLoading(UNDICI, act);

/** Code that runs `act` when one of the files is about to load. Node.js asks hooks about each module, on another thread. */
function onLoading(files: readonly string[], act: string): string {
	const resolve = `import { writeSync } from 'node:fs';
		export async function resolve(name, context, next) {
			const found = await next(name, context);
			if (${JSON.stringify(files)}.some((name) => found.url.endsWith(name))) { ${act} }
			return found;
		}`;
	const module = JSON.stringify(`data:text/javascript,${encodeURIComponent(resolve)}`);
	return `import { register } from 'node:module'; register(${module});`;
}

describe('the HTTP library', () => {
	test('is not needed for initialize and tools/list, but for a call', async () => {
		const nodeFlags = [preload(onUndici(`throw new Error('no undici here')`))];
		const { tools, call } = await openSession({ over: 'stdio', raw: true, nodeFlags });
		expect(await tools()).toContain('purge_cache');
		expect((await call('zones_list', {})).text).toContain('no undici here');
	});

	test('loads without a call, once the first tools/list is answered', async () => {
		// Both threads write to one pipe, so the order of their lines is that of the events.
		const code = `${onUndici(`writeSync(2, 'undici\\n');`)}
			import { writeSync } from 'node:fs';
			const write = process.stdout.write.bind(process.stdout);
			process.stdout.write = (chunk, ...rest) => {
				if (String(chunk).includes('"tools":[')) writeSync(2, 'listed\\n');
				return write(chunk, ...rest);
			};`;
		const { server, request, tools } = await openSession({ over: 'stdio', raw: true, nodeFlags: [preload(code)] });
		await request('ping');
		await tools();
		await server.saw('stderr', 'undici');
		const loaded = server
			.stderr()
			.split('\n')
			.filter((line) => !line.startsWith('cloudflare-cache-mcp: warn: '));
		expect(loaded.slice(0, 2)).toEqual(['listed', 'undici']);
	});
});

describe('the SDK', () => {
	const nodeFlags = [preload(onLoading(SDK, `throw new Error('no SDK here')`))];
	const read = { name: 'cache_reserve_get', arguments: { zone: 'example.com' } };
	const purge = { name: 'purge_everything', arguments: { zone: 'example.com' } };

	test('is not needed by a client of MCP 2026-07-28, also for a call that asks the user', async () => {
		const { ask, changes } = await openStateless({ over: 'stdio', nodeFlags });
		for (const method of ['server/discover', 'tools/list', 'resources/list', 'prompts/list'])
			expect((await ask(method)).result).toMatchObject({ resultType: 'complete' });
		expect((await ask('tools/call', read)).result).toMatchObject({ structuredContent: { status: 'done' } });
		const { state } = questionIn(await ask('tools/call', purge));
		await ask('tools/call', { ...purge, ...answering(state, typed('example.com')) });
		expect(changes()).toHaveLength(1);
	});

	test('is not needed by a client of an earlier revision, until it is shown a form', async () => {
		const form = () => ({ result: { action: 'accept', content: { zone: 'example.com' } } });
		const { tools, call, changes } = await openSession({ over: 'stdio', raw: true, form, nodeFlags });
		expect(await tools()).toContain('purge_cache');
		expect((await call(read.name, read.arguments)).structured).toMatchObject({ status: 'done' });
		expect((await call(purge.name, purge.arguments)).text).toContain('no SDK here');
		expect(changes()).toEqual([]);
	});
});

test('a client that only asks who is there makes the server load nothing that calls need', async () => {
	const nodeFlags = [preload(onUndici(`writeSync(2, 'undici\\n');`))];
	const { server, ask } = await openStateless({ over: 'stdio', nodeFlags });
	await ask('server/discover');
	await ask('server/discover');
	server.endInput();
	await server.ended;
	expect(server.stderr()).not.toContain('undici');
});
