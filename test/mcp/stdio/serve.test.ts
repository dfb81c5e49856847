/** MCP over stdin and stdout, spoken in raw lines to the real process. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { messagesIn, preload, type Running, start } from '../../support/process.js';
import { CLI, ZONE_ID } from '../../support/session.js';

/** The files of the bundle that hold undici, known by an error code that only it has. */
const DIST = dirname(CLI);
const UNDICI = readdirSync(DIST).filter(
	(name) => name.endsWith('.js') && readFileSync(join(DIST, name), 'utf8').includes('UND_ERR_INVALID_ARG'),
);

const INITIALIZE = {
	method: 'initialize',
	params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } },
};
const LIST_ZONES = { method: 'tools/call', params: { name: 'zones_list', arguments: {} } };
const SANDBOX = ['--sandbox'];

/** The handshake. */
async function initialize(server: Running, capabilities: Record<string, unknown> = {}): Promise<void> {
	server.send({ id: 'init', ...INITIALIZE, params: { ...INITIALIZE.params, capabilities } });
	await server.answer('init');
	server.send({ method: 'notifications/initialized' });
}

async function session(...parameters: Parameters<typeof start>): Promise<Running> {
	const server = start(...parameters);
	await initialize(server);
	return server;
}

const textOf = ({ result }: { result?: Record<string, unknown> }) =>
	(result?.content as { text: string }[] | undefined)?.[0]?.text;

/** An API that keeps every caller waiting until it is told what to answer. */
async function startHeldApi() {
	const held: ServerResponse[] = [];
	const arrivals: (() => void)[] = [];
	const api = createServer((request, response) => {
		request.resume();
		held.push(response);
		for (const tell of arrivals.splice(0)) tell();
	});
	api.listen(0, '127.0.0.1');
	await once(api, 'listening');
	onTestFinished(() => {
		api.closeAllConnections();
		api.close();
	});
	return {
		env: {
			CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
			CLOUDFLARE_BASE_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
		},
		/** Resolves when one more caller waits. */
		arrival: () => new Promise<void>((resolve) => (held.length > 0 ? resolve() : arrivals.push(resolve))),
		/** Answers the oldest caller. */
		release: (result: unknown) => {
			const body = { success: true, errors: [], messages: [], result };
			held.shift()?.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		},
	};
}

const ZONE = { id: ZONE_ID, name: 'example.com', status: 'active', plan: { legacy_id: 'enterprise' } };

describe('stdout', () => {
	test('carries JSON-RPC lines only, whatever else the process prints', async () => {
		const noise = `process.on('SIGUSR2', () => { console.log('logged'); process.stdout.write('written'); })`;
		const server = await session(SANDBOX, { nodeFlags: [preload(noise)] });
		server.kill('SIGUSR2');
		await server.saw('stderr', 'logged\nwritten');
		server.send({ id: 1, ...LIST_ZONES });
		await server.answer(1);
		server.endInput();
		await server.ended;
		expect(messagesIn(server.stdout()).map(({ id }) => id)).toEqual(['init', 1]);
		expect(server.stdout()).toMatch(/\n$/);
	});

	test('that the client no longer reads ends the process', async () => {
		const server = await session(SANDBOX);
		server.closeOutput();
		server.send({ id: 1, method: 'ping' });
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});
});

describe('stderr', () => {
	test('is empty in a session where all goes well', async () => {
		const server = await session(SANDBOX);
		server.send({ id: 1, method: 'tools/list' });
		await server.answer(1);
		server.send({ id: 2, ...LIST_ZONES });
		await server.answer(2);
		server.endInput();
		await server.ended;
		expect(server.stderr()).toBe('');
	});

	test('tells at --log-level info why the server closes', async () => {
		const server = await session([...SANDBOX, '--log-level', 'info']);
		server.endInput();
		await server.ended;
		expect(server.stderr()).toContain('info: closing: stdin ended');
	});

	test('has one line for a bad flag, and the exit code is 2', async () => {
		const server = start(['--frobnicate']);
		expect(await server.ended).toEqual({ code: 2, signal: null });
		expect(server.stderr()).toBe('cloudflare-cache-mcp: unknown flag "--frobnicate".\n');
	});
});

