/** How a client introduces itself decides whether its user is shown a form, however the introduction is written. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClient } from '../../src/mcp/client.js';
import { initializeParams } from '../support/raw.js';
import { openSession, ZONE } from '../support/session.js';

const PURGE = { name: 'purge_everything', arguments: { zone: ZONE } };

/** What an initialize says of forms, and whether that offers them. */
const FORMS: readonly (readonly [elicitation: unknown, offered: boolean])[] = [
	[undefined, false],
	[null, false],
	[false, false],
	[{}, true],
	[true, true],
	[{ form: {} }, true],
	[{ form: null }, true],
	[{ url: null }, true],
	[{ form: {}, url: null }, true],
	[{ form: { applyDefaults: null } }, true],
	[{ form: {}, url: {} }, true],
	[{ url: {} }, false],
	[{ form: null, url: {} }, false],
];

/** Values of optional fields, as serializers and newer clients write them. */
const odd = fc.constantFrom(undefined, null, true, 'any', 5, [], {}, { listChanged: null }, { list: true });
const introduction = fc.record({
	forms: fc.constantFrom(...FORMS),
	roots: odd,
	sampling: odd,
	tasks: odd,
	experimental: fc.oneof(odd, fc.constant({ x: true })),
	icons: fc.constantFrom(undefined, null, [], [{ src: 'x', sizes: 'any' }]),
	title: odd,
	websiteUrl: odd,
	meta: fc.constantFrom(undefined, null, {}, { progressToken: null }, { progressToken: 1 }),
});

/** The parameters of an initialize, and whether they offer forms. */
const offer = introduction.map(({ forms, roots, sampling, tasks, experimental, icons, title, websiteUrl, meta }) => ({
	offered: forms[1],
	params: {
		protocolVersion: '2025-06-18',
		capabilities: { elicitation: forms[0], roots, sampling, tasks, experimental },
		clientInfo: { name: 'odd', version: '1', title, websiteUrl, icons },
		_meta: meta,
	},
}));

/** What purge_everything leads to after this initialize. */
async function purgeAfter(params: Record<string, unknown>, { warm = false } = {}) {
	const session = await openSession({ raw: true, greet: false, form: () => ({ result: { action: 'decline' } }) });
	// The SDK decides about a cursor, so it is loaded then.
	if (warm) await session.request('tools/list', { cursor: 'x' });
	const welcome = await session.request('initialize', params);
	const { result } = await session.request('tools/call', PURGE);
	const shown = session.messages().some(({ method }) => method === 'elicitation/create');
	return { welcome, shown, result, changes: session.changes() };
}

describe('a form', () => {
	test.for(FORMS)(
		'is shown exactly where an initialize offers forms, which for %j is %j',
		async ([elicitation, offered]) => {
			const { shown, changes } = await purgeAfter(initializeParams({ elicitation, sampling: null }));
			expect({ shown, changes }).toEqual({ shown: offered, changes: [] });
		},
	);

	test('is shown exactly where the initialize offers forms, whatever else it says', async () => {
		await fc.assert(
			fc.asyncProperty(offer, fc.boolean(), async ({ offered, params }, warm) => {
				const { welcome, shown, result, changes } = await purgeAfter(params, { warm });
				expect(welcome.result).toMatchObject({ protocolVersion: '2025-06-18' });
				expect({ shown, changes }).toEqual({ shown: offered, changes: [] });
				const status = (result?.structuredContent as { status?: string } | undefined)?.status;
				expect(status).toBe(offered ? undefined : 'confirmation_required');
			}),
			{ numRuns: 60 },
		);
	});

	test('is shown for a call that comes in one piece with the initialize', async () => {
		const session = await openSession({ raw: true, greet: false, form: () => ({ result: { action: 'decline' } }) });
		await session.request('tools/list', { cursor: 'x' });
		session.send({ id: 1, method: 'initialize', params: initializeParams({ elicitation: {} }) });
		session.send({ id: 2, method: 'tools/call', params: PURGE });
		expect((await session.answer(2)).result).toMatchObject({ isError: true });
		expect(session.messages().map(({ method }) => method)).toContain('elicitation/create');
		expect(session.changes()).toEqual([]);
	});
});

describe('an initialize that tells nothing of its client', () => {
	test.for<[string, Record<string, unknown>]>([
		['no version of the protocol', { ...initializeParams(), protocolVersion: undefined }],
		['null for a version', { ...initializeParams(), protocolVersion: null }],
		['a number for a version', { ...initializeParams(), protocolVersion: 5 }],
		['no capabilities', { ...initializeParams(), capabilities: undefined }],
		['null for capabilities', { ...initializeParams(), capabilities: null }],
		['a list of capabilities', { ...initializeParams(), capabilities: [] }],
	])('is answered as invalid, and a destructive call after it is refused: %s', async ([, params]) => {
		const { welcome, shown, result, changes } = await purgeAfter(params);
		expect(welcome.error).toMatchObject({ code: -32602 });
		expect(result).toMatchObject({
			isError: true,
			content: [{ text: expect.stringContaining('has not introduced itself') }],
		});
		expect({ shown, changes }).toEqual({ shown: false, changes: [] });
	});
});

describe('before an initialize', () => {
	test.for(['', '--confirm code', '--dangerously-skip-confirmation'])(
		'a destructive call is refused and sends nothing, with the flags "%s"',
		async (flags) => {
			const { call, changes } = await openSession({ raw: true, greet: false, flags: flags.split(' ').filter(Boolean) });
			const { text, isError } = await call(PURGE.name, PURGE.arguments);
			expect({ isError, changes: changes() }).toEqual({ isError: true, changes: [] });
			expect(text).toContain('has not introduced itself');
		},
	);

	test('a call that reads is performed', async () => {
		const { call } = await openSession({ raw: true, greet: false });
		expect((await call('cache_reserve_get', { zone: ZONE })).isError).toBe(false);
	});
});

test('the name of a client without one is unknown', () => {
	const client = readClient({ protocolVersion: '2025-06-18', capabilities: { elicitation: {}, roots: {} } });
	expect(client).toEqual({
		protocolVersion: '2025-06-18',
		name: 'unknown',
		version: 'unknown',
		forms: true,
		roots: true,
	});
});
