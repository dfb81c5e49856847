/** Which requests are sent a second time, and which never. */
import { describe, expect, test } from 'vitest';
import { Interrupted, NetworkError, TimeoutError } from '../../src/errors.js';
import { retryReads } from '../../src/http/retry.js';
import type { HttpRequest, HttpResponse, Send } from '../../src/http/send.js';

const READ: HttpRequest = { method: 'GET', target: '/zones?name=example.com', headers: { accept: 'application/json' } };
const CHANGES = ['POST', 'PUT', 'PATCH', 'DELETE'];
const BROKEN = new NetworkError('The connection broke.', { sent: true, next: '' });
const UNREACHED = new NetworkError('It could not be reached.', { sent: false, next: '' });

const answer = (status: number): HttpResponse => ({ status, headers: {}, body: `${status}` });

/** Sends as written: an answer is given, an error thrown; after the last of them the test fails. */
function scripted(...outcomes: (HttpResponse | Error)[]): { send: Send; sent: HttpRequest[] } {
	const sent: HttpRequest[] = [];
	const send: Send = async (request) => {
		sent.push(request);
		const outcome = outcomes[sent.length - 1] ?? new Error('one request too many');
		if (outcome instanceof Error) throw outcome;
		return outcome;
	};
	return { send: retryReads(send), sent };
}

describe('A read', () => {
	test('is sent once when it is answered', async () => {
		const { send, sent } = scripted(answer(200));
		expect(await send(READ)).toEqual(answer(200));
		expect(sent).toHaveLength(1);
	});

	test.each([502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527])('is sent once more after %d', async (status) => {
		const { send, sent } = scripted(answer(status), answer(200));
		expect(await send(READ)).toEqual(answer(200));
		expect(sent).toEqual([READ, READ]);
	});

	// A 500 comes from the API itself: the same question gets the same answer.
	test.each([301, 400, 401, 403, 404, 408, 409, 429, 500, 501, 505, 519, 528, 530])(
		'is not sent again after %d',
		async (status) => {
			const { send, sent } = scripted(answer(status));
			expect(await send(READ)).toEqual(answer(status));
			expect(sent).toHaveLength(1);
		},
	);

	test.each([
		['broke', BROKEN],
		['was not reached', UNREACHED],
	])('is sent once more when the connection %s', async (_, error) => {
		const { send, sent } = scripted(error, answer(200));
		expect(await send(READ)).toEqual(answer(200));
		expect(sent).toEqual([READ, READ]);
	});

	test('is not sent a third time when the second attempt breaks too', async () => {
		const { send, sent } = scripted(BROKEN, UNREACHED);
		await expect(send(READ)).rejects.toBe(UNREACHED);
		expect(sent).toHaveLength(2);
	});

	test('is not sent a third time when the gateway fails twice', async () => {
		const { send, sent } = scripted(answer(502), answer(503));
		expect(await send(READ)).toEqual(answer(503));
		expect(sent).toHaveLength(2);
	});

	test('is not sent a third time when the gateway fails and then the connection breaks', async () => {
		const { send, sent } = scripted(answer(502), BROKEN);
		await expect(send(READ)).rejects.toBe(BROKEN);
		expect(sent).toHaveLength(2);
	});

	test('is not sent a third time when the connection breaks and then the gateway fails', async () => {
		const { send, sent } = scripted(BROKEN, answer(502));
		expect(await send(READ)).toEqual(answer(502));
		expect(sent).toHaveLength(2);
	});

	test.each([
		['its time was up', new TimeoutError('Too late.', { next: '' })],
		['it was cancelled', new Interrupted('Cancelled.', { next: '' })],
		['the program has a defect', new TypeError('x is not a function')],
	])('is not sent again when %s', async (_, error) => {
		const { send, sent } = scripted(error);
		await expect(send(READ)).rejects.toBe(error);
		expect(sent).toHaveLength(1);
	});
});

describe.each(CHANGES)('A %s', (method) => {
	const change = { ...READ, method, body: '{}' };

	test.each([500, 502, 503, 504, 520])('is not sent again after %d', async (status) => {
		const { send, sent } = scripted(answer(status));
		expect(await send(change)).toEqual(answer(status));
		expect(sent).toHaveLength(1);
	});

	test.each([
		['broke', BROKEN],
		['was not reached', UNREACHED],
	])('is not sent again when the connection %s', async (_, error) => {
		const { send, sent } = scripted(error);
		await expect(send(change)).rejects.toBe(error);
		expect(sent).toHaveLength(1);
	});
});
