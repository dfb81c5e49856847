/** Holds what MCP up to 2025-11-25 demands of a POST beyond its messages. */
import type { IncomingHttpHeaders } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { INVALID_REQUEST } from '../json-rpc.js';
import { PROTOCOL_VERSIONS } from '../revisions/2025-11-25.js';
import type { Raw } from './body.js';
import { HttpError } from './http-error.js';

/** The version of requests that name none. It is the last that had no header for it, and the only one that had lists. */
const UNNAMED_VERSION = '2025-03-26';

/** The version that a POST names. Throws HttpError where it is none that initialize agrees on. */
export function readVersion({ 'mcp-protocol-version': version = UNNAMED_VERSION }: IncomingHttpHeaders): string {
	const known = PROTOCOL_VERSIONS.find((one) => one === version);
	if (known === undefined)
		throw new HttpError(400, `MCP-Protocol-Version must be one of ${PROTOCOL_VERSIONS.join(', ')}.`);
	return known;
}

/** Throws HttpError where the requests must not come in a list. */
export function checkList(requests: readonly Raw[], version: string): void {
	if (version !== UNNAMED_VERSION)
		throw new HttpError(400, `Send one message a POST: only MCP ${UNNAMED_VERSION} has lists.`);
	if (requests.some(({ method }) => method === 'initialize'))
		throw new HttpError(400, 'An initialize must not be part of a list.');
	if (new Set(requests.map(({ id }) => id)).size < requests.length)
		throw new HttpError(400, 'Two requests of a list must not have the same id.');
}

/** The HTTP status of an answer. An error that names no request is about the POST. */
export function statusOfAnswer(answer: JSONRPCMessage): number {
	return 'error' in answer && answer.id === undefined && answer.error.code === INVALID_REQUEST ? 400 : 200;
}
