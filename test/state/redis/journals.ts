/** Opens journals on a real Redis whose clock, log and connection a test holds. */
import { expect, onTestFinished } from 'vitest';
import type { Clock } from '../../../src/base/clock.js';
import { KEEP_HOURS, type WorkRule } from '../../../src/call/unfinished.js';
import { RedisJournal } from '../../../src/state/redis/journal.js';
import { LateReleases } from '../../../src/state/redis/late-releases.js';
import { type Redis, RedisError } from '../../../src/state/redis/redis.js';
import { createManualClock } from '../../support/clock.js';
import type { RedisServer } from '../../support/redis-server.js';
import { ADMIT_ALL } from '../../support/unfinished.js';

/** A lease of a server that is stopped ends after this time. */
export const LEASE_MS = 15_000;

interface ServerOptions {
	principal?: string;
	rule?: WorkRule;
	maxBytes?: number;
	maxTotalBytes?: number;
	clock?: Clock;
}

/** A journal as one server has it, on a clock of its own: nothing is renewed and tried again but by that clock. */
export function openServer(redis: Redis, options: ServerOptions = {}) {
	const { principal = 'one', rule = ADMIT_ALL, maxBytes, maxTotalBytes } = options;
	const own = createManualClock();
	const clock = options.clock ?? own;
	const lines: string[] = [];
	const lateReleases = new LateReleases(clock, KEEP_HOURS * 60 * 60_000);
	onTestFinished(() => lateReleases.close());
	const journal = new RedisJournal({
		...{ redis, principal, rule, lateReleases, clock, keepHours: KEEP_HOURS },
		...(maxBytes !== undefined && { maxBytes }),
		...(maxTotalBytes !== undefined && { maxTotalBytes }),
		log: (level, message) => lines.push(`${level}: ${message}`),
	});
	return { journal, clock: own, lines };
}

/** Sends each command twice, and throws the first answer away. */
export const sendingTwice = (redis: Redis): Redis => ({
	isUp: true,
	send: async (command) => {
		await redis.send(command);
		return redis.send(command);
	},
});

/** Loses the answers to scripts whose keys and arguments `isLost` picks: they run, and the sender hears nothing. */
export const losingAnswers = (redis: Redis, isLost: (args: string) => boolean): Redis => ({
	isUp: true,
	send: async (command) => {
		const answer = await redis.send(command);
		if (isLost(command.slice(2).join(' '))) throw new RedisError(undefined);
		return answer;
	},
});

/** A key of the principal of {@link openServer}. */
export const keyOf = (rest: string, principal = 'one') => `cfc:1:{p:${principal}}:${rest}`;

/** Ends the lease of a call now, which ends by itself in 15 s at most. */
export async function endLease(server: RedisServer, resume: string, principal?: string): Promise<void> {
	const key = keyOf(`j:${resume}:l`, principal);
	expect(await server.command('PTTL', key)).toBeGreaterThan(0);
	expect(await server.command('PTTL', key)).toBeLessThanOrEqual(LEASE_MS);
	await server.command('PEXPIRE', key, '0');
}
