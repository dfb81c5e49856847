/** The built command as a real process, spoken to in raw lines. It ends with the test. */
import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { CLI } from './session.js';

/** One JSON-RPC message. */
export interface Message {
	jsonrpc: '2.0';
	id?: number | string | null;
	method?: string;
	params?: Record<string, unknown>;
	result?: Record<string, unknown>;
	error?: { code: number; message: string };
}

/** How a process ended: code or signal. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** A running command. */
export interface Running {
	/** Writes a line: a message, or text as it is. */
	send(message: Omit<Message, 'jsonrpc'> | string): void;
	/** Writes without ending the line; resolves when the process took it or has gone. */
	write(text: string | Uint8Array): Promise<void>;
	/** The answer to a request. Rejects when the process ends without one. */
	answer(id: number | string): Promise<Message>;
	/** Resolves when stdout or stderr holds the text. Rejects when the process ends without it. */
	saw(stream: 'stdout' | 'stderr', text: string): Promise<void>;
	/** All of it so far. */
	stdout(): string;
	stderr(): string;
	endInput(): void;
	/** Stops reading what the process writes, as a client that went away does. */
	closeOutput(): void;
	kill(signal: NodeJS.Signals): void;
	/** Resolves when the process has ended and all it wrote is here. */
	ended: Promise<Exit>;
}

interface Options {
	env?: Record<string, string>;
	nodeFlags?: readonly string[];
	/** When it is ended: with the test, unless afterAll is given. */
	until?: (end: () => Promise<void>) => void;
}

/** Starts the command. The environment is only what is given here, so that nothing of the machine's leaks in. */
export function start(
	args: readonly string[],
	{ env = {}, nodeFlags = [], until = onTestFinished }: Options = {},
): Running {
	const child = spawn(process.execPath, [...nodeFlags, CLI, ...args], { env, stdio: 'pipe' });
	const heard = { stdout: '', stderr: '' };
	const waiting = new Set<() => void>();
	const tell = () => {
		for (const check of waiting) check();
	};
	let exit: Exit | undefined;
	const ended = new Promise<Exit>((resolve) =>
		child.once('close', (code, signal) => {
			exit = { code, signal };
			resolve(exit);
			tell();
		}),
	);
	for (const name of ['stdout', 'stderr'] as const)
		child[name].setEncoding('utf8').on('data', (text: string) => {
			heard[name] += text;
			tell();
		});
	// A process that ended takes no input: that shows in how it ended.
	child.stdin.on('error', () => undefined);
	until(async () => {
		if (exit) return;
		child.kill('SIGKILL');
		await ended;
	});

	const waitFor = <Found>(what: string, find: () => Found | undefined) =>
		new Promise<Found>((resolve, reject) => {
			const check = () => {
				try {
					const found = find();
					if (found === undefined && !exit) return;
					if (found !== undefined) resolve(found);
					else reject(new Error(`ended (${JSON.stringify(exit)}) without ${what}; stderr: ${heard.stderr}`));
				} catch (error) {
					reject(error);
				}
				waiting.delete(check);
			};
			waiting.add(check);
			check();
		});

	return {
		send: (message) =>
			void child.stdin.write(
				`${typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })}\n`,
			),
		write: (text) => new Promise((resolve) => void child.stdin.write(text, () => resolve())),
		answer: (id) =>
			waitFor(`an answer to ${id}`, () =>
				messagesIn(heard.stdout).find((message) => message.id === id && message.method === undefined),
			),
		saw: async (stream, text) =>
			void (await waitFor(`"${text}" on ${stream}`, () => (heard[stream].includes(text) ? true : undefined))),
		stdout: () => heard.stdout,
		stderr: () => heard.stderr,
		endInput: () => void child.stdin.end(),
		closeOutput: () => void child.stdout.destroy(),
		kill: (signal) => void child.kill(signal),
		ended,
	};
}

/** The whole lines of a text as messages. Throws on a line that is none. */
export function messagesIn(stdout: string): Message[] {
	return stdout
		.slice(0, stdout.lastIndexOf('\n') + 1)
		.split('\n')
		.filter(Boolean)
		.map((line) => {
			const message = JSON.parse(line) as Message;
			if (message.jsonrpc !== '2.0') throw new Error(`no JSON-RPC: ${line}`);
			return message;
		});
}

/** Runs the command to its end. */
export async function finish(
	args: readonly string[],
	options: Options = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
	const running = start(args, options);
	running.endInput();
	const { code } = await running.ended;
	return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** A Node.js flag that runs this code before the command. */
export const preload = (code: string): string => `--import=data:text/javascript,${encodeURIComponent(code)}`;
