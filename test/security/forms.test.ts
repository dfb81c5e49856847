/** A client with forms answers them in every wrong way. None of its destructive requests leaves. */
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../support/clock.js';
import type { Answer } from '../support/raw.js';
import { openSandbox } from '../support/sandbox.js';
import { openSession } from '../support/session.js';
import { DETOURS, DISGUISES, FORMS, TARGETS, TOOL_NAMES, ZONE } from './attacks.js';

const SECRET = { CF_CACHE_CONFIRM_SECRET: 'the secret of this server, long enough' };
/** After three refusals the form of a tool is withheld for ten minutes. */
const UNTIL_SHOWN_AGAIN_MS = 11 * 60_000;

/** The calls of the zone that the wrong answers name. */
const OF_ZONE = TARGETS.filter(({ args }) => args.zone === ZONE);

/** A client whose forms get this answer, and one without forms whose codes are good: both servers share a secret. */
async function openSessions(members: Record<string, unknown>) {
	const { url, changes } = await openSandbox();
	const clock = createVirtualClock();
	let shown = 0;
	const form = () => {
		shown++;
		return members;
	};
	const session = await openSession({ raw: true, upstream: url, env: SECRET, clock, form });
	const sibling = await openSession({ raw: true, upstream: url, env: SECRET, clock });
	return {
		changes,
		shown: () => shown,
		codeFor: async (tool: string, args: object) => String((await sibling.call(tool, args)).structured?.confirm),
		call: (tool: unknown, args: unknown) => {
			clock.advance(UNTIL_SHOWN_AGAIN_MS);
			return session.call(tool, args);
		},
	};
}

/** Fails where an answer says that the call was done. A dry run shows no form. */
function expectRefused({ text, structured, isError }: Answer, what: string): void {
	expect(isError || structured?.status === 'dry_run', `${what}: ${text}`).toBe(true);
}

describe('a client with forms changes nothing', () => {
	test.for(Object.entries(FORMS))('by the answer: %s', async ([name, members]) => {
		const { call, codeFor, changes, shown } = await openSessions(members);
		for (const { tool, args } of OF_ZONE) {
			expectRefused(await call(tool, args), `${name}, ${tool}`);
			// A good code does not replace the form.
			expectRefused(await call(tool, { ...args, confirm: await codeFor(tool, args) }), `${name}, ${tool}, with a code`);
			expectRefused(await call(tool, { ...args, confirm: ZONE }), `${name}, ${tool}, with the zone as code`);
		}
		expect(shown()).toBe(3 * OF_ZONE.length);
		expect(changes()).toEqual([]);
	});

	const wrong = { result: { action: 'accept', content: { zone: 'yes' } } };

	test.for(Object.entries(TOOL_NAMES))('by a tool name %s', async ([name, disguise]) => {
		const { call, changes } = await openSessions(wrong);
		for (const { tool, args } of OF_ZONE) expectRefused(await call(disguise(tool), args), `${name}, ${tool}`);
		expect(changes()).toEqual([]);
	});

	test.for(Object.entries(DISGUISES))('by arguments with %s', async ([name, disguise]) => {
		const { call, changes } = await openSessions(wrong);
		for (const { tool, args } of OF_ZONE) expectRefused(await call(tool, disguise(args)), `${name}, ${tool}`);
		expect(changes()).toEqual([]);
	});

	test.for(Object.entries(DETOURS))('by a tool that needs no consent, with %s', async ([name, { tool, args }]) => {
		const { call, changes } = await openSessions(wrong);
		expectRefused(await call(tool, args), name);
		expect(changes()).toEqual([]);
	});
});

test('the zone name typed into the form does change something', async () => {
	const { call, changes, shown } = await openSessions({ result: { action: 'accept', content: { zone: ZONE } } });
	expect((await call('purge_everything', { zone: ZONE })).structured).toMatchObject({ status: 'done' });
	expect(shown()).toBe(1);
	expect(changes()).toHaveLength(1);
});
