/** The built command as a real process whose answers are taken line by line, for long conversations. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { CLI } from './session.js';

/** The process, and its answers taken line by line: whole transcripts would be read over and over. */
export function startProcess(flags: readonly string[], env: Record<string, string>) {
	const child = spawn(process.execPath, [CLI, ...flags], { env, stdio: 'pipe' });
	const waiting = new Map<unknown, (answer: Answer) => void>();
	/** All lines of stdout, those of them that are no JSON-RPC, and stderr. */
	const heard = { lines: [] as string[], foreign: [] as string[], stderr: '' };
	let fail: (error: Error) => void = () => undefined;
	const ended = new Promise<number | null>((resolve) => {
		child.once('close', (code) => {
			fail(new Error(`ended with ${code}: ${heard.stderr.slice(-2_000)}`));
			resolve(code);
		});
	});
	onTestFinished(async () => {
		child.kill('SIGKILL');
		await ended;
	});
	child.stdin.on('error', () => undefined);
	child.stderr.setEncoding('utf8').on('data', (part: string) => {
		heard.stderr += part;
	});
	createInterface({ input: child.stdout }).on('line', (one) => {
		heard.lines.push(one);
		const answer = parse(one);
		if (answer?.jsonrpc !== '2.0') heard.foreign.push(one);
		waiting.get(answer?.id)?.(answer as Answer);
	});
	return {
		heard,
		ended,
		pid: child.pid,
		end: () => void child.stdin.end(),
		/** Sends lines and a request behind them; resolves with its answer. */
		ask: (lines: readonly Buffer[], request: { id: string | number; method: string; params?: object }) =>
			new Promise<Answer>((resolve, reject) => {
				fail = reject;
				waiting.set(request.id, resolve);
				// A line end within random bytes only makes two malformed lines of one.
				const all = [...lines, Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...request }))];
				child.stdin.write(Buffer.concat(all.flatMap((one) => [one, Buffer.from('\n')])));
			}),
	};
}

interface Answer {
	jsonrpc?: unknown;
	id?: unknown;
	result?: { isError?: boolean };
}

function parse(one: string): Answer | undefined {
	try {
		return JSON.parse(one) as Answer;
	} catch {
		return undefined;
	}
}
