/** Tests interim answers (1xx) that no one asked for, over a raw connection whose bytes arrive in any pieces. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openPool } from '../../../src/cloudflare/http/pool.js';
import { NetworkError } from '../../../src/errors.js';

const CHANGE = { method: 'POST', target: '/purge', headers: {}, body: '{}' };
const BODY = '{"success":true,"more":"HTTP/1.1 100 Continue"}';
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Sends `pieces` after each request, each in a packet of its own. Returns a Send, and the number of requests. */
async function startRaw(piecesOf: (request: number) => string[]) {
	let requests = 0;
	const write = async (socket: Socket, pieces: readonly string[]) => {
		for (const piece of pieces) {
			socket.write(piece);
			await nextTurn();
		}
	};
	const server = createServer((socket) => {
		socket.setNoDelay(true);
		socket.on('error', () => undefined);
		socket.on('data', () => void write(socket, piecesOf(requests++)));
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const pool = openPool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 60);
	onTestFinished(async () => {
		await pool.close();
		server.close();
	});
	return { send: pool.send, requests: () => requests };
}

describe('An unasked interim answer', () => {
	test.each([100, 102, 103, 199])('%d is passed over, and the request is sent once', async (status) => {
		const { send, requests } = await startRaw(() => [`HTTP/1.1 ${status} Info\r\n\r\n`, ANSWER]);
		expect(await send(CHANGE)).toMatchObject({ status: 200, body: BODY });
		expect(requests()).toBe(1);
	});

	test('with headers, twice, and in one packet with the answer, is passed over', async () => {
		const head = 'HTTP/1.1 100 Continue\r\nvia: proxy\r\n\r\n';
		const { send } = await startRaw(() => [head + CONTINUE + ANSWER]);
		expect(await send(CHANGE)).toMatchObject({ status: 200, body: BODY });
	});

	test('is passed over in each answer of a connection', async () => {
		const { send, requests } = await startRaw(() => [CONTINUE, ANSWER]);
		for (let count = 0; count < 3; count++) expect(await send(CHANGE)).toMatchObject({ body: BODY });
		expect(requests()).toBe(3);
	});

	test('is passed over wherever its bytes are parted', async () => {
		const bytes = CONTINUE + ANSWER;
		const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 6 });
		let pieces: string[] = [];
		const { send } = await startRaw(() => pieces);
		await fc.assert(
			fc.asyncProperty(cuts, async (places) => {
				const ends = [...places.sort((a, b) => a - b), bytes.length];
				pieces = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
				expect(await send(CHANGE)).toMatchObject({ status: 200, body: BODY });
			}),
			{ numRuns: 60 },
		);
	});

	test('without an end is not collected for ever, and leaves open whether a change was applied', async () => {
		const { send } = await startRaw(() => ['HTTP/1.1 100 Continue\r\n', `x: ${'y'.repeat(20_000)}\r\n`, '\r\n']);
		const failure = await send(CHANGE).catch((error: unknown) => error);
		expect(failure).toBeInstanceOf(NetworkError);
		expect(failure).toMatchObject({ sent: true, changed: 'unknown' });
	});
});
