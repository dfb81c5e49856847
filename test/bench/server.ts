/** A server process spoken to in raw lines, as cheaply as can be: what is measured is the server, not its client. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** A request under way; the answer is its whole line, unparsed. */
export interface Asked {
	id: number;
	answer: Promise<string>;
}

/** A running server. */
export interface Server {
	pid: number;
	/** When it was spawned, on performance.now. */
	born: number;
	/** Sends a request; `params` is JSON. The answer rejects when the process ends without one. */
	ask(method: string, params?: string): Asked;
	/** Sends a notification. */
	tell(method: string, params?: string): void;
	signal(signal: NodeJS.Signals): void;
	/** Ends its input and waits for its end; gives what it wrote to stderr. */
	end(): Promise<string>;
	/** Ends it at once. */
	kill(): Promise<void>;
}

/** Starts `node ARGS`. The environment is only what is given, so that nothing of the machine's leaks in. */
export function startServer(args: readonly string[], env: Readonly<Record<string, string>> = {}): Server {
	const born = performance.now();
	const child = spawn(process.execPath, args, { env: { ...env }, stdio: 'pipe' });
	const ended = once(child, 'close');
	const waiting = new Map<number, { resolve: (line: string) => void; reject: (error: Error) => void }>();
	let stderr = '';
	let rest = '';
	let last = 0;
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		rest += text;
		for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
			const line = rest.slice(0, end);
			rest = rest.slice(end + 1);
			const id = readId(line);
			waiting.get(id)?.resolve(line);
			waiting.delete(id);
		}
	});
	// Requests of one turn leave in one write, so that the client's calls into the system are not what is measured.
	let unsent = '';
	const write = (line: string) => {
		if (unsent === '') process.nextTick(flush);
		unsent += `${line}\n`;
	};
	const flush = () => {
		const lines = unsent;
		unsent = '';
		if (lines !== '') child.stdin.write(lines);
	};
	// A process that has ended takes no input: its requests are told below.
	child.stdin.on('error', () => undefined);
	ended.then(() => {
		for (const { reject } of waiting.values()) reject(new Error(`the server ended without an answer: ${stderr}`));
	});
	return {
		pid: child.pid ?? Number.NaN,
		born,
		ask(method, params = '{}') {
			const id = ++last;
			const answer = new Promise<string>((resolve, reject) => waiting.set(id, { resolve, reject }));
			// Nobody waits for the answer to a request that is cancelled.
			answer.catch(() => undefined);
			write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
			return { id, answer };
		},
		tell: (method, params = '{}') => write(`{"jsonrpc":"2.0","method":"${method}","params":${params}}`),
		signal: (signal) => void child.kill(signal),
		async end() {
			child.stdin.end(unsent);
			unsent = '';
			await ended;
			return stderr;
		},
		async kill() {
			child.kill('SIGKILL');
			await ended;
		},
	};
}

/** The id of an answer. The SDK writes it last; a line that does not end with one is read as a whole. */
function readId(line: string): number {
	const found = /"id":(\d+)\}$/.exec(line);
	return Number(found ? found[1] : (JSON.parse(line) as { id?: number }).id);
}

const CLIENT = JSON.stringify({
	protocolVersion: '2025-06-18',
	capabilities: {},
	clientInfo: { name: 'bench', version: '0' },
});

/** The first step of the handshake. */
export async function hello(server: Server): Promise<void> {
	await server.ask('initialize', CLIENT).answer;
}

/** The handshake up to the list of tools, as clients do it; gives the line with the list. */
export async function listTools(server: Server): Promise<string> {
	await hello(server);
	server.tell('notifications/initialized');
	return server.ask('tools/list').answer;
}

/** The params of a call, ready to be sent many times. */
export function callOf(name: string, args: Readonly<Record<string, unknown>>, meta?: Record<string, unknown>): string {
	return JSON.stringify({ name, arguments: args, ...(meta && { _meta: meta }) });
}

/** The result in an answer. Throws when there is none. */
export function readResult<Result>(line: string): Result {
	const { result, error } = JSON.parse(line) as { result?: Result; error?: unknown };
	if (result === undefined) throw new Error(`the server refused: ${JSON.stringify(error)}`);
	return result;
}

/** Resident memory (bytes): now (VmRSS) or at its peak (VmHWM). Undefined where the system does not tell. */
export function readMemory(pid: number, what: 'VmRSS' | 'VmHWM' = 'VmRSS'): number | undefined {
	try {
		const kilobytes = new RegExp(`${what}:\\s*(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
	} catch {
		return undefined;
	}
}
