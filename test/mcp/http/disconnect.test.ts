/** A client that goes away, or cancels by another POST: reads end, and a change never breaks off in the middle. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CarriedCancel, Wire, WireListener } from '../../../src/mcp/http/wire.js';
import { temporaryFolder } from '../../support/files.js';
import { holdRequests } from '../../support/holding-api.js';
import { call, holdScopes, readEvents, request, type ServedOptions, serveHttp } from '../../support/http.js';
import { openSandbox, type RecordedSandbox } from '../../support/sandbox.js';
import { tagsOf } from '../../support/unfinished.js';

const ZONE = { zone: 'example.com' };
const READ = call('cache_reserve_get', ZONE);
const EVERY = () => true;
const PURGE = { ...ZONE, tags: tagsOf(300) };

/** A server whose requests to a sandbox are held back. */
async function open(isHeld?: (method: string) => boolean, options: ServedOptions = {}) {
	const sandbox = await openSandbox();
	const api = await holdRequests(sandbox, isHeld);
	return { api, sandbox, ...(await serveHttp({ ...options, upstream: api.url })) };
}

/** Sends a request and gives what leaves it. */
function begin(url: string, message: object, options: { session?: string; headers?: Record<string, string> } = {}) {
	const controller = new AbortController();
	const answer = request(url, message, { ...options, signal: controller.signal });
	answer.catch(() => undefined);
	onTestFinished(() => controller.abort());
	return { answer, leave: () => controller.abort() };
}

/** A call of MCP 2026-07-28 that wants to hear of progress, and what it is sent with. */
function stateless(name: string, args: object): [object, { headers: Record<string, string> }] {
	const _meta = {
		'io.modelcontextprotocol/protocolVersion': '2026-07-28',
		'io.modelcontextprotocol/clientCapabilities': {},
		progressToken: 'p',
	};
	const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, _meta } };
	const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name };
	return [message, { headers }];
}

/** The handle that the first progress message names. */
async function readHandle(answer: Promise<Response>): Promise<string> {
	const first = (await (await answer).body?.getReader().read())?.value;
	const [note] = readEvents(new TextDecoder().decode(first));
	return /resume: (\w+)/.exec(String(note?.params?.message))?.[1] ?? '';
}

const tagsIn = ({ changes }: RecordedSandbox) =>
	changes().flatMap(({ body }) => (body as { tags?: string[] }).tags ?? []);

const cancelled = (requestId: unknown) => ({
	jsonrpc: '2.0',
	method: 'notifications/cancelled',
	params: { requestId },
});

