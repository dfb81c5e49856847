/** Answers a message that is too long to be read, from what its first bytes show. */
import type { JSONRPCErrorResponse } from '@modelcontextprotocol/sdk/types.js';
import { INVALID_REQUEST, ProtocolError, toErrorAnswer } from '../json-rpc.js';

/** Strings (the last may be cut off), punctuation, and everything else. */
const TOKEN = /"(?:[^"\\]|\\.)*"?|[[\]{}:,]|[^\s[\]{}:,"]+/gs;

const TOO_LONG = new ProtocolError(
	INVALID_REQUEST,
	'Invalid request: messages of more than 10 MB are not read. Send long lists in several calls, or use urls_file.',
);

/** The error for the message that begins with `head`; undefined where it is itself an answer. */
export function refuseLongMessage(head: string): JSONRPCErrorResponse | undefined {
	const fields = readFields(head);
	return fields.has('result') || fields.has('error') ? undefined : toErrorAnswer({ id: fields.get('id') }, TOO_LONG);
}

/** The fields of the outermost object, as far as `text` shows them. The value is undefined unless it is a whole scalar. */
function readFields(text: string): Map<unknown, unknown> {
	const fields = new Map<unknown, unknown>();
	let depth = 0;
	let last = '';
	let name: unknown;
	for (const { 0: token, index } of text.matchAll(TOKEN)) {
		if (depth === 1 && token === ':') {
			name = parseScalar(last);
			fields.set(name, undefined);
		} else if (depth === 1 && last === ':' && index + token.length < text.length) fields.set(name, parseScalar(token));
		if (token === '{' || token === '[') depth++;
		if (token === '}' || token === ']') depth--;
		last = token;
	}
	return fields;
}

function parseScalar(token: string): unknown {
	try {
		return JSON.parse(token);
	} catch {
		return undefined;
	}
}
