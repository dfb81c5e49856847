/** A client without forms tries to get around the confirmation code. None of its destructive requests leaves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { takesConfirm } from '../../src/operations/operation.js';
import { createVirtualClock } from '../support/clock.js';
import type { Answer } from '../support/raw.js';
import { openSandbox } from '../support/sandbox.js';
import { openSession, type RawOptions, type RawSession } from '../support/session.js';
import { DETOURS, DISGUISES, TARGETS, type Target, TOOL_NAMES, WRONG_CODES, ZONE } from './attacks.js';
import { isDestructive } from './effects.js';

const TTL = 600;
const WINDOW_MS = 5 * 60_000;
const ATTACKS_PER_WINDOW = 100;
const SECRET = { CF_CACHE_CONFIRM_SECRET: 'the secret of this server, long enough' };
const PURGE: Target = { tool: 'purge_everything', args: { zone: ZONE } };

const open = (options: Partial<RawOptions> = {}) =>
	openSession({ flags: ['--confirm-ttl', String(TTL)], env: SECRET, ...options, raw: true });

/** The call after this one in the table. */
const nextOf = (target: Target) => TARGETS[(TARGETS.indexOf(target) + 1) % TARGETS.length] as Target;

async function codeFor({ call }: Pick<RawSession, 'call'>, { tool, args }: Target): Promise<string> {
	const { structured, text } = await call(tool, args);
	expect(structured?.status, text).toBe('confirmation_required');
	return String(structured?.confirm);
}

/** Uses a code as it should be used. From here on it must be worth nothing. */
async function spendCode(session: RawSession): Promise<string> {
	const confirm = await codeFor(session, PURGE);
	expect((await session.call(PURGE.tool, { ...PURGE.args, confirm })).structured?.status).toBe('done');
	return confirm;
}

/** Fails where an answer says that the call was done. */
function expectRefused({ text, structured, isError }: Answer, what: string): void {
	expect(isError || ['confirmation_required', 'dry_run'].includes(String(structured?.status)), `${what}: ${text}`).toBe(
		true,
	);
}

