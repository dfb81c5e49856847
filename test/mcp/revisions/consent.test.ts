/** Consent in MCP 2026-07-28: the question leaves with a result, and only its own answer lets the call run, once. */
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/call/audit-entry.js';
import { type Arrived, startUpstream, success, ZONE_FACTS } from '../../support/api.js';
import { createVirtualClock } from '../../support/clock.js';
import type { Message } from '../../support/process.js';
import type { RawOptions } from '../../support/session.js';
import { ZONE, ZONE_ID } from '../../support/session.js';
import {
	answering,
	type Meta,
	openStateless,
	questionIn,
	type StatelessSession,
	typed,
} from '../../support/stateless.js';

const PURGE = { name: 'purge_everything', arguments: { zone: ZONE } };
const ACCEPT = typed(ZONE);
const CODES: Meta = { capabilities: {} };

/** A session, the first question of a call, and a way to call again. */
async function openAsked(options: Omit<RawOptions, 'raw' | 'over'> = {}, call: Record<string, unknown> = PURGE) {
	const session = await openStateless(options);
	const question = questionIn(await session.ask('tools/call', call));
	const retry = (more: Record<string, unknown>, meta?: Meta) => session.ask('tools/call', { ...call, ...more }, meta);
	return { ...session, question, retry };
}

const codeIn = ({ result }: Message) => (result?.structuredContent as { confirm?: string } | undefined)?.confirm ?? '';
const statusOf = ({ result }: Message) => (result?.structuredContent as { status?: string } | undefined)?.status;
const textOf = ({ result }: Message) => (result?.content as { text: string }[] | undefined)?.[0]?.text ?? '';

async function auditOf({ ask }: StatelessSession): Promise<AuditEntry[]> {
	const { result } = await ask('resources/read', { uri: 'cf-cache://audit/recent' });
	const [contents] = (result?.contents ?? []) as { text: string }[];
	return JSON.parse(contents?.text ?? '') as AuditEntry[];
}

test('a call asks for the zone name, and runs once when the answer is that name', async () => {
	const { question, retry, changes } = await openAsked();
	expect(question.message).toBe(
		'Deletes everything cached for example.com (enterprise), in every data centre and environment. Expect full load on your origin.\nTo confirm, type the zone name: example.com',
	);
	expect(question.state.length).toBeLessThan(130);
	expect(changes()).toEqual([]);
	expect(statusOf(await retry(answering(question.state, ACCEPT)))).toBe('done');
	expect(changes()).toHaveLength(1);
});

test('the audit log has the question and the call under one id, and says that the user consented by a form', async () => {
	const session = await openAsked();
	await session.retry(answering(session.question.state, ACCEPT));
	const lines = await auditOf(session);
	expect(lines.map(({ outcome, consent }) => [outcome, consent])).toEqual([
		['asked', 'none'],
		['started', 'form'],
		['done', 'form'],
	]);
	expect(new Set(lines.map(({ call }) => call)).size).toBe(1);
});

describe('the user is asked anew, and nothing is sent,', () => {
	test.for<[string, (state: string) => Record<string, unknown>]>([
		['where nothing came back', () => ({})],
		['where only the state came back', (state) => ({ requestState: state })],
		['where only the answer came back', () => ({ inputResponses: { confirm: ACCEPT } })],
		['where the state is null', () => answering(null, ACCEPT)],
		[
			'where the answer is to another question',
			(state) => ({ requestState: state, inputResponses: { other: ACCEPT } }),
		],
		['where the answer is text', (state) => answering(state, 'accept')],
		['where the answer has another action', (state) => answering(state, { action: 'yes', content: { zone: ZONE } })],
		[
			'where the call is for another zone',
			(state) => ({ ...answering(state, ACCEPT), arguments: { zone: 'example.net' } }),
		],
	])('%s', async ([, more]) => {
		const { question, retry, changes } = await openAsked();
		const again = questionIn(await retry(more(question.state)));
		expect(again.state).not.toBe(question.state);
		expect(changes()).toEqual([]);
	});

	test('where the arguments differ, and then the old state still answers its own question', async () => {
		const call = { name: 'origin_cloud_regions_bulk_delete', arguments: { zone: ZONE, origin_ips: ['192.0.2.1'] } };
		const { question, retry, changes } = await openAsked({}, call);
		const other = { arguments: { zone: ZONE, origin_ips: ['192.0.2.1', '192.0.2.2'] } };
		expect(questionIn(await retry({ ...answering(question.state, ACCEPT), ...other })).message).toContain(
			'2 origin IPs',
		);
		expect(changes()).toEqual([]);
		await retry(answering(question.state, ACCEPT));
		expect(changes()).toHaveLength(1);
	});
});