describe('The server', () => {
	test('answers a ping', async () => {
		const server = await session(SANDBOX);
		server.send({ id: 1, method: 'ping' });
		expect((await server.answer(1)).result).toEqual({});
	});

	test('refuses an unknown method and goes on', async () => {
		const server = await session(SANDBOX);
		server.send({ id: 1, method: 'frobnicate' });
		expect((await server.answer(1)).error?.code).toBe(-32601);
		server.send({ id: 2, method: 'ping' });
		expect((await server.answer(2)).result).toEqual({});
	});

	test.each(['{"jsonrpc":', 'hello', '', '[]', '{}', 'null', '\u0000'])('goes on after the line %j', async (line) => {
		const server = await session(SANDBOX);
		server.send(line);
		server.send({ id: 1, method: 'ping' });
		expect((await server.answer(1)).result).toEqual({});
	});

	test('reads a line that arrives in pieces, in the middle of a character too', async () => {
		const server = await session(SANDBOX);
		const line = Buffer.from('{"jsonrpc":"2.0","method":"ping","id":"✓"}\n');
		const middle = line.indexOf('✓') + 1;
		await server.write(line.subarray(0, middle));
		await server.write(line.subarray(middle));
		expect((await server.answer('✓')).result).toEqual({});
	});

	test('reads lines that end in CRLF', async () => {
		const server = await session(SANDBOX);
		server.send('{"jsonrpc":"2.0","id":1,"method":"ping"}\r');
		expect((await server.answer(1)).result).toEqual({});
	});

	test('reads a line of 4 MB', async () => {
		const server = await session(SANDBOX);
		server.send({ id: 1, method: 'ping', params: { _meta: { padding: 'x'.repeat(4_000_000) } } });
		expect((await server.answer(1)).result).toEqual({});
	});

	test('closes and says so, rather than grow, on a line that does not end', async () => {
		const server = await session(SANDBOX);
		await server.write('x'.repeat(20_000_000));
		expect((await server.ended).signal).toBeNull();
		expect(messagesIn(server.stdout()).map(({ id }) => id)).toEqual(['init']);
		expect(server.stderr()).toMatch(/^cloudflare-cache-mcp: (warn|error): .*\n$/);
	});

	test('takes two initializes at once, as clients that probe send them', async () => {
		const server = start(SANDBOX);
		server.send({ id: 1, ...INITIALIZE });
		server.send({ id: 2, ...INITIALIZE });
		const [first, second] = await Promise.all([server.answer(1), server.answer(2)]);
		expect(second.result).toEqual(first.result);
		server.send({ id: 3, ...LIST_ZONES });
		expect(textOf(await server.answer(3))).toContain('example.com');
	});

	test('answers everything that came in one write with the end of the input', async () => {
		const server = start(SANDBOX);
		const lines = [{ id: 1, ...INITIALIZE }, { method: 'notifications/initialized' }, { id: 2, ...LIST_ZONES }];
		await server.write(lines.map((line) => `${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`).join(''));
		server.endInput();
		expect(await server.ended).toEqual({ code: 0, signal: null });
		expect(messagesIn(server.stdout()).map(({ id }) => id)).toEqual([1, 2]);
	});
});

