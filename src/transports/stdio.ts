/** MCP over stdin and stdout: stdout carries protocol lines only, and the end of stdin ends the server. */
import { type Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Log } from '../log.js';
import type { McpServer } from '../server.js';

/** How long calls under way may still take when the server is to close (milliseconds). */
const GRACE = 3_000;
/** How long calls may go on sending after the end of stdin (milliseconds). */
const PIPED = 500;
/** How long an interrupted call may take to report (milliseconds). */
const LAST_WORDS = 1_000;
/** Longest line of a client (bytes): beyond it the client is broken, and memory must stay bounded. */
const LONGEST_LINE = 10 * 1024 * 1024;

const BROKEN = 'a line from the client was too long';

/** Serves until stdin ends or `stop` is aborted; resolves when everything is answered and flushed. */
export async function serveStdio(
	{ server, idle, windDown, interrupt }: McpServer,
	{ stdin, stdout, stop, log }: { stdin: Readable; stdout: Writable; stop: AbortSignal; log: Log },
): Promise<void> {
	const transport = new StdioServerTransport(stdin, stdout, { maxBufferSize: LONGEST_LINE });
	server.onerror = (error) => log('info', `protocol: ${error.message}`);
	const ended = new Promise<string>((resolve) => {
		stdin.once('end', () => resolve('stdin ended'));
		stdin.once('close', () => resolve('stdin closed'));
		// A client that has gone breaks the pipe: nobody is left to answer.
		stdout.once('error', () => resolve('stdout broke'));
		stop.addEventListener('abort', () => resolve('asked to stop'), { once: true });
		// The transport gives up by itself on a line that is too long.
		server.onclose = () => resolve(BROKEN);
		if (stop.aborted) resolve('asked to stop');
	});
	await server.connect(transport);
	const why = await ended;
	log(why === BROKEN ? 'warn' : 'info', `closing: ${why}`);
	// What is piped into it may be all that its client has to say: short calls are finished first.
	if (why === 'stdin ended') await within(PIPED, idle());
	windDown();
	await within(GRACE, idle());
	interrupt();
	await within(LAST_WORDS, idle());
	// One turn of the loop for the last answers to be written, then the pipe is drained.
	await new Promise((resolve) => setImmediate(resolve));
	await within(LAST_WORDS, new Promise<void>((resolve) => void stdout.write('', () => resolve())));
	await server.close();
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
	const write = stdout.write.bind(stdout) as (chunk: Uint8Array, callback: (error?: Error | null) => void) => boolean;
	const claimed = new Writable({ write: (chunk: Uint8Array, _, callback) => void write(chunk, callback) });
	stdout.on('error', (error) => claimed.destroy(error));
	stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
	return claimed;
}
