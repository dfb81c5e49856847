/** Holds what MCP 2026-07-28 demands of a POST beyond its message: its headers, and the status of its answer. */
import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../base/json.js';
import { INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, UNSUPPORTED_PROTOCOL_VERSION } from '../json-rpc.js';
import { CAPABILITIES_KEY, isStateless, STATELESS_VERSION, VERSION_KEY } from '../revisions/2026-07-28.js';
import type { Raw } from './body.js';
import { HttpError } from './http-error.js';

/** MCP's code for headers that say another thing than the message. */
const HEADER_MISMATCH = -32020;
/** MCP's code for a request that needs a capability which the client has not declared. */
const MISSING_CAPABILITY = -32021;

/** Status of the errors that make a request a bad one. */
const STATUS_OF: Readonly<Record<number, number>> = {
	[INVALID_REQUEST]: 400,
	[METHOD_NOT_FOUND]: 404,
	[HEADER_MISMATCH]: 400,
	[MISSING_CAPABILITY]: 400,
	[UNSUPPORTED_PROTOCOL_VERSION]: 400,
};

/** The parameter that the header Mcp-Name repeats, by method. */
const NAMED_BY: Readonly<Record<string, string>> = {
	'tools/call': 'name',
	'prompts/get': 'name',
	'resources/read': 'uri',
};

/** Whether a POST speaks 2026-07-28: its message says so, or its header names that version or a later one. */
export function isStatelessPost({ method, params }: Raw, headers: IncomingHttpHeaders): boolean {
	if (typeof method === 'string' && isStateless({ method, params })) return true;
	return headerOf(headers, 'mcp-protocol-version') >= STATELESS_VERSION;
}

/** Throws HttpError where the headers of a request say another thing than its message. */
export function checkHeaders(message: Raw, headers: IncomingHttpHeaders): void {
	const { id, method } = message;
	const params = isObject(message.params) ? message.params : {};
	const meta = isObject(params._meta) ? params._meta : {};
	const version = meta[VERSION_KEY];
	const refuse = (code: number, problem: string) => new HttpError(400, problem, { code, ...idOf(id) });
	if (typeof version !== 'string') {
		// Only this revision has it, so the connection refuses it. It would take any other method for an earlier one.
		if (method === 'server/discover') return;
		throw refuse(INVALID_PARAMS, `Invalid params: _meta must name a version as text (${VERSION_KEY})`);
	}
	const expected = new Map([
		['MCP-Protocol-Version', version],
		['Mcp-Method', method],
		...(typeof method === 'string' && NAMED_BY[method] ? [['Mcp-Name', params[NAMED_BY[method]]] as const] : []),
	]);
	for (const [name, value] of expected)
		if (headerOf(headers, name.toLowerCase()) !== value)
			throw refuse(HEADER_MISMATCH, `The header ${name} is missing, or differs from the message.`);
}

/** The HTTP status of an answer to a request. */
export function statusOf(answer: object, { params }: Raw): number {
	const { error } = answer as Raw;
	if (!isObject(error)) return 200;
	const { code } = error;
	if (code === INVALID_PARAMS) return hasEnvelope(params) ? 200 : 400;
	return (typeof code === 'number' ? STATUS_OF[code] : undefined) ?? 200;
}

/** Whether the request says what each must say of itself. Without it the request is a bad one, else its arguments are. */
function hasEnvelope(params: unknown): boolean {
	const meta = isObject(params) && isObject(params._meta) ? params._meta : {};
	return typeof meta[VERSION_KEY] === 'string' && isObject(meta[CAPABILITIES_KEY]);
}

function idOf(id: unknown): { id?: string | number } {
	return typeof id === 'string' || Number.isSafeInteger(id) ? { id: id as string | number } : {};
}

const ENCODED = /^=\?base64\?(.*)\?=$/;

/** The value of a header, decoded where it could not be written in ASCII; empty where it is missing. */
function headerOf(headers: IncomingHttpHeaders, name: string): string {
	const value = headers[name];
	const text = typeof value === 'string' ? value : '';
	const [, encoded] = ENCODED.exec(text) ?? [];
	return encoded === undefined ? text : Buffer.from(encoded, 'base64').toString('utf8');
}
