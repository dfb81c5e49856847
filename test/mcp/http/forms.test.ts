/** Forms over HTTP: the question leaves by the stream of its call, and the answer comes with another POST. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CarriedAnswer, Wire, WireListener } from '../../../src/mcp/http/wire.js';
import { createManualClock } from '../../support/clock.js';
import { call, readEvents, request, type Served, type ServedOptions, serveHttp } from '../../support/http.js';
import type { Message } from '../../support/process.js';

const PURGE = call('purge_everything', { zone: 'example.com' });
const YES = { action: 'accept', content: { zone: 'example.com' } };

/** A call that has asked its user. */
interface Asked {
	/** The id of the question. */
	readonly id: string;
	readonly question: Message;
	/** Resolves with the messages after the question, when the stream has ended. */
	rest(): Promise<readonly Message[]>;
	/** Closes the stream. */
	leave(): void;
}

async function ask({ url }: Pick<Served, 'url'>, session: string, message: object = PURGE): Promise<Asked> {
	const controller = new AbortController();
	onTestFinished(() => controller.abort());
	const response = await request(url, message, { session, signal: controller.signal });
	const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
	const read = async () => (await reader?.read())?.value;
	const [question] = readEvents((await read()) ?? '');
	if (!question) throw new Error('no question came');
	const rest = async () => {
		let text = '';
		for (let chunk = await read(); chunk !== undefined; chunk = await read()) text += chunk;
		return readEvents(text);
	};
	return { id: String(question.id), question, rest, leave: () => controller.abort() };
}

const answerOf = (id: unknown, result: unknown = YES) => ({ jsonrpc: '2.0', id, result });
const statusIn = (messages: readonly Message[]) =>
	(messages.at(-1)?.result?.structuredContent as { status?: string } | undefined)?.status;
const textIn = (messages: readonly Message[]) => JSON.stringify(messages.at(-1)?.result?.content);

async function open(options?: ServedOptions) {
	const served = await serveHttp(options);
	return { ...served, session: await served.open({ forms: true }) };
}

