/** Tests the HTTP server of the sandbox: bodies, reports, and that malformed requests do not bring it down. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.js';
import { EXAMPLE_COM, openSandbox, type Reply, send, TOKEN } from '../support/sandbox.js';

const Z = `/zones/${EXAMPLE_COM}`;
const VARIANTS = `${Z}/cache/variants`;
const RESERVE = `${Z}/cache/cache_reserve`;
const codeOf = ({ status, body }: Reply) => [status, body.errors[0]?.code];

describe('PATCH', () => {
	test.each<[string, string, unknown, number]>([
		[RESERVE, 'no body', undefined, 6007],
		[RESERVE, 'a body that is not JSON', '{value: on}', 6007],
		[RESERVE, 'null', null, 1146],
		[RESERVE, 'a boolean', { value: true }, 1146],
		[RESERVE, 'another word', { value: 'maybe' }, 1146],
		[VARIANTS, 'a list', { value: ['jpeg'] }, 1146],
		[VARIANTS, 'an unknown extension', { value: { svg: ['image/webp'] } }, 1146],
		[VARIANTS, 'an inherited name', { value: { constructor: ['image/webp'] } }, 1146],
		[VARIANTS, 'a repeated type', { value: { jpeg: ['image/webp', 'image/webp'] } }, 1146],
		[VARIANTS, 'a type that is not an image', { value: { jpeg: ['text/html'] } }, 1146],
		[VARIANTS, 'a string in place of a list', { value: { jpeg: 'image/webp' } }, 1146],
	])('of %s refuses %s', async (path, _, body, code) => {
		expect(codeOf(await send(await openSandbox(), { method: 'PATCH', path, body }))).toEqual([400, code]);
	});

	test('accepts a body of one MiB, and refuses one byte more', async () => {
		const sandbox = await openSandbox();
		const sized = (size: number) => ({ method: 'PATCH', path: RESERVE, body: '{"value":"on"}'.padStart(size) });
		expect((await send(sandbox, sized(1_048_576))).status).toBe(200);
		expect(codeOf(await send(sandbox, sized(1_048_577)))).toEqual([413, 10413]);
	});
});

test('POST of a clear needs no body', async () => {
	const clear = { method: 'POST', path: `${RESERVE}_clear` };
	expect((await send(await openSandbox(), clear)).body.result).toMatchObject({ state: 'In-progress' });
});

describe('A sandbox', () => {
	test('reports every request once, as it came', async () => {
		const sandbox = await openSandbox();
		await send(sandbox, { method: 'PATCH', path: `${RESERVE}?a=%20b`, body: { value: 'on' } });
		await send(sandbox, { method: 'PATCH', path: '/a%2Fb', body: 'no JSON' });
		await send(sandbox, { method: 'GET', path: '/zones' });
		expect(sandbox.requests.map(({ headers: _, ...rest }) => rest)).toEqual([
			{ method: 'PATCH', path: RESERVE, query: 'a=%20b', body: { value: 'on' }, status: 200, applied: true },
			{ method: 'PATCH', path: '/a%2Fb', query: '', body: 'no JSON', status: 400, applied: false },
			{ method: 'GET', path: '/zones', query: '', body: undefined, status: 200, applied: true },
		]);
		expect(sandbox.requests[0]?.headers['user-agent']).toBe('test');
	});

	test('shares no state with another', async () => {
		const [one, other] = [await openSandbox(), await openSandbox()];
		await send(one, { method: 'PATCH', path: RESERVE, body: { value: 'on' } });
		const { body } = await send(other, { method: 'GET', path: RESERVE });
		expect(body.result).toMatchObject({ value: 'off' });
	});

	test('listens on the loopback address only, on the port it was given', async () => {
		const first = await openSandbox();
		expect(first.url).toBe(`http://127.0.0.1:${first.port}/client/v4`);
		await expect(startSandbox({ port: first.port })).rejects.toThrow('EADDRINUSE');
	});

	test('ends open connections when it closes, even in the middle of a request', async () => {
		const sandbox = await openSandbox();
		const socket = connect(sandbox.port, '127.0.0.1');
		const ended = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
		const whole = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
		const half = 'PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{';
		await new Promise((resolve) => socket.once('data', resolve).write(whole + half));
		await sandbox.close();
		await ended;
	});

	test.each([
		['bytes that are not HTTP', 'nonsense\r\n\r\n'],
		['a path without a slash', 'GET zones HTTP/1.1\r\nHost: a\r\n\r\n'],
		['a whole URL as its path', 'GET http://a/client/v4/zones HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
		['a body that ends early', `PATCH ${RESERVE} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{`],
		['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'],
	])('survives %s', async (_, text) => {
		const sandbox = await openSandbox();
		await sendBytes(sandbox, text);
		expect((await send(sandbox, { method: 'GET', path: Z })).status).toBe(200);
	});

	test('answers with an error of its own when its clock fails', async () => {
		const sandbox = await openSandbox({ now: () => Number.NaN });
		const reply = await send(sandbox, { method: 'PATCH', path: RESERVE, body: { value: 'on' } });
		expect(codeOf(reply)).toEqual([500, 10500]);
		expect(JSON.stringify(reply.body)).not.toContain(TOKEN);
	});
});

/** Sends bytes, and waits until the connection has closed. */
function sendBytes(sandbox: Sandbox, text: string): Promise<unknown> {
	const socket = connect(sandbox.port, '127.0.0.1');
	return new Promise((resolve) => {
		socket.on('close', resolve).on('error', () => undefined);
		socket.resume().end(text);
	});
}
