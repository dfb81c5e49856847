/** Session ids are statements that the server has signed, so that nothing is kept of a session. */
import { describe, expect, test } from 'vitest';
import { SessionIds } from '../../../src/mcp/http/session-ids.js';
import { call, initialize, serveHttp } from '../../support/http.js';

const OLD = 'the-first-secret-of-the-operator';
const NEW = 'the-second-secret-of-the-operator';
const CLIENT = { name: 'client', version: '1.2.3', forms: true };
const DAY_MS = 24 * 60 * 60_000;

function create(secrets?: [string, ...string[]], clock = { now: Date.UTC(2030, 0, 1) }) {
	return new SessionIds({ secrets, now: () => clock.now });
}

describe('a session id', () => {
	test('says what initialize said, and two of them differ', () => {
		const ids = create();
		const [one, other] = [ids.issue('a', CLIENT), ids.issue('a', CLIENT)];
		expect(ids.read('a', one)).toMatchObject({ nonce: expect.stringMatching(/^[\w-]{12}$/), client: CLIENT });
		expect(ids.read('a', one)?.nonce).not.toBe(ids.read('a', other)?.nonce);
	});

	test('is bounded, whatever the client calls itself, and is fit for a header', () => {
		const ids = create();
		const long = { name: '\u{1f600}"\r\n'.repeat(10_000), version: 'x'.repeat(10_000), forms: false };
		const id = ids.issue('a', long);
		expect(id).toMatch(/^[\w.-]{1,800}$/);
		expect(ids.read('a', id)?.client).toEqual({
			name: long.name.slice(0, 64),
			version: long.version.slice(0, 64),
			forms: false,
		});
	});

	test('is not accepted from another principal', () => {
		const ids = create();
		expect(ids.read('b', ids.issue('a', CLIENT))).toBeUndefined();
		expect(ids.read('a\nb', ids.issue('a', CLIENT))).toBeUndefined();
	});

	test('is accepted by every process with the same secret, and by none with another', () => {
		const id = create([OLD]).issue('a', CLIENT);
		expect(create([OLD]).read('a', id)).toMatchObject({ client: CLIENT });
		expect(create([NEW]).read('a', id)).toBeUndefined();
		expect(create().read('a', id)).toBeUndefined();
		expect(create().read('a', create().issue('a', CLIENT))).toBeUndefined();
	});

	test('stays accepted while its secret is replaced, and the new secret signs', () => {
		const rotating = create([NEW, OLD]);
		expect(rotating.read('a', create([OLD]).issue('a', CLIENT))).toMatchObject({ client: CLIENT });
		expect(create([NEW]).read('a', rotating.issue('a', CLIENT))).toMatchObject({ client: CLIENT });
	});

	test('is accepted for a day', () => {
		const clock = { now: Date.UTC(2030, 0, 1) };
		const ids = create(undefined, clock);
		const id = ids.issue('a', CLIENT);
		clock.now += DAY_MS;
		expect(ids.read('a', id)).toBeDefined();
		expect(ids.read('b', id)).toBeUndefined();
		clock.now += 1;
		expect(ids.read('a', id)).toBeUndefined();
	});

	test('is accepted however many others were since', () => {
		const ids = create();
		const issued = Array.from({ length: 5_002 }, () => ids.issue('a', CLIENT));
		for (const id of [...issued, ...issued.slice(0, 2)]) expect(ids.read('a', id)).toBeDefined();
	});

	test('with any other character is not accepted', () => {
		const ids = create();
		const id = ids.issue('a', CLIENT);
		for (let at = 0; at < id.length; at += 1) {
			const changed = id.slice(0, at) + (id[at] === 'A' ? 'B' : 'A') + id.slice(at + 1);
			// The last character of a base64 text has bits that mean nothing.
			const isSame = Buffer.from(changed.split('.')[1] ?? '', 'base64url').equals(
				Buffer.from(id.split('.')[1] ?? '', 'base64url'),
			);
			if (at < id.indexOf('.') + 1 || !isSame) expect(ids.read('a', changed)).toBeUndefined();
		}
		for (const text of ['', '.', 'a.b', id.slice(0, -1), `${id}A`, `${id} `, 'x'.repeat(100_000)])
			expect(ids.read('a', text)).toBeUndefined();
	});
});

describe('a session', () => {
	test('of one principal is unknown to every other: 404, the same as for garbage, and nothing is done', async () => {
		const { open, post, requests } = await serveHttp();
		const session = await open({ as: 'alice' });
		const read = call('cache_reserve_get', { zone: 'example.com' });
		expect((await post(read, { as: 'alice', session })).messages[0]?.result).toMatchObject({
			structuredContent: { status: 'done' },
		});
		const before = requests.length;
		const stolen = await post(read, { as: 'bob', session });
		const garbage = await post(read, { as: 'bob', session: 'garbage' });
		expect([stolen.status, garbage.status]).toEqual([404, 404]);
		expect(stolen.text).toBe(garbage.text);
		expect(stolen.messages[0]?.error?.code).toBe(-32001);
		expect(requests).toHaveLength(before);
	});

	test('outlives the server where the secret is the same, and does not where it is another', async () => {
		const first = await serveHttp({ secrets: [OLD] });
		const session = await first.open();
		await first.close();
		const same = await serveHttp({ secrets: [NEW, OLD] });
		const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
		expect((await same.post(ping, { session })).status).toBe(200);
		const other = await serveHttp({ secrets: [NEW] });
		expect((await other.post(ping, { session })).status).toBe(404);
	});

	test('is opened by each initialize, also one that names an old session', async () => {
		const { post, open } = await serveHttp();
		const session = await open();
		for (const old of [session, 'one that has ended']) {
			const { status, headers } = await post(initialize(), { session: old });
			expect([status, headers.get('mcp-session-id')]).toEqual([200, expect.stringMatching(/^[\w-]+\.[\w-]{43}$/)]);
			expect(headers.get('mcp-session-id')).not.toBe(session);
		}
	});

	test('is not opened by an initialize that cannot be read', async () => {
		const { post } = await serveHttp();
		const { status, headers, messages } = await post({ ...initialize(), params: {} });
		expect([status, headers.get('mcp-session-id')]).toEqual([200, null]);
		expect(messages[0]?.error?.code).toBe(-32602);
	});

	test('is not needed: without one a call is served, and consent is by code', async () => {
		const { post, changes } = await serveHttp();
		const { status, messages } = await post(call('purge_everything', { zone: 'example.com' }));
		expect(status).toBe(200);
		expect(messages[0]?.result?.structuredContent).toMatchObject({ status: 'confirmation_required' });
		expect(changes()).toEqual([]);
	});
});
