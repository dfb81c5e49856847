/**
 * Takes unasked `100 Continue` answers out of a connection. Proxies of companies send them, a client must pass over them
 * (RFC 9110, 15.2), and undici ends the connection instead, which leaves open whether a change was applied.
 */
import type { Socket } from 'node:net';

const INTERIM = Buffer.from('HTTP/1.1 100');
const END_OF_HEAD = '\r\n\r\n';
/** Longest head of an interim answer. */
const MAX_HEAD_BYTES = 16_384;

/** Makes the socket skip interim answers. Its owner must read it with `read()`, and send one request at a time, as undici does. */
export function passOverInterim(socket: Socket): void {
	const write = socket.write;
	const read = socket.read;
	let isAnswerAwaited = false;
	/** The start of what may be an interim answer. */
	let held: Buffer = Buffer.alloc(0);

	socket.write = (...args: unknown[]) => {
		isAnswerAwaited = true;
		return Reflect.apply(write, socket, args);
	};
	socket.read = (size?: number) => {
		const chunk: Buffer | null = Reflect.apply(read, socket, [size]);
		if (!isAnswerAwaited || chunk === null) return chunk;
		const rest = skipInterim(held.length > 0 ? Buffer.concat([held, chunk]) : chunk);
		isAnswerAwaited = rest.isOpen;
		held = rest.isOpen ? rest.bytes : Buffer.alloc(0);
		return rest.isOpen ? null : rest.bytes;
	};
}

/** What follows the interim answers at the start of `bytes`. `isOpen`: it may still turn out to be one. */
function skipInterim(bytes: Buffer): { readonly isOpen: boolean; readonly bytes: Buffer } {
	let rest = bytes;
	for (;;) {
		const start = rest.subarray(0, INTERIM.length);
		if (!start.equals(INTERIM.subarray(0, start.length))) return { isOpen: false, bytes: rest };
		const end = rest.indexOf(END_OF_HEAD);
		if (end < 0) return { isOpen: rest.length < MAX_HEAD_BYTES, bytes: rest };
		rest = rest.subarray(end + END_OF_HEAD.length);
	}
}
