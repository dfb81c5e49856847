/** Holds timers of a process until a test says that their time is over: a loaded machine would pass it too early. */
import { preload, type Running } from './process.js';

/** A flag of Node.js with which timers of these lengths run only when {@link endTimers} says so, one length after another. */
export const holdTimers = (...lengthsMs: readonly number[]): string =>
	holdWhere(`${JSON.stringify(lengthsMs)}.indexOf(lengthMs)`);

/** The same for all timers of this length and longer, which never run: a process that waits for one of them does not end. */
export const holdTimersFrom = (shortestMs: number): string =>
	holdWhere(`lengthMs >= ${shortestMs} ? Number.POSITIVE_INFINITY : -1`);

/** `turn` is an expression of JavaScript: after how many signals timers of `lengthMs` run; below 0 where they are not held. */
const holdWhere = (turn: string): string =>
	preload(`
	const { setTimeout, clearTimeout } = globalThis;
	const held = new Map();
	let over = 0;
	const end = (timer) => {
		const { work, lengthMs } = held.get(timer) ?? {};
		globalThis.clearTimeout(timer);
		work?.();
		// What the end of the time leads to is done then.
		if (work) setImmediate(() => process.stderr.write('the time of ' + lengthMs + ' ms is over\\n'));
	};
	globalThis.setTimeout = (work, lengthMs, ...more) => {
		const turn = ${turn};
		if (turn < 0) return setTimeout(work, lengthMs, ...more);
		const timer = setTimeout(() => undefined, 2 ** 31 - 1);
		held.set(timer, { work: () => work(...more), lengthMs, turn });
		if (turn < over) setImmediate(end, timer);
		return timer;
	};
	globalThis.clearTimeout = (timer) => {
		held.delete(timer);
		clearTimeout(timer);
	};
	process.on('SIGUSR2', () => {
		over++;
		for (const [timer, { turn }] of held) if (turn < over) end(timer);
	});
	`);

/**
 * Ends the time of the next length that is held, also of timers to come. Resolves when a timer of this length, which has to be
 * that one, has run. Rejects when the process ends without.
 */
export async function endTimers(server: Running, lengthMs: number): Promise<void> {
	server.kill('SIGUSR2');
	await server.saw('stderr', `the time of ${lengthMs} ms is over`);
}
