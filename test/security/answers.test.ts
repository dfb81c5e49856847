/** Any JSON as an answer of the API to any tool: it costs one call, and never the session. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallResult } from '../../src/call/result.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { needsZone, type Operation } from '../../src/operations/operation.js';
import { startUpstream, withZone } from '../support/api.js';
import type { Message } from '../support/process.js';
import { openSession, ZONE_ID } from '../support/session.js';

const nested = (levels: number, core = '') => '['.repeat(levels) + core + ']'.repeat(levels);

/** Results of any form, and those that break writers and readers that call themselves for each level. */
const RESULTS = [
	...[30, 2_300, 4_200, 8_000].flatMap((levels) => [
		nested(levels),
		`{"id":"x","value":"off","deep":${nested(levels, '"ü"')}}`,
	]),
	...fc
		.sample(
			fc.oneof(
				fc.json({ maxDepth: 4 }),
				fc.dictionary(fc.constantFrom('id', 'value', 'editable', '__proto__'), fc.jsonValue()),
			),
			{ seed: 7, numRuns: 24 },
		)
		.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
];

const BODIES = RESULTS.flatMap((result, at) => {
	const whole = `{"success":true,"errors":[],"messages":[],"result":${result}}`;
	return at % 3 === 0 ? [whole, `{"success":false,"errors":${result},"messages":[],"result":null}`] : [whole];
});

/** What every result says, in text of at most 10,000 characters and data of at most 100 kB. */
function expectAnswer({ name, danger }: Operation, { result, error }: Message): void {
	expect(error).toBeUndefined();
	const { content, isError, structuredContent } = result as unknown as CallResult;
	const [{ text }] = content;
	const lines = text.split('\n');
	expect(text.length, name).toBeLessThanOrEqual(10_000);
	expect(JSON.stringify(structuredContent ?? null).length, name).toBeLessThan(100_000);
	expect(text, name).not.toContain('Internal error');
	if (!isError || structuredContent) return;
	expect(lines.length, text).toBeGreaterThan(1);
	const effects = ['Nothing was changed.', 'It is unknown whether the change was applied.'];
	expect(
		lines.filter((line) => effects.includes(line)),
		`${name}: ${text}`,
	).toHaveLength(danger === 'read' ? 0 : 1);
}

test('any JSON that answers any tool gives each call one answer, which says whether anything was changed, and the process lives', async () => {
	let body = '';
	const upstream = await startUpstream(withZone(() => ({ body })));
	const session = await openSession({
		over: 'stdio',
		raw: true,
		upstream: upstream.url,
		flags: ['--retries', '0', '--plan', 'enterprise', '--dangerously-skip-confirmation'],
	});
	const ids: string[] = [];
	for (body of BODIES) {
		const wave = OPERATIONS.map(async (operation) => {
			const id = `${operation.name} ${ids.length}`;
			const args = { ...operation.example, ...(needsZone(operation) || operation.run ? { zone: ZONE_ID } : {}) };
			session.send({ id, method: 'tools/call', params: { name: operation.name, arguments: args } });
			ids.push(id);
			return { operation, message: await session.answer(id) };
		});
		for (const { operation, message } of await Promise.all(wave)) expectAnswer(operation, message);
	}
	const answered = session.messages().flatMap(({ id }) => (typeof id === 'string' && ids.includes(id) ? [id] : []));
	expect(answered.sort()).toEqual(ids.sort());
	expect((await session.request('ping')).result).toEqual({});
	expect(session.server.stderr()).not.toContain('internal error');
});