describe('a client without forms changes nothing', () => {
	test.for(Object.entries(WRONG_CODES))('by a code %s', async ([name, distort]) => {
		const session = await open();
		for (const target of TARGETS) {
			const confirm = distort(await codeFor(session, target), await codeFor(session, nextOf(target)));
			expectRefused(await session.call(target.tool, { ...target.args, confirm }), `${name}, ${target.tool}`);
		}
		expect(session.changes()).toEqual([]);
	});

	test('by a code of a server with another secret', async () => {
		const session = await open();
		const stranger = await open({ env: { CF_CACHE_CONFIRM_SECRET: 'the secret of another server' } });
		for (const target of TARGETS) {
			const confirm = await codeFor(stranger, target);
			expectRefused(await session.call(target.tool, { ...target.args, confirm }), target.tool);
		}
		expect(session.changes()).toEqual([]);
	});

	test.for([0, 1, 99])('by a code that ended %d s ago', async (late) => {
		const clock = createVirtualClock();
		const session = await open({ clock });
		for (const target of TARGETS) {
			const confirm = await codeFor(session, target);
			clock.advance((TTL + late) * 1_000);
			expectRefused(await session.call(target.tool, { ...target.args, confirm }), target.tool);
		}
		expect(session.changes()).toEqual([]);
	});

	test.for<[string, (code: string) => string]>([
		['again', (code) => code],
		['again after a zero', (code) => `0${code}`],
		['again after three zeros', (code) => `000${code}`],
		['again before a space', (code) => `${code} `],
		['again after a zero and before two spaces', (code) => `0${code}  `],
	])('by a code that was used, %s', async ([name, repeat]) => {
		const session = await open();
		const confirm = repeat(await spendCode(session));
		const before = session.changes().length;
		expectRefused(await session.call(PURGE.tool, { ...PURGE.args, confirm }), name);
		expect(session.changes()).toHaveLength(before);
	});

	test.for(Object.entries(TOOL_NAMES))('by a tool name %s', async ([name, disguise]) => {
		const session = await open();
		for (const { tool, args } of TARGETS) expectRefused(await session.call(disguise(tool), args), `${name}, ${tool}`);
		expect(session.changes()).toEqual([]);
	});

	test.for(Object.entries(DISGUISES))('by arguments with %s', async ([name, disguise]) => {
		const session = await open();
		for (const { tool, args } of TARGETS) expectRefused(await session.call(tool, disguise(args)), `${name}, ${tool}`);
		expect(session.changes()).toEqual([]);
	});

	test.for(Object.entries(DETOURS))('by a tool that needs no consent, with %s', async ([name, { tool, args }]) => {
		const session = await open();
		expectRefused(await session.call(tool, args), name);
		expect(session.changes()).toEqual([]);
	});

	test('by a wrong code in twenty calls at once', async () => {
		const session = await open();
		const spent = await spendCode(session);
		const before = session.changes().length;
		const attackAtOnce = async ({ tool, args }: Target, confirm: string) => {
			const calls = Array.from({ length: 20 }, () => session.call(tool, { ...args, confirm }));
			for (const answer of await Promise.all(calls)) expectRefused(answer, tool);
		};
		for (const target of TARGETS) await attackAtOnce(target, await codeFor(session, nextOf(target)));
		await attackAtOnce(PURGE, spent);
		expect(session.changes()).toHaveLength(before);
	});

	test('by a thousand of these calls to one server, in any order', async () => {
		const { url, changes } = await openSandbox();
		const clock = createVirtualClock();
		const session = await open({ upstream: url, clock });
		const spent = await spendCode(session);
		const before = changes().length;
		const attacks = TARGETS.flatMap((target) => listAttacks(session, target, spent));
		expect(attacks.length).toBeGreaterThan(1_000);
		const [inAnyOrder = []] = fc.sample(fc.shuffledSubarray(attacks, { minLength: attacks.length }), {
			seed: 1,
			numRuns: 1,
		});
		for (const [at, { name, perform }] of inAnyOrder.entries()) {
			// Cloudflare's limit of all requests, 1,200 in five minutes, would end the attacks.
			if (at % ATTACKS_PER_WINDOW === 0) clock.advance(WINDOW_MS);
			expectRefused(await perform(), name);
		}
		expect(changes()).toHaveLength(before);
		expect(changes().slice(before).filter(isDestructive)).toEqual([]);
	});
});

/** Every attack on one call. */
function listAttacks(session: RawSession, target: Target, spent: string) {
	const { tool, args } = target;
	const { call } = session;
	const codes = Object.entries(WRONG_CODES).map(([name, distort]) => ({
		name: `${tool}, a code ${name}`,
		perform: async () => {
			const confirm = distort(await codeFor(session, target), await codeFor(session, nextOf(target)));
			return call(tool, { ...args, confirm });
		},
	}));
	const names = Object.entries(TOOL_NAMES).map(([name, disguise]) => ({
		name: `${tool}, a name ${name}`,
		perform: () => call(disguise(tool), args),
	}));
	const disguises = Object.entries(DISGUISES).map(([name, disguise]) => ({
		name: `${tool}, ${name}`,
		perform: () => call(tool, disguise(args)),
	}));
	const detours = Object.entries(DETOURS).map(([name, detour]) => ({
		name,
		perform: () => call(detour.tool, detour.args),
	}));
	const again = { name: 'a used code', perform: () => call(PURGE.tool, { ...PURGE.args, confirm: spent }) };
	return [...codes, ...names, ...disguises, ...detours, again];
}

test('the attacks aim at every tool that may need consent', () => {
	// A resumed call has the consequence of the call that it resumes.
	const destructive = OPERATIONS.filter((one) => takesConfirm(one) && !one.resumes).map(({ name }) => name);
	expect(new Set(TARGETS.map(({ tool }) => tool))).toEqual(new Set(destructive));
});

test.for(['constructor', 'toString', 'hasOwnProperty'])(
	'an argument named %s is unknown like any other, also as null',
	async (name) => {
		const { call, requests } = await open();
		const { text, isError } = await call('purge_everything', { ...JSON.parse(`{"${name}":null}`), zone: ZONE });
		expect(isError, text).toBe(true);
		expect(text).toContain(`Unknown argument "${name}"`);
		expect(requests).toEqual([]);
	},
);
