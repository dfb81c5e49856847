/** Reads the body of a POST into messages. */
import type { IncomingMessage } from 'node:http';
import { isObject } from '../../base/json.js';
import { asksForAnswer } from '../json-rpc.js';
import { MAX_BODY_BYTES, tooLong } from './door.js';
import { HttpError } from './http-error.js';

/** A message before anything is known of it but that it is an object. */
export type Raw = Readonly<Record<string, unknown>>;

/** What a message is: it asks for an answer, is an answer to a question of this server, or tells something. */
export type Kind = 'request' | 'answer' | 'notification';

/** The messages of one POST. */
export interface Post {
	readonly messages: readonly Raw[];
	/** Whether they came in a list, so that the answers go out in one. */
	readonly isList: boolean;
}

/** Most messages of a list. Each is a call of its own. */
const MAX_MESSAGES = 20;

const PARSE_ERROR = -32_700;

/**
 * Reads the body. Rejects with HttpError where it is longer than MAX_BODY_BYTES, whatever its head said, and with what
 * `count` throws, which is told of the bytes as they come.
 */
export function readBody(request: IncomingMessage, count: (bytes: number) => void): Promise<string> {
	return new Promise((resolve, reject) => {
		const refuseCut = () => reject(new HttpError(400, 'The request was cut off.'));
		// The client went while its caller was looked up: a stream that has ended that way tells nothing any more.
		if (request.destroyed) return refuseCut();
		const chunks: Buffer[] = [];
		let bytes = 0;
		const keep = (chunk: Buffer) => {
			bytes += chunk.length;
			try {
				if (bytes > MAX_BODY_BYTES) throw tooLong();
				count(chunk.length);
				chunks.push(chunk);
			} catch (error) {
				// What still comes is thrown away.
				request.off('data', keep).resume();
				chunks.length = 0;
				reject(error);
			}
		};
		request.on('data', keep);
		request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
		request.once('error', refuseCut);
	});
}

/** Reads the messages of a body. Throws HttpError where there are none, or too many. */
export function parsePost(body: string): Post {
	const value = parse(body);
	if (isObject(value)) return { messages: [value], isList: false };
	if (!Array.isArray(value) || value.length === 0 || !value.every(isObject))
		throw new HttpError(400, 'The body must be a JSON-RPC message.');
	if (value.length > MAX_MESSAGES) throw new HttpError(400, `A list may have at most ${MAX_MESSAGES} messages.`);
	return { messages: value, isList: true };
}

function parse(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		throw new HttpError(400, 'The body must be JSON.', { code: PARSE_ERROR });
	}
}

/** What a message is. Throws HttpError where it is none of JSON-RPC's. */
export function kindOf(message: Raw): Kind {
	if (asksForAnswer(message)) return 'request';
	if ('id' in message) return 'answer';
	if (typeof message.method === 'string') return 'notification';
	throw new HttpError(400, 'The body must be a JSON-RPC message.');
}
