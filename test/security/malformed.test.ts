/** Ten thousand malformed messages of MCP 2026-07-28: the process stays up, and nothing is destroyed. */
import { expect, test } from 'vitest';
import { ZONE } from '../support/session.js';
import { answering, metaOf, openStateless, typed } from '../support/stateless.js';

const LINES = 10_000;
/** Lines that are written in one piece. */
const PIECE = 500;

/** Numbers from 0 up to 1, the same in every run (mulberry32). */
function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

const random = createRandom(20_260_728);
const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;

const STATE = 'tp3bf0.18dtAsou-_A.0f8fad5b-d9cb-469f-a165-70867728950e.RXFMRXFMRXFMRXFMRXFMRX.RXFMRXFMRXFMRXFMRXFMRX';

/** Well-formed requests. None of them changes anything: what destroys needs an answer, which none of them has. */
const BASES: readonly Record<string, unknown>[] = [
	{ method: 'server/discover', params: {} },
	{ method: 'tools/list', params: {} },
	{ method: 'resources/list', params: {} },
	{ method: 'resources/templates/list', params: {} },
	{ method: 'resources/read', params: { uri: 'cf-cache://audit/recent' } },
	{ method: 'prompts/list', params: {} },
	{ method: 'prompts/get', params: { name: 'why_stale', arguments: { zone: ZONE } } },
	{
		method: 'completion/complete',
		params: { ref: { type: 'ref/prompt', name: 'why_stale' }, argument: { name: 'zone', value: 'e' } },
	},
	{ method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true } } },
	{ method: 'tools/call', params: { name: 'cache_reserve_get', arguments: { zone: ZONE } } },
	...['purge_everything', 'invalidate_everything', 'cache_reserve_clear'].map((name) => ({
		method: 'tools/call',
		params: { name, arguments: { zone: ZONE, confirm: 'x' }, ...answering(STATE, typed(ZONE)) },
	})),
];

const ODD: readonly (() => unknown)[] = [
	() => null,
	() => random() < 0.5,
	() => Math.round(random() * 1_000) - 500,
	() => random() * 1e308,
	() =>
		pick(['', 'x', '2026-07-28', '2025-11-25', 'accept', '__proto__', 'constructor', '\u0000', '🜁', 'x'.repeat(2_000)]),
	() => [],
	() => ({}),
	() => [null, { a: [] }],
	() => ({ form: null, url: {}, toString: 1 }),
	() => JSON.parse('{"__proto__":{"zone":"example.com"}}'),
];

/** A copy in which one member, at any depth, is odd or gone. */
function spoil(value: unknown): unknown {
	if (typeof value !== 'object' || value === null || Object.keys(value).length === 0 || random() < 0.1)
		return pick(ODD)();
	const copy = { ...(value as Record<string, unknown>) };
	const key = pick(Object.keys(copy));
	if (random() < 0.2) delete copy[key];
	else copy[key] = spoil(copy[key]);
	return copy;
}

/** A line with one to three faults. Its id stays what it is, so that its answer can be found. */
function createLine(id: number): string {
	const { method, params } = pick(BASES) as { method: string; params: object };
	let message: unknown = { jsonrpc: '2.0', method, params: { ...params, _meta: metaOf() } };
	for (let faults = 1 + Math.floor(random() * 3); faults > 0; faults--) {
		const spoiled = spoil(message);
		if (typeof spoiled === 'object' && spoiled !== null && !Array.isArray(spoiled)) message = spoiled;
	}
	return `${JSON.stringify({ ...(message as object), id })}\n`;
}

test('no malformed message ends the process, is an error inside the server, or destroys anything', async () => {
	const { server, ask, messages, changes } = await openStateless({ over: 'stdio' });
	for (let at = 0; at < LINES; at += PIECE) {
		await server.write(Array.from({ length: PIECE }, (_, offset) => createLine(at + offset)).join(''));
		expect((await ask('server/discover')).result).toMatchObject({ resultType: 'complete' });
	}
	expect((await ask('tools/call', { name: 'zones_list', arguments: {} })).result).toMatchObject({
		resultType: 'complete',
	});
	server.endInput();
	expect(await server.ended).toEqual({ code: 0, signal: null });
	const answers = messages().filter(({ id, method }) => typeof id === 'number' && method === undefined);
	expect(answers.filter(({ error }) => error?.code === -32603)).toEqual([]);
	expect(answers.filter(({ error }) => error !== undefined).length).toBeGreaterThan(LINES / 3);
	// Every request is answered exactly once.
	expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length);
	expect(answers).toHaveLength(LINES);
	expect(messages().filter(({ id, method }) => id !== undefined && method !== undefined)).toEqual([]);
	expect(changes()).toEqual([]);
});
