/** Reads the body of a request up to a limit, and parses it when it is JSON. */
import type { IncomingMessage } from 'node:http';
import { Failure } from './answers.js';

const MAX_BODY_BYTES = 1_048_576;

/** A request body; `parsed` is absent when the text is empty or not JSON. */
export interface Body {
	text: string;
	tooLong: boolean;
	parsed?: { value: unknown };
}

/** Reads the whole body, so that the client always gets its answer, but keeps none that is over the limit. */
export async function readBody(request: IncomingMessage): Promise<Body> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size <= MAX_BODY_BYTES) chunks.push(chunk);
	}
	if (size > MAX_BODY_BYTES) return { text: '', tooLong: true };
	return parseText(Buffer.concat(chunks).toString('utf8'));
}

function parseText(text: string): Body {
	try {
		return { text, tooLong: false, parsed: { value: JSON.parse(text) } };
	} catch {
		return { text, tooLong: false };
	}
}

/** Returns the JSON value of a body. Throws 6007 when it has none. */
export function takeJson(body: Body): unknown {
	if (body.parsed === undefined) throw new Failure(400, { code: 6007, message: 'Malformed JSON in request body' });
	return body.parsed.value;
}

/** Returns a field of a JSON object; undefined when the value is not an object or lacks the field. */
export function takeField(value: unknown, name: string): unknown {
	if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined;
	return value[name];
}

/** Whether a JSON value is an object and not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