describe('a changed zone', () => {
	/** An API whose zone changes at a look-up: the first is for the question, the second for the answer. */
	async function openChanging(change: Record<string, unknown>, options: Omit<RawOptions, 'raw' | 'over'> = {}) {
		let facts: Record<string, unknown> = ZONE_FACTS;
		const purged = ({ method }: Arrived) => method === 'POST';
		const upstream = await startUpstream((request) =>
			purged(request) ? success({}) : success(answerTo(request, facts)),
		);
		const session = await openAsked({ ...options, upstream: upstream.url });
		facts = { ...ZONE_FACTS, ...change };
		return { ...session, upstream };
	}
	const answerTo = ({ target }: Arrived, facts: Record<string, unknown>) =>
		target.startsWith('/zones?') ? [facts] : facts;

	test.for<[string, Record<string, unknown>, string]>([
		['the plan', { plan: { legacy_id: 'enterprise' } }, '(enterprise)'],
		['the id', { id: `${ZONE_ID.slice(0, -1)}0` }, '(pro)'],
	])('is asked about anew, although only the fresh look-up shows %s', async ([, change, shown]) => {
		const { question, retry, upstream } = await openChanging(change);
		const again = questionIn(await retry(answering(question.state, ACCEPT)));
		expect(again.message).toContain(shown);
		expect(upstream.changes()).toEqual([]);
		// The first answer has been read, so its state is used.
		expect((await retry(answering(question.state, ACCEPT))).error).toMatchObject({ code: -32602 });
		expect(upstream.changes()).toEqual([]);
		await retry(answering(again.state, ACCEPT));
		expect(upstream.changes()).toHaveLength(1);
	});

	test('is asked about anew, where its look-up is no longer fresh', async () => {
		const clock = createVirtualClock();
		const { question, retry, upstream } = await openChanging({ plan: { legacy_id: 'enterprise' } }, { clock });
		clock.advance(9 * 60_000);
		expect(questionIn(await retry(answering(question.state, ACCEPT))).message).toContain('(enterprise)');
		expect(upstream.changes()).toEqual([]);
	});
});

describe('a state is refused as invalid, and nothing is sent,', () => {
	async function expectRefused(
		session: Awaited<ReturnType<typeof openAsked>>,
		more: Record<string, unknown>,
		why: string,
	) {
		const before = session.requests.length;
		const { error } = await session.retry(more);
		expect(error).toMatchObject({ code: -32602, message: expect.stringContaining(why) });
		expect(error?.message).toContain('Nothing was changed.');
		expect(session.requests.length).toBe(before);
	}
	const FOREIGN = 'it was not made by this server for this tool';

	test('wherever one of its characters is another', async () => {
		const session = await openAsked();
		const { state } = session.question;
		for (let at = 0; at < state.length; at++) {
			const other = state[at] === 'a' ? 'b' : 'a';
			await expectRefused(session, answering(state.slice(0, at) + other + state.slice(at + 1), ACCEPT), FOREIGN);
		}
		expect(session.changes()).toEqual([]);
	});

	test.for(['', 'x', '.', 'a'.repeat(5_000_000), '\u0000'])('where it has another form', async (state) => {
		await expectRefused(await openAsked(), answering(state, ACCEPT), FOREIGN);
	});

	test('for another tool', async () => {
		const session = await openAsked();
		const more = { ...answering(session.question.state, ACCEPT), name: 'cache_reserve_clear' };
		await expectRefused(session, more, FOREIGN);
	});

	test('where it has expired', async () => {
		const clock = createVirtualClock();
		const session = await openAsked({ clock, flags: ['--confirm-ttl', '60'] });
		clock.advance(61_000);
		await expectRefused(session, answering(session.question.state, ACCEPT), 'it has expired');
	});

	test.for([
		['accepted', ACCEPT],
		['declined', { action: 'decline' }],
	] as const)('where it was used, by a form that was %s', async ([, answer]) => {
		const session = await openAsked();
		await session.retry(answering(session.question.state, answer));
		const changes = session.changes().length;
		await expectRefused(session, answering(session.question.state, ACCEPT), 'it was used already');
		expect(session.changes()).toHaveLength(changes);
	});

	test('where another process made it, unless both share a secret', async () => {
		const env = { CF_CACHE_CONFIRM_SECRET: 'a secret of at least 32 characters, shared' };
		const [one, other, sharing] = [await openAsked(), await openAsked({ env }), await openAsked({ env })];
		await expectRefused(one, answering(other.question.state, ACCEPT), FOREIGN);
		expect(statusOf(await sharing.retry(answering(other.question.state, ACCEPT)))).toBe('done');
		expect([one.changes().length, sharing.changes().length]).toEqual([0, 1]);
	});

	test('where it is a code; and a state is no code', async () => {
		const session = await openAsked();
		const confirm = codeIn(await session.ask('tools/call', PURGE, CODES));
		await expectRefused(session, answering(confirm, ACCEPT), FOREIGN);
		const withState = { arguments: { zone: ZONE, confirm: session.question.state } };
		expect(textOf(await session.retry(withState, CODES))).toContain('confirm is longer than 64 characters');
		expect(session.changes()).toEqual([]);
	});
});

