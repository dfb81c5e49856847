/** Holds timers of a process until a test says that their time is over: a loaded machine would pass it too early. */
import { preload, type Running } from './process.js';

/** A flag of Node.js with which timers of these lengths run only when {@link endTimers} says so. */
export const holdTimers = (...lengthsMs: readonly number[]): string =>
	preload(`
	const { setTimeout, clearTimeout } = globalThis;
	const held = new Map();
	let isOver = false;
	const end = (timer) => {
		const { work, lengthMs } = held.get(timer) ?? {};
		globalThis.clearTimeout(timer);
		work?.();
		// What the end of the time leads to is done then.
		if (work) setImmediate(() => process.stderr.write('the time of ' + lengthMs + ' ms is over\\n'));
	};
	globalThis.setTimeout = (work, lengthMs, ...more) => {
		if (!${JSON.stringify(lengthsMs)}.includes(lengthMs)) return setTimeout(work, lengthMs, ...more);
		const timer = setTimeout(() => undefined, 2 ** 31 - 1);
		held.set(timer, { work: () => work(...more), lengthMs });
		if (isOver) setImmediate(end, timer);
		return timer;
	};
	globalThis.clearTimeout = (timer) => {
		held.delete(timer);
		clearTimeout(timer);
	};
	process.on('SIGUSR2', () => {
		isOver = true;
		for (const timer of held.keys()) end(timer);
	});
	`);

/** Ends the time of the held timers, and of those to come. Resolves when the time of one of this length was over. */
export async function endTimers(server: Running, lengthMs: number): Promise<void> {
	server.kill('SIGUSR2');
	await server.saw('stderr', `the time of ${lengthMs} ms is over`);
}
