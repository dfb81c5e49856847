/** MCP over stdin and stdout: stdout carries protocol lines only, and the end of stdin ends the server. */
import { type Readable, Writable } from 'node:stream';
import { setImmediate as immediate } from 'node:timers/promises';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Log } from '../../base/log.js';
import type { Connection } from '../connection.js';
import type { McpServer } from '../server.js';
import { readLines } from './lines.js';

/** How long calls under way may still take when the server is to close (milliseconds). */
const DRAIN_MS = 3_000;
/** How long calls may go on sending after the end of stdin (milliseconds). */
const DRAIN_AFTER_STDIN_MS = 500;
/** How long an interrupted call may take to report (milliseconds). */
const FINAL_REPLY_MS = 1_000;

/** Serves until stdin ends or `stop` is aborted; resolves when everything is answered and flushed. */
export async function serveStdio(
	open: (send: (message: JSONRPCMessage) => Promise<void>) => Connection,
	{ stdin, stdout, stop, log }: { stdin: Readable; stdout: Writable; stop: AbortSignal; log: Log },
): Promise<void> {
	const reception = open(createSender(stdout));
	const read = readLines(stdin, {
		onValue: (value) => {
			if (typeof value === 'object' && value !== null) reception.receive(value as JSONRPCMessage);
			else log('info', 'protocol: a line that is no message');
		},
		onUnreadable: (problem) => log('info', `protocol: ${problem}`),
	});
	const { why, level = 'info' } = await Promise.race([
		read.then(
			(whole): Reason => (whole ? STDIN_ENDED : { why: 'a line from the client was too long', level: 'warn' }),
			(): Reason => ({ why: 'stdin closed' }),
		),
		new Promise<Reason>((resolve) => {
			// A client that has gone breaks the pipe: nobody is left to answer.
			stdout.once('error', () => resolve({ why: 'stdout broke' }));
			stop.addEventListener('abort', () => resolve(STOPPED), { once: true });
			if (stop.aborted) resolve(STOPPED);
		}),
	]);
	log(level, `closing: ${why}`);
	await close(await reception.server(), why === STDIN_ENDED.why);
	await within(FINAL_REPLY_MS, new Promise<void>((resolve) => void stdout.write('', () => resolve())));
}

/** Sends messages; those of one turn of the loop leave in one write, since each write to a pipe is a call into the system. */
function createSender(stdout: Writable): (message: JSONRPCMessage) => Promise<void> {
	let lines = '';
	let sent: (() => void)[] = [];
	const flush = () => {
		const [text, told] = [lines, sent];
		[lines, sent] = ['', []];
		stdout.write(text, () => {
			for (const tell of told) tell();
		});
	};
	return (message) => {
		if (sent.length === 0) setImmediate(flush);
		lines += `${JSON.stringify(message)}\n`;
		return new Promise((resolve) => void sent.push(resolve));
	};
}

/** Why the server closes, and how grave that is. */
interface Reason {
	readonly why: string;
	readonly level?: 'warn';
}

const STDIN_ENDED: Reason = { why: 'stdin ended' };
const STOPPED: Reason = { why: 'asked to stop' };

async function close(mcp: McpServer | undefined, piped: boolean): Promise<void> {
	if (!mcp) return;
	// What is piped into it may be all that its client has to say: short calls are finished first.
	if (piped) await within(DRAIN_AFTER_STDIN_MS, mcp.idle());
	mcp.windDown();
	await within(DRAIN_MS, mcp.idle());
	mcp.interrupt();
	await within(FINAL_REPLY_MS, mcp.idle());
	// Turns of the loop for the last answers to be given and written.
	await immediate();
	await immediate();
	await mcp.server.close();
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, milliseconds);
	});
	await Promise.race([work, limit]);
	clearTimeout(timer);
}

/**
 * Takes stdout for the protocol: returns a stream that really writes to it, while everything else that anybody writes
 * to `stdout` from now on goes to stderr.
 */
export function claimStdout(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Writable {
	const write = stdout.write.bind(stdout) as (chunk: string, callback: (error?: Error | null) => void) => boolean;
	const claimed = new Writable({
		decodeStrings: false,
		write: (chunk: string, _, callback) => void write(chunk, callback),
	});
	stdout.on('error', (error) => claimed.destroy(error));
	stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
	return claimed;
}