describe('a form', () => {
	test('is answered by another POST of the session, and the change is made once', async () => {
		const { session, post, changes, ...served } = await open();
		const { id, question, rest } = await ask(served, session);
		expect(question).toMatchObject({ method: 'elicitation/create', params: { mode: 'form' } });
		expect(id).toMatch(/^[\w-]{12}\.[\w-]{22}$/);
		expect((await post(answerOf(id), { session })).status).toBe(202);
		expect(statusIn(await rest())).toBe('done');
		await post(answerOf(id), { session });
		expect(changes()).toHaveLength(1);
	});

	test.for([
		['declined', { action: 'decline' }, 'was declined'],
		['closed', { action: 'cancel' }, 'closed without an answer'],
		['filled in wrongly', { action: 'accept', content: { zone: 'example.org' } }, 'is not the zone name'],
		['answered by nonsense', 'yes', 'without a usable answer'],
	] as const)('that is %s changes nothing', async ([, result, reason]) => {
		const { session, post, changes, ...served } = await open();
		const { id, rest } = await ask(served, session);
		await post(answerOf(id, result), { session });
		expect(textIn(await rest())).toContain(reason);
		expect(changes()).toEqual([]);
	});

	test('that is answered by an error changes nothing', async () => {
		const { session, post, changes, ...served } = await open();
		const { id, rest } = await ask(served, session);
		await post({ jsonrpc: '2.0', id, error: { code: -1, message: 'no' } }, { session });
		expect(textIn(await rest())).toContain('without a usable answer');
		expect(changes()).toEqual([]);
	});

	test('takes no answer of another session, of another principal, or without a session', async () => {
		const { session, post, open: openSession, changes, ...served } = await open();
		const { id, rest } = await ask(served, session);
		const others = [
			{ session: await openSession({ forms: true }) },
			{ session: await openSession({ forms: true, as: 'other' }), as: 'other' },
			{},
		];
		for (const other of others) expect((await post(answerOf(id), other)).status).toBe(202);
		expect((await post(answerOf(id), { session, as: 'other' })).status).toBe(404);
		for (const wrong of [`${id}x`, id.split('.')[1], `x.${id}`, 1]) await post(answerOf(wrong), { session });
		await post(answerOf(id, { action: 'decline' }), { session });
		expect(textIn(await rest())).toContain('was declined');
		expect(changes()).toEqual([]);
	});

	test('takes no answer beyond those that its caller may send in a minute, and the first one after that', async () => {
		const clock = createManualClock();
		const { session, post, changes, ...served } = await open({ clock, perMinute: 2 });
		const { id, rest } = await ask(served, session);
		for (let at = 0; at < 10; at += 1) expect((await post(answerOf('x.y'), { session })).status).toBe(202);
		expect((await post(answerOf(id), { session })).status).toBe(429);
		expect(changes()).toEqual([]);
		clock.advance(6_000);
		expect((await post(answerOf(id), { session })).status).toBe(202);
		expect(statusIn(await rest())).toBe('done');
		expect(changes()).toHaveLength(1);
	});

	test('is withdrawn after five minutes, and an answer that comes then changes nothing', async () => {
		const clock = createManualClock();
		const { session, post, changes, ...served } = await open({ clock });
		const { id, rest } = await ask(served, session);
		await clock.run(5 * 60_000);
		const messages = await rest();
		expect(messages.find(({ method }) => method === 'notifications/cancelled')?.params).toEqual({ requestId: id });
		expect(textIn(messages)).toContain('was not answered within 5 minutes');
		await post(answerOf(id), { session });
		expect(changes()).toEqual([]);
	});

	test('ends with a cancel of its call', async () => {
		const { session, post, changes, ...served } = await open();
		const { id, rest } = await ask(served, session);
		await post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }, { session });
		expect((await rest()).filter(({ result }) => result)).toEqual([]);
		await post(answerOf(id), { session });
		expect(changes()).toEqual([]);
	});

	test('ends with a client that closes the stream: an answer that comes then changes nothing', async () => {
		const { session, post, changes, endpoint, ...served } = await open();
		const { id, leave } = await ask(served, session);
		leave();
		await expect.poll(() => endpoint.inFlight).toBe(0);
		await post(answerOf(id), { session });
		expect(changes()).toEqual([]);
	});

	test('is not shown where the client offers none, or reads no streams: consent is by code', async () => {
		const { post, open: openSession, session } = await open();
		const without = await post(PURGE, { session: await openSession() });
		const unread = await post(PURGE, { session, headers: { accept: 'application/json' } });
		for (const { messages } of [without, unread]) expect(statusIn(messages)).toBe('confirmation_required');
	});

	test('of another replica has its answer handed there, and a foreign session is told apart there', async () => {
		const sent: [string, CarriedAnswer][] = [];
		let listener: WireListener | undefined;
		const wire: Wire = {
			replica: 'here',
			listen: (one) => {
				listener = one;
			},
			sendAnswer: async (...one) => void sent.push(one),
			sendCancel: async () => undefined,
			close: async () => undefined,
		};
		const { session, post, changes, ...served } = await open({ wire });
		await post(answerOf('there.abc'), { session });
		const [[replica, { session: nonce, ...carried }] = ['', { session: '' }]] = sent;
		expect([replica, carried]).toEqual(['there', { question: 'there.abc', result: YES }]);
		const { id, rest } = await ask(served, session);
		expect(id).toMatch(/^here\./);
		listener?.onAnswer({ session: 'foreign', question: id, result: YES });
		listener?.onAnswer({ session: nonce, question: id, result: { action: 'decline' } });
		expect(textIn(await rest())).toContain('was declined');
		expect(changes()).toEqual([]);
	});
});