describe('a client that closes the response', () => {
	test('of a read ends its request to the API', async () => {
		const { url, api, endpoint } = await open(EVERY);
		const { leave } = begin(url, READ);
		const held = await api.next();
		expect(endpoint.inFlight).toBe(1);
		leave();
		await held.closed;
		await expect.poll(() => endpoint.inFlight).toBe(0);
	});

	test('of a change before its scopes were looked at begins nothing', async () => {
		const scopes = holdScopes();
		const { url, sandbox, endpoint, logged } = await open(() => false, scopes);
		const { leave } = begin(url, call('purge_cache', PURGE));
		await scopes.asked;
		leave();
		await expect.poll(() => logged).toContain('info: http');
		scopes.open();
		await expect.poll(() => endpoint.inFlight).toBe(0);
		expect(sandbox.requests).toEqual([]);
	});

	test('of a dry run ends its requests too', async () => {
		const { url, api } = await open(EVERY);
		const { leave } = begin(url, call('purge_cache', { ...PURGE, dry_run: true }));
		const held = await api.next();
		leave();
		await held.closed;
	});

	test('of a change lets the request under way end, sends no other one, and keeps the handle for the rest', async () => {
		const stateDir = temporaryFolder();
		const flags = ['--retries', '0'];
		const { url, api, sandbox, endpoint, post, logged } = await open(undefined, { stateDir, flags });
		const { answer, leave } = begin(url, call('purge_cache', { ...ZONE, tags: tagsOf(1_200) }, { progressToken: 'p' }));
		const resume = await readHandle(answer);
		const underWay = [];
		for (let at = 0; at < 8; at += 1) underWay.push(await api.next());
		leave();
		await expect.poll(() => logged).toContain('info: http');
		expect(endpoint.inFlight).toBe(1);
		for (const held of underWay) held.release();
		await expect.poll(() => endpoint.inFlight).toBe(0);
		expect(api.count()).toBe(8);
		expect(tagsIn(sandbox)).toHaveLength(800);
		const rest = begin(url, call('purge_resume', { resume }));
		for (let at = 0; at < 4; at += 1) (await api.next()).release();
		expect(await (await rest.answer).json()).toMatchObject({ result: { structuredContent: { status: 'done' } } });
		expect(new Set(tagsIn(sandbox)).size).toBe(1_200);
		expect(tagsIn(sandbox)).toHaveLength(1_200);
		expect((await post(call('purge_resume', { resume }))).messages[0]?.result).toMatchObject({ isError: true });
	});

	test('of a change of one request lets that request end', async () => {
		const { url, api, sandbox, endpoint } = await open();
		const { leave } = begin(url, call('purge_cache', { ...ZONE, tags: ['a'] }));
		const held = await api.next();
		leave();
		held.release();
		await expect.poll(() => endpoint.inFlight).toBe(0);
		expect(tagsIn(sandbox)).toEqual(['a']);
	});

	test('of a change before its first request to the API that changes something sends none', async () => {
		const { url, api, sandbox, endpoint, logged } = await open(EVERY);
		const { leave } = begin(url, call('purge_cache', { ...ZONE, tags: ['a'] }));
		const lookUp = await api.next();
		expect(lookUp.method).toBe('GET');
		leave();
		await expect.poll(() => logged).toContain('info: http');
		lookUp.release();
		await expect.poll(() => endpoint.inFlight).toBe(0);
		expect(sandbox.changes()).toEqual([]);
		expect(api.count()).toBe(1);
	});

	test('cancels its request in MCP 2026-07-28, a change too', async () => {
		const { url, api, sandbox } = await open();
		const { leave } = begin(url, ...stateless('purge_cache', { ...ZONE, tags: ['a'] }));
		const held = await api.next();
		leave();
		await held.closed;
		expect(sandbox.changes()).toEqual([]);
	});

	test('cancels a change of several requests in MCP 2026-07-28, whose handle carries out the rest', async () => {
		const { url, api, sandbox, endpoint, post } = await open();
		const { answer, leave } = begin(url, ...stateless('purge_cache', { ...ZONE, tags: tagsOf(1_200) }));
		const resume = await readHandle(answer);
		const underWay = [];
		for (let at = 0; at < 8; at += 1) underWay.push(await api.next());
		leave();
		for (const held of underWay) await held.closed;
		await expect.poll(() => endpoint.inFlight).toBe(0);
		expect([api.count(), sandbox.changes()]).toEqual([8, []]);
		api.open();
		const { messages } = await post(call('purge_resume', { resume }));
		expect(messages[0]?.result?.structuredContent).toMatchObject({ status: 'done' });
		expect(new Set(tagsIn(sandbox)).size).toBe(1_200);
	});
});

describe('a cancel by another POST', () => {
	test('of the same session ends the request, whose response ends without an answer', async () => {
		const { url, api, post, open: openSession, endpoint } = await open(EVERY);
		const session = await openSession();
		const { answer } = begin(url, READ, { session });
		const held = await api.next();
		expect((await post(cancelled(1), { session })).status).toBe(202);
		await held.closed;
		const response = await answer;
		expect([response.status, await response.text()]).toEqual([202, '']);
		await expect.poll(() => endpoint.inFlight).toBe(0);
	});

	test('of one request in a list leaves the others to their answers', async () => {
		const { url, api, post, open: openSession } = await open(EVERY);
		const session = await openSession();
		const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };
		const { answer } = begin(url, [READ, ping], { session });
		await api.next();
		await post(cancelled(2), { session });
		await post(cancelled(1), { session });
		await post(cancelled(1), { session });
		expect(await (await answer).json()).toEqual([{ jsonrpc: '2.0', id: 2, result: {} }]);
	});

	test('of another session, without one, or for another id does nothing', async () => {
		const { url, api, post, open: openSession } = await open(EVERY);
		const session = await openSession();
		const { answer } = begin(url, READ, { session });
		const held = await api.next();
		await post(cancelled(1), { session: await openSession() });
		await post(cancelled(1), { session: await openSession({ as: 'other' }), as: 'other' });
		await post(cancelled(1));
		for (const id of ['1', 2, null, {}]) await post(cancelled(id), { session });
		held.release();
		(await api.next()).release();
		expect(await (await answer).json()).toMatchObject({ result: { structuredContent: { status: 'done' } } });
	});

	test('goes to the other replicas where the request is not here, and one of theirs is heeded', async () => {
		const sent: CarriedCancel[] = [];
		let listener: WireListener | undefined;
		const wire: Wire = {
			replica: 'here',
			listen: (one) => {
				listener = one;
			},
			sendAnswer: async () => undefined,
			sendCancel: async (one) => void sent.push(one),
			close: async () => undefined,
		};
		const { url, api, post, open: openSession } = await open(EVERY, { wire });
		const session = await openSession();
		await post(cancelled('elsewhere'), { session });
		expect(sent).toEqual([{ session: expect.any(String), request: 'elsewhere' }]);
		begin(url, READ, { session });
		const held = await api.next();
		listener?.onCancel({ session: 'another', request: 1 });
		listener?.onCancel({ session: sent[0]?.session ?? '', request: 1 });
		await held.closed;
	});
});