describe('The HTTP library', () => {
	/** Node asks this about every module on another thread, before it is loaded. */
	const hook = (act: string) => {
		const resolve = `import { writeSync } from 'node:fs';
			export async function resolve(name, context, next) {
				const found = await next(name, context);
				if (${JSON.stringify(UNDICI)}.some((name) => found.url.endsWith(name))) { ${act} }
				return found;
			}`;
		const module = JSON.stringify(`data:text/javascript,${encodeURIComponent(resolve)}`);
		return `import { register } from 'node:module'; register(${module});`;
	};

	test('is not needed for initialize and tools/list', async () => {
		const server = await session(SANDBOX, { nodeFlags: [preload(hook(`throw new Error('no undici here')`))] });
		server.send({ id: 1, method: 'tools/list' });
		expect((await server.answer(1)).result?.tools).toBeInstanceOf(Array);
		// The guard guards: a call does need it.
		server.send({ id: 2, ...LIST_ZONES });
		expect(textOf(await server.answer(2))).toContain('no undici here');
	});

	test('is loaded without a call, once the first tools/list is answered', async () => {
		// Both threads write to one pipe, so the order is certain.
		const order = `${hook(`writeSync(2, 'undici\\n');`)}
			import { writeSync } from 'node:fs';
			const write = process.stdout.write.bind(process.stdout);
			process.stdout.write = (chunk, ...rest) => {
				if (String(chunk).includes('"tools":[')) writeSync(2, 'listed\\n');
				return write(chunk, ...rest);
			};`;
		const server = await session(SANDBOX, { nodeFlags: [preload(order)] });
		server.send({ id: 1, method: 'ping' });
		await server.answer(1);
		server.send({ id: 2, method: 'tools/list' });
		await server.saw('stderr', 'undici');
		expect(server.stderr().split('\n').slice(0, 2)).toEqual(['listed', 'undici']);
	});
});

describe('The process ends with code 0', () => {
	test('at the end of its input', async () => {
		const server = await session(SANDBOX);
		server.endInput();
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test('at the end of its input before anything was said', async () => {
		const server = start(SANDBOX);
		server.endInput();
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('on %s', async (signal) => {
		const server = await session(SANDBOX);
		server.kill(signal);
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test('on SIGBREAK, which only Windows sends', async () => {
		const server = start(SANDBOX, { nodeFlags: [preload("process.on('SIGUSR2', () => process.emit('SIGBREAK'))")] });
		server.send({ id: 1, method: 'ping' });
		await server.answer(1);
		server.kill('SIGUSR2');
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test.each(['SIGTERM', 'SIGINT'] as const)('on %s after calls have opened connections', async (signal) => {
		const server = await session(SANDBOX);
		server.send({ id: 1, ...LIST_ZONES });
		await server.answer(1);
		server.kill(signal);
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});
});

describe('A call under way', () => {
	test.each<[string, (server: Running) => void]>([
		['stdin ended', (server) => server.endInput()],
		['asked to stop', (server) => server.kill('SIGTERM')],
	])('still gets its answer when the server closes: %s', async (why, close) => {
		const api = await startHeldApi();
		const server = await session(['--log-level', 'info'], { env: api.env });
		server.send({ id: 1, ...LIST_ZONES });
		await api.arrival();
		close(server);
		await server.saw('stderr', `closing: ${why}`);
		api.release([ZONE]);
		expect(textOf(await server.answer(1))).toContain('example.com');
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test('that gets no answer is reported, and the process ends within 5 seconds', async () => {
		const api = await startHeldApi();
		const server = await session([], { env: api.env });
		server.send({ id: 1, ...LIST_ZONES });
		await api.arrival();
		const start = performance.now();
		server.endInput();
		expect(await server.ended).toEqual({ code: 0, signal: null });
		expect(performance.now() - start).toBeLessThan(5_000);
		expect(textOf(await server.answer(1))).toContain('The server is closing.\nNothing was changed.');
	});

	test('that changes something and gets no answer says that it may have been applied', async () => {
		const api = await startHeldApi();
		const server = await session([], { env: api.env });
		const args = { zone: 'example.com', urls: ['https://example.com/a'] };
		server.send({ id: 1, method: 'tools/call', params: { name: 'purge_cache', arguments: args } });
		await api.arrival();
		api.release([ZONE]);
		await api.arrival();
		server.kill('SIGTERM');
		await server.ended;
		expect(textOf(await server.answer(1))).toContain('It is unknown whether the change was applied.');
	});

	test('that waits for a person is reported when the server closes', async () => {
		const server = start(SANDBOX);
		await initialize(server, { elicitation: { form: {} } });
		const args = { zone: 'example.com' };
		server.send({ id: 1, method: 'tools/call', params: { name: 'purge_everything', arguments: args } });
		await server.saw('stdout', '"elicitation/create"');
		server.endInput();
		await server.ended;
		expect(textOf(await server.answer(1))).toContain('Nothing was changed.');
	});
});
