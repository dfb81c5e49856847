/** The body of a request: read with a limit, parsed when it can be. */
import type { IncomingMessage } from 'node:http';
import { Failure } from './answers.js';

const LIMIT = 1_048_576;

/** A request body; `parsed` is absent when the text is empty or no JSON. */
export interface Body {
	text: string;
	tooLong: boolean;
	parsed?: { value: unknown };
}

/** Reads the whole body but keeps no more than the limit, so that the client always gets its answer. */
export async function readBody(request: IncomingMessage): Promise<Body> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size <= LIMIT) chunks.push(chunk);
	}
	if (size > LIMIT) return { text: '', tooLong: true };
	return parseText(Buffer.concat(chunks).toString('utf8'));
}

function parseText(text: string): Body {
	try {
		return { text, tooLong: false, parsed: { value: JSON.parse(text) } };
	} catch {
		return { text, tooLong: false };
	}
}

/** Gives the JSON value of a body, or fails with 6007. */
export function takeJson(body: Body): unknown {
	if (body.parsed === undefined) throw new Failure(400, { code: 6007, message: 'Malformed JSON in request body' });
	return body.parsed.value;
}

/** Gives a field of a JSON object; undefined when the value is no object or lacks the field. */
export function takeField(value: unknown, name: string): unknown {
	if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined;
	return value[name];
}

/** Tells whether a JSON value is an object and not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
