/** Serves MCP over stdin and stdout: stdout carries protocol lines only, and the end of stdin ends the server. */
import { type Readable, Writable } from 'node:stream';
import { setImmediate as immediate } from 'node:timers/promises';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Log } from '../../base/log.js';
import type { Channel } from '../channel.js';
import type { ClientConnection } from '../connection.js';
import { refuseLongMessage } from './line-head.js';
import { readLines } from './lines.js';

/** How long calls under way may still take when the server closes. */
const DRAIN_MS = 3_000;
/** How long calls may go on sending after the end of stdin. */
const DRAIN_AFTER_STDIN_MS = 500;
/** How long an interrupted call may take to answer. */
const FINAL_REPLY_MS = 1_000;

/** Serves until stdin ends, stdout breaks or `stop` aborts. Resolves when everything is answered and flushed. */
export async function serveStdio(
	open: (channel: Channel) => ClientConnection,
	{ stdin, stdout, stop, log }: { stdin: Readable; stdout: Writable; stop: AbortSignal; log: Log },
): Promise<void> {
	const channel: Channel = { send: createSender(stdout) };
	const connection = open(channel);
	const read = readLines(stdin, {
		onValue: (value) => {
			if (typeof value === 'object' && value !== null) channel.onmessage?.(value as JSONRPCMessage);
			else log('info', 'protocol: a line is not a message');
		},
		onUnreadable: (problem) => log('info', `protocol: ${problem}`),
		onTooLong: (head) => {
			log('warn', 'protocol: a message of more than 10 MB was skipped');
			const answer = refuseLongMessage(head);
			if (answer) channel.send(answer).catch(() => undefined);
		},
	});
	const reason = await Promise.race([
		read.then(
			(): Reason => STDIN_ENDED,
			(): Reason => ({ why: 'stdin closed' }),
		),
		new Promise<Reason>((resolve) => {
			// The client has gone, which breaks the pipe: no answer reaches it any more.
			stdout.once('error', () => resolve({ why: 'stdout broke' }));
			stop.addEventListener('abort', () => resolve(STOPPED), { once: true });
			if (stop.aborted) resolve(STOPPED);
		}),
	]);
	log('info', `closing: ${reason.why}`);
	await close(connection, { isPiped: reason === STDIN_ENDED });
	const flushed = new Promise<void>((resolve) => {
		stdout.write('', () => resolve());
	});
	await within(FINAL_REPLY_MS, flushed);
}

/** Sends the messages of one turn of the event loop in one write, because each write to a pipe is a system call. */
function createSender(stdout: Writable): (message: JSONRPCMessage) => Promise<void> {
	let lines = '';
	let unsent: (() => void)[] = [];
	const flush = () => {
		const [text, sent] = [lines, unsent];
		[lines, unsent] = ['', []];
		stdout.write(text, () => {
			for (const resolve of sent) resolve();
		});
	};
	return async (message) => {
		const line = `${JSON.stringify(message)}\n`;
		if (unsent.length === 0) setImmediate(flush);
		lines += line;
		return new Promise((resolve) => {
			unsent.push(resolve);
		});
	};
}

/** Why the server closes. */
interface Reason {
	readonly why: string;
}

const STDIN_ENDED: Reason = { why: 'stdin ended' };
const STOPPED: Reason = { why: 'asked to stop' };

async function close(connection: ClientConnection, { isPiped }: { isPiped: boolean }): Promise<void> {
	const { requests } = connection;
	// A client that pipes all its messages at once closes stdin before it has the answers: short calls are finished first.
	if (isPiped) await within(DRAIN_AFTER_STDIN_MS, requests.idle());
	requests.windDown();
	await within(DRAIN_MS, requests.idle());
	requests.interrupt();
	await within(FINAL_REPLY_MS, requests.idle());
	// One turn of the event loop for the last answers to be made, and one for them to be written.
	await immediate();
	await immediate();
	await connection.close();
}

/** Resolves when the work has ended, or the time is over. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, milliseconds);
	});
	await Promise.race([work, limit]);
	clearTimeout(timer);
}

/** Claims stdout for the protocol. Returns the stream that writes to it; any other write to `stdout` now goes to stderr. */
export function claimStdout(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Writable {
	const write = stdout.write.bind(stdout) as (chunk: string, callback: (error?: Error | null) => void) => boolean;
	const claimed = new Writable({
		decodeStrings: false,
		write: (chunk: string, _, callback) => {
			write(chunk, callback);
		},
	});
	stdout.on('error', (error) => claimed.destroy(error));
	stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
	return claimed;
}
