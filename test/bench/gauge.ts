/**
 * Loaded into a server before it starts: the longest time in which it worked and heard nobody. Time in which the machine
 * did something else is not held against it. Starts anew on SIGUSR2; says what it saw when the process ends.
 */
import { performance } from 'node:perf_hooks';

let block = 0;
let at = performance.now();
let used = process.cpuUsage();
setInterval(() => {
	const now = performance.now();
	const { user, system } = process.cpuUsage(used);
	block = Math.max(block, Math.min(now - at, (user + system) / 1e3) - 1);
	at = now;
	used = process.cpuUsage();
}, 1).unref();
process.on('SIGUSR2', () => {
	block = 0;
});
process.on('exit', () => {
	process.stderr.write(`gauge ${block}\n`);
});
