/**
 * Measures the longest block of a server's event loop; loaded before the server by --import. Counts only CPU time of the
 * process, so that other load on the machine does not show. SIGUSR2 resets it; it prints its value when the process ends.
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
