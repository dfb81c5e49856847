/** Sends messages so that every request gets an answer: one that cannot be written becomes an error. */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { INTERNAL_ERROR, ProtocolError, toErrorAnswer } from './json-rpc.js';

/** Sends a message to the client; resolves when it has left. */
export type Send = (message: JSONRPCMessage) => Promise<void>;

/** The value as a reader may see it: without secrets and without invisible characters. */
export type ToOutput = <Value>(value: Value) => Value;

/**
 * `send` for a client that waits for answers. Texts of errors, notes and forms pass `toOutput`; results have passed it.
 * Never rejects for an answer. Rejects for a message of the server's own that cannot be written.
 */
export function withSafeAnswers(send: Send, toOutput: ToOutput): Send {
	return async (message) => {
		try {
			await send(withCleanText(message, toOutput));
		} catch (error) {
			if ('method' in message) throw error;
			await send(toErrorAnswer(message, UNWRITABLE)).catch(() => undefined);
		}
	};
}

const UNWRITABLE = new ProtocolError(
	INTERNAL_ERROR,
	'Internal error: the answer could not be written. If the call changes something, it may have been applied.',
);

function withCleanText(message: JSONRPCMessage, toOutput: ToOutput): JSONRPCMessage {
	if ('error' in message) return { ...message, error: toOutput(message.error) };
	if (!('method' in message) || typeof message.params?.message !== 'string') return message;
	return { ...message, params: { ...message.params, message: toOutput(message.params.message) } };
}
