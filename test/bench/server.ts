/** Starts a server process and speaks to it in raw lines, so that the bench measures the server and not a client. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** A request in flight; the answer is its whole line, unparsed. */
interface Asked {
	id: number;
	answer: Promise<string>;
}

/** A running server. */
export interface Server {
	pid: number;
	/** Time of its spawn by performance.now. */
	spawnedAt: number;
	/** Sends a request; `params` is JSON. The answer rejects when the process ends without one. */
	ask(method: string, params?: string): Asked;
	/** Sends a notification. */
	notify(method: string, params?: string): void;
	signal(signal: NodeJS.Signals): void;
	/** Closes its stdin, waits for its exit, and gives what it wrote to stderr. */
	end(): Promise<string>;
	/** Kills it and waits for its exit. */
	kill(): Promise<void>;
}

/** Starts `node ARGS` with only the environment given, so that no variable of this machine leaks in. */
export function startServer(args: readonly string[], env: Readonly<Record<string, string>> = {}): Server {
	const spawnedAt = performance.now();
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
	// Requests of one tick leave in one write, so that the client's system calls are not measured.
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
	// Writing to a process that has ended fails; its pending requests are rejected below.
	child.stdin.on('error', () => undefined);
	ended.then(() => {
		for (const { reject } of waiting.values()) reject(new Error(`the server ended without an answer: ${stderr}`));
	});
	return {
		pid: child.pid ?? Number.NaN,
		spawnedAt,
		ask(method, params = '{}') {
			const id = ++last;
			const answer = new Promise<string>((resolve, reject) => waiting.set(id, { resolve, reject }));
			// The answer of a cancelled request is not awaited, so its rejection must not be unhandled.
			answer.catch(() => undefined);
			write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
			return { id, answer };
		},
		notify: (method, params = '{}') => write(`{"jsonrpc":"2.0","method":"${method}","params":${params}}`),
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

/** Gives the id of an answer. The SDK writes it last; a line that ends otherwise is parsed whole. */
function readId(line: string): number {
	const found = /"id":(\d+)\}$/.exec(line);
	return Number(found ? found[1] : (JSON.parse(line) as { id?: number }).id);
}

const CLIENT = JSON.stringify({
	protocolVersion: '2025-06-18',
	capabilities: {},
	clientInfo: { name: 'bench', version: '0' },
});

/** Sends initialize, the first step of the handshake. */
export async function initialize(server: Server): Promise<void> {
	await server.ask('initialize', CLIENT).answer;
}

/** Does the handshake and lists the tools, as clients do; gives the line with the list. */
export async function listTools(server: Server): Promise<string> {
	await initialize(server);
	server.notify('notifications/initialized');
	return server.ask('tools/list').answer;
}

/** The metadata that each request of MCP 2026-07-28 carries. */
export const STATELESS = {
	'io.modelcontextprotocol/protocolVersion': '2026-07-28',
	'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '0' },
	'io.modelcontextprotocol/clientCapabilities': {},
};

/** Gives the params of a call as JSON, ready to be sent many times. */
export function callOf(name: string, args: Readonly<Record<string, unknown>>, meta?: Record<string, unknown>): string {
	return JSON.stringify({ name, arguments: args, ...(meta && { _meta: meta }) });
}

/** Gives the result in an answer. Throws when the answer is an error. */
export function readResult<Result>(line: string): Result {
	const { result, error } = JSON.parse(line) as { result?: Result; error?: unknown };
	if (result === undefined) throw new Error(`the server refused: ${JSON.stringify(error)}`);
	return result;
}

/** Reads resident memory in bytes, now (VmRSS) or at its peak (VmHWM). Undefined where there is no /proc. */
export function readMemory(pid: number, what: 'VmRSS' | 'VmHWM' = 'VmRSS'): number | undefined {
	try {
		const kilobytes = new RegExp(`${what}:\\s*(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
	} catch {
		return undefined;
	}
}
