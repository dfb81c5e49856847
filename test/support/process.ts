/** Runs the built command as a process and speaks to it in raw lines. The process ends with the test. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The built command; `npm test` builds before it tests. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** One JSON-RPC message. */
export interface Message {
	jsonrpc: '2.0';
	id?: number | string | null;
	method?: string;
	params?: Record<string, unknown>;
	result?: Record<string, unknown>;
	error?: { code: number; message: string };
}

/** How a process ended: by its code or by a signal. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** When something that a test started is ended: with the test, or by another hook such as afterAll. */
export type Until = (end: () => Promise<void>) => void;

interface ProcessOptions {
	/** The whole environment, so that nothing of this machine leaks in. */
	env?: Record<string, string>;
	nodeFlags?: readonly string[];
	until?: Until;
}

/** A running command. Its methods can be taken apart and handed on. */
export class Running {
	/** Resolves when the process has ended and everything it wrote has arrived. */
	readonly ended: Promise<Exit>;
	readonly pid: number;
	/** Called with each JSON-RPC message of stdout. */
	onmessage: ((message: Message) => void) | undefined;
	private readonly child: ChildProcessWithoutNullStreams;
	private readonly output = { stdout: '', stderr: '' };
	private readonly received: Message[] = [];
	private readonly answers = new Map<unknown, Message>();
	private readonly foreignLines: string[] = [];
	private readonly checks = new Set<() => void>();
	private unread = '';
	private exit: Exit | undefined;

	constructor(child: ChildProcessWithoutNullStreams) {
		this.child = child;
		this.pid = child.pid ?? 0;
		this.ended = new Promise((resolve) =>
			child.once('close', (code, signal) => {
				this.exit = { code, signal };
				resolve(this.exit);
				this.check();
			}),
		);
		for (const stream of ['stdout', 'stderr'] as const)
			child[stream].setEncoding('utf8').on('data', (text: string) => {
				this.output[stream] += text;
				if (stream === 'stdout') this.readLines(text);
				this.check();
			});
		// A process that has ended takes no input; `ended` shows how it ended.
		child.stdin.on('error', () => undefined);
	}

	/** Writes a line: a message, or text as it is. */
	readonly send = (message: Omit<Message, 'jsonrpc'> | string): void => {
		const line = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message });
		this.child.stdin.write(`${line}\n`);
	};

	/** Writes bytes without ending the line; resolves when the process took them or has ended. */
	readonly write = (bytes: string | Uint8Array): Promise<void> =>
		new Promise((resolve) => void this.child.stdin.write(bytes, () => resolve()));

	/** Resolves with the answer to a request. Rejects when the process ends without one. */
	readonly answer = (id: number | string): Promise<Message> =>
		this.waitFor(`an answer to ${id}`, () => this.answers.get(id));

	/** Resolves when a stream holds the text. Rejects when the process ends without it. */
	readonly saw = async (stream: 'stdout' | 'stderr', text: string): Promise<void> => {
		await this.waitFor(`"${text}" on ${stream}`, () => (this.output[stream].includes(text) ? true : undefined));
	};

	/** All JSON-RPC messages of stdout so far. Throws when a line is something else. */
	readonly messages = (): readonly Message[] => {
		const [foreign] = this.foreignLines;
		if (foreign !== undefined) throw new Error(`not JSON-RPC: ${foreign}`);
		return this.received;
	};

	readonly stdout = (): string => this.output.stdout;
	readonly stderr = (): string => this.output.stderr;
	readonly endInput = (): void => void this.child.stdin.end();

	/** Stops reading what the process writes, as a client that has gone does. */
	readonly closeOutput = (): void => void this.child.stdout.destroy();

	readonly kill = (signal: NodeJS.Signals): void => void this.child.kill(signal);

	/** Ends the process at once where it still runs. */
	readonly end = async (): Promise<void> => {
		if (!this.exit) this.child.kill('SIGKILL');
		await this.ended;
	};

	private readLines(text: string): void {
		const lines = (this.unread + text).split('\n');
		this.unread = lines.pop() ?? '';
		for (const line of lines.filter(Boolean)) {
			const message = parseMessage(line);
			if (!message) {
				this.foreignLines.push(line);
				continue;
			}
			this.received.push(message);
			if (message.method === undefined && !this.answers.has(message.id)) this.answers.set(message.id, message);
			this.onmessage?.(message);
		}
	}

	private check(): void {
		for (const check of this.checks) check();
	}

	private waitFor<Found>(what: string, find: () => Found | undefined): Promise<Found> {
		return new Promise((resolve, reject) => {
			const check = () => {
				const found = find();
				if (found !== undefined) resolve(found);
				else if (this.exit)
					reject(new Error(`ended (${JSON.stringify(this.exit)}) without ${what}; stderr: ${this.output.stderr}`));
				else return;
				this.checks.delete(check);
			};
			this.checks.add(check);
			check();
		});
	}
}

function parseMessage(line: string): Message | undefined {
	try {
		const message = JSON.parse(line) as Message;
		return message.jsonrpc === '2.0' ? message : undefined;
	} catch {
		return undefined;
	}
}

/** Starts the command. */
export function start(
	args: readonly string[],
	{ env = {}, nodeFlags = [], until = onTestFinished }: ProcessOptions = {},
): Running {
	const running = new Running(spawn(process.execPath, [...nodeFlags, CLI, ...args], { env, stdio: 'pipe' }));
	until(running.end);
	return running;
}

/** Starts the command on a terminal of its own, which shows all it writes on stdout. Only systems with util-linux have `script`. */
export function startOnTerminal(
	args: readonly string[],
	{ env = {}, until = onTestFinished }: ProcessOptions = {},
): Running {
	const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
	const child = spawn('script', ['--quiet', '--return', '--command', words, '/dev/null'], { env, stdio: 'pipe' });
	const running = new Running(child);
	until(running.end);
	return running;
}

/** Runs the command to its end. */
export async function finish(
	args: readonly string[],
	options: ProcessOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
	const running = start(args, options);
	running.endInput();
	const { code } = await running.ended;
	return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** A Node.js flag that runs this code before the command. */
export const preload = (code: string): string => `--import=data:text/javascript,${encodeURIComponent(code)}`;