describe('an answer that is no consent', () => {
	test.for<[string, unknown]>([
		['declined', { action: 'decline' }],
		['cancelled', { action: 'cancel' }],
		['accepted without content', { action: 'accept' }],
		['accepted with null for content', { action: 'accept', content: null }],
		['accepted with a number', { action: 'accept', content: { zone: 5 } }],
		['accepted with another name', typed('example.net')],
		['accepted with a longer name', typed(`www.${ZONE}`)],
		['accepted without a name', typed('')],
	])('refuses the call, and uses its state: %s', async ([, answer]) => {
		const { question, retry, changes } = await openAsked();
		const refused = await retry(answering(question.state, answer));
		expect(refused.result).toMatchObject({ resultType: 'complete', isError: true });
		expect(textOf(refused)).toContain('Nothing was changed.');
		expect((await retry(answering(question.state, ACCEPT))).error).toMatchObject({ code: -32602 });
		expect(changes()).toEqual([]);
	});

	test('counts as a refusal: after three of them, no question goes out for 10 minutes', async () => {
		const clock = createVirtualClock();
		const session = await openAsked({ clock });
		const spare = questionIn(await session.retry({}));
		let { state } = session.question;
		for (let round = 0; round < 3; round++) {
			await session.retry(answering(state, { action: 'decline' }));
			if (round < 2) ({ state } = questionIn(await session.retry({})));
		}
		expect(textOf(await session.retry({}))).toContain('refused 3 times within 10 minutes');
		expect(session.changes()).toEqual([]);
		// A question that was out before is the user's to answer.
		expect(statusOf(await session.retry(answering(spare.state, ACCEPT)))).toBe('done');
		clock.advance(11 * 60_000);
		expect(questionIn(await session.retry({}))).toBeDefined();
	});
});

test('two answers at once with one state have one effect', async () => {
	const { question, retry, changes } = await openAsked();
	const both = [retry(answering(question.state, ACCEPT)), retry(answering(question.state, ACCEPT))];
	const [first, second] = await Promise.all(both);
	expect([statusOf(first as Message), second?.error?.code]).toEqual(['done', -32602]);
	expect(changes()).toHaveLength(1);
});

test('two questions of one second have states of their own, and each answer works', async () => {
	const session = await openStateless();
	const ask = () => session.ask('tools/call', PURGE);
	const [one, other] = (await Promise.all([ask(), ask()])).map(questionIn);
	expect(one?.state).not.toBe(other?.state);
	for (const question of [one, other])
		expect(statusOf(await session.ask('tools/call', { ...PURGE, ...answering(question?.state, ACCEPT) }))).toBe('done');
	expect(session.changes()).toHaveLength(2);
});

describe('a code', () => {
	test.for<[string, Meta['capabilities']]>([
		['no elicitation', {}],
		['URLs only', { elicitation: { url: {} } }],
		['null for forms', { elicitation: { form: null, url: {} } }],
		['text for elicitation', { elicitation: 'form' }],
	])('takes the place of a form for a client that offers %s', async ([, capabilities]) => {
		const { ask, changes } = await openStateless();
		const asked = await ask('tools/call', PURGE, { capabilities });
		expect(statusOf(asked)).toBe('confirmation_required');
		expect(changes()).toEqual([]);
		const args = { zone: ZONE, confirm: codeIn(asked) };
		expect(statusOf(await ask('tools/call', { ...PURGE, arguments: args }, { capabilities }))).toBe('done');
	});

	test('takes its place in a retry that no longer offers forms', async () => {
		const { question, retry, changes } = await openAsked();
		expect(statusOf(await retry(answering(question.state, ACCEPT), CODES))).toBe('confirmation_required');
		expect(changes()).toEqual([]);
	});

	test('changes nothing where the client offers forms', async () => {
		const { ask, changes } = await openStateless();
		const confirm = codeIn(await ask('tools/call', PURGE, CODES));
		expect(questionIn(await ask('tools/call', { ...PURGE, arguments: { zone: ZONE, confirm } }))).toBeDefined();
		expect(changes()).toEqual([]);
	});

	test('is asked for by --confirm code, whatever the client offers', async () => {
		const { ask, changes } = await openStateless({ flags: ['--confirm', 'code'] });
		expect(statusOf(await ask('tools/call', { ...PURGE, inputResponses: { confirm: ACCEPT } }))).toBe(
			'confirmation_required',
		);
		expect(changes()).toEqual([]);
	});
});

test('an elicitation that names nothing offers forms', async () => {
	const { ask } = await openStateless();
	for (const elicitation of [{}, { url: null }])
		expect(questionIn(await ask('tools/call', PURGE, { capabilities: { elicitation } }))).toBeDefined();
});

test('a secret in an account of things is not in the question', async () => {
	const { ask } = await openStateless({ env: { CLOUDFLARE_API_TOKEN: 'enterprise-token' } });
	expect(JSON.stringify(await ask('tools/call', PURGE))).not.toContain('enterprise-token');
});
