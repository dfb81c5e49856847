/** Starts a server that listens on a free port, and waits until it says where. Knows no test framework: the bench uses it too. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

/** A listening server. */
export interface HttpProcess {
	readonly pid: number;
	readonly url: string;
	/** Milliseconds from its spawn to the line that names the URL. */
	readonly startMs: number;
	/** Kills it and waits for its exit. */
	kill(): Promise<void>;
}

/** Starts `node ARGS` with only the environment given. Rejects when it ends before it has named its URL on stderr. */
export async function startHttpProcess(
	args: readonly string[],
	env: Readonly<Record<string, string>>,
): Promise<HttpProcess> {
	const began = performance.now();
	const child = spawn(process.execPath, args, { env: { ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
	const ended = once(child, 'close');
	let stderr = '';
	const url = await new Promise<string>((resolve, reject) => {
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			// What comes later is read all the same: a pipe that is full would stop the server.
			if (stderr.length < 10_000) stderr += text;
			const found = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(stderr)?.[0];
			if (found !== undefined) resolve(found);
		});
		ended.then(() => reject(new Error(`the server ended before it listened: ${stderr}`)));
	});
	return {
		pid: child.pid ?? Number.NaN,
		url,
		startMs: performance.now() - began,
		async kill() {
			child.kill('SIGKILL');
			await ended;
		},
	};
}
