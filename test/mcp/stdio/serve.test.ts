/** MCP over stdin and stdout, spoken in raw lines to the built command. */
import { describe, expect, test } from 'vitest';
import { preload, start } from '../../support/process.js';
import { initializeParams } from '../../support/raw.js';
import { openSession, type RawOptions } from '../../support/session.js';

const INITIALIZE = { method: 'initialize', params: initializeParams() };

const open = (options: Omit<RawOptions, 'raw' | 'over'> = {}) => openSession({ ...options, over: 'stdio', raw: true });

/** What a server says at its start that works on an API of the test. */
const HOST_WARNING = /^cloudflare-cache-mcp: warn: requests carry the token to 127\.0\.0\.1:\d+, not to .*\n$/;

const ENDED = { code: 0, signal: null };

describe('stdout', () => {
	test('carries JSON-RPC lines only, whatever else the process prints', async () => {
		const noise = `process.on('SIGUSR2', () => { console.log('logged'); process.stdout.write('written'); })`;
		const { server, call } = await open({ nodeFlags: [preload(noise)] });
		server.kill('SIGUSR2');
		await server.saw('stderr', 'logged\nwritten');
		await call('zones_list', {});
		server.endInput();
		await server.ended;
		expect(server.messages()).toHaveLength(2);
		expect(server.stdout()).toMatch(/\n$/);
	});

	test('ends the process when the client no longer reads it', async () => {
		const { server, send } = await open();
		server.closeOutput();
		send({ id: 1, method: 'ping' });
		expect(await server.ended).toEqual(ENDED);
	});
});

describe('stderr', () => {
	test('has the line about the host of the API, and nothing else in a session without trouble', async () => {
		const { server, tools, call } = await open();
		await tools();
		await call('zones_list', {});
		server.endInput();
		await server.ended;
		expect(server.stderr()).toMatch(HOST_WARNING);
	});

	test('tells at --log-level info why the server closes', async () => {
		const { server } = await open({ flags: ['--log-level', 'info'] });
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

describe('the server', () => {
	test('answers a ping', async () => {
		const { request } = await open();
		expect((await request('ping')).result).toEqual({});
	});

	test('refuses an unknown method and goes on', async () => {
		const { request } = await open();
		expect((await request('frobnicate')).error?.code).toBe(-32601);
		expect((await request('ping')).result).toEqual({});
	});

	test.each(['{"jsonrpc":', 'hello', '', '[]', '{}', 'null', '\u0000'])('goes on after the line %j', async (line) => {
		const { server, request } = await open();
		server.send(line);
		expect((await request('ping')).result).toEqual({});
	});

	test('reads a line that arrives in pieces, even where a character is cut', async () => {
		const { server, answer } = await open();
		const line = Buffer.from('{"jsonrpc":"2.0","method":"ping","id":"✓"}\n');
		const middle = line.indexOf('✓') + 1;
		await server.write(line.subarray(0, middle));
		await server.write(line.subarray(middle));
		expect((await answer('✓')).result).toEqual({});
	});

	test('reads lines that end in CRLF', async () => {
		const { server, answer } = await open();
		server.send('{"jsonrpc":"2.0","id":1,"method":"ping"}\r');
		expect((await answer(1)).result).toEqual({});
	});

	test('reads a line of 4 MB', async () => {
		const { request } = await open();
		expect((await request('ping', { _meta: { padding: 'x'.repeat(4_000_000) } })).result).toEqual({});
	});

	test('refuses a message of more than 10 MB by its id, logs one warning, and goes on', async () => {
		const { server, request, answer } = await open();
		await server.write(
			`{"jsonrpc":"2.0","id":"long","method":"tools/call","params":{"text":"${'x'.repeat(20_000_000)}`,
		);
		expect((await answer('long')).error).toMatchObject({ code: -32600, message: expect.stringContaining('10 MB') });
		await server.write('"}}\n');
		expect((await request('ping')).result).toEqual({});
		server.endInput();
		expect(await server.ended).toEqual(ENDED);
		const [first, ...rest] = server.stderr().split(/(?<=\n)/);
		expect(first).toMatch(HOST_WARNING);
		expect(rest).toEqual(['cloudflare-cache-mcp: warn: protocol: a message of more than 10 MB was skipped\n']);
	});

	test('takes two initializes at once, as clients that probe send them', async () => {
		const { send, answer, call } = await open({ greet: false });
		send({ id: 1, ...INITIALIZE });
		send({ id: 2, ...INITIALIZE });
		const [first, second] = await Promise.all([answer(1), answer(2)]);
		expect(second.result).toEqual(first.result);
		expect((await call('zones_list', {})).text).toContain('example.com');
	});

	test('answers everything that came in one write with the end of the input', async () => {
		const { server } = await open({ greet: false });
		const call = { method: 'tools/call', params: { name: 'zones_list', arguments: {} } };
		const lines = [{ id: 1, ...INITIALIZE }, { method: 'notifications/initialized' }, { id: 2, ...call }];
		await server.write(lines.map((line) => `${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`).join(''));
		server.endInput();
		expect(await server.ended).toEqual(ENDED);
		expect(server.messages().map(({ id }) => id)).toEqual([1, 2]);
	});
});

describe('the process ends with code 0', () => {
	test('at the end of its input', async () => {
		const { server } = await open();
		server.endInput();
		expect(await server.ended).toEqual(ENDED);
	});

	test('at the end of its input before the first message', async () => {
		const { server } = await open({ greet: false });
		server.endInput();
		expect(await server.ended).toEqual(ENDED);
	});

	test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('on %s', async (signal) => {
		const { server } = await open();
		server.kill(signal);
		expect(await server.ended).toEqual(ENDED);
	});

	test('on SIGBREAK, which only Windows sends', async () => {
		const nodeFlags = [preload("process.on('SIGUSR2', () => process.emit('SIGBREAK'))")];
		const { server, request } = await open({ nodeFlags });
		await request('ping');
		server.kill('SIGUSR2');
		expect(await server.ended).toEqual(ENDED);
	});

	test.each(['SIGTERM', 'SIGINT'] as const)('on %s after calls have opened connections', async (signal) => {
		const { server, call } = await open();
		await call('zones_list', {});
		server.kill(signal);
		expect(await server.ended).toEqual(ENDED);
	});
});
