/** What Streamable HTTP demands of a POST beyond its message: hosts, headers, and the status of an answer. */
import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../src/base/json.js';
import { isStateless } from '../../src/mcp/revisions/2026-07-28.js';
import { isId, type Raw } from './peer.js';

/** The first revision without sessions. Its requests name their version in the header and in the message. */
const STATELESS_VERSION = '2026-07-28';
const META = 'io.modelcontextprotocol';

const HEADER_MISMATCH = -32020;
const INVALID_PARAMS = -32602;

/** Status of the errors that make a request of 2026-07-28 a bad one. */
const STATUS_OF: Readonly<Record<number, number>> = {
	[-32700]: 400,
	[-32600]: 400,
	[-32601]: 404,
	[HEADER_MISMATCH]: 400,
	[-32021]: 400,
	[-32022]: 400,
};

/** The parameter that the header Mcp-Name repeats, by method. */
const NAMED_BY: Readonly<Record<string, string>> = {
	'tools/call': 'name',
	'prompts/get': 'name',
	'resources/read': 'uri',
};

/** An error that answers a POST before its message reaches the connection. */
export function refuse(id: unknown, code: number, message: string): Raw {
	return { jsonrpc: '2.0', ...(isId(id) && { id }), error: { code, message } };
}

/** Whether a browser or a resolver may have been tricked into sending the request here. */
export function isForeign({ host, origin }: IncomingHttpHeaders): boolean {
	const isLocal = (url: string) =>
		URL.canParse(url) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
	return !isLocal(`http://${host}`) || (origin !== undefined && !isLocal(origin));
}

/** Whether a POST speaks 2026-07-28: its message says so, or its header names that version or a later one. */
export function isStatelessPost(message: Raw, headers: IncomingHttpHeaders): boolean {
	if (typeof message.method === 'string' && isStateless({ method: message.method, params: message.params }))
		return true;
	return headerOf(headers, 'mcp-protocol-version') >= STATELESS_VERSION;
}

/** The error of a request of 2026-07-28 whose headers say another thing than its message; undefined where they agree. */
export function checkHeaders(message: Raw, headers: IncomingHttpHeaders): Raw | undefined {
	const { id, method } = message;
	const params = isObject(message.params) ? message.params : {};
	const meta = isObject(params._meta) ? params._meta : {};
	const version = meta[`${META}/protocolVersion`];
	// Discover is of this revision alone, so the connection refuses it. It would take any other method for an earlier one.
	if (version === undefined)
		return method === 'server/discover' ? undefined : refuse(id, INVALID_PARAMS, '_meta must name a version');
	const expected = new Map([
		['mcp-protocol-version', version],
		['mcp-method', method],
		...(typeof method === 'string' && NAMED_BY[method] ? [['mcp-name', params[NAMED_BY[method]]] as const] : []),
	]);
	for (const [name, value] of expected)
		if (headerOf(headers, name) !== value) return refuse(id, HEADER_MISMATCH, `${name} differs from the message`);
	return undefined;
}

/** The HTTP status of an answer to a request of 2026-07-28. */
export function statusOf(answer: Raw, { params }: Raw): number {
	if (!isObject(answer.error)) return 200;
	const { code } = answer.error;
	if (typeof code !== 'number') return 500;
	if (code === INVALID_PARAMS) return hasEnvelope(params) ? 200 : 400;
	return STATUS_OF[code] ?? 200;
}

function hasEnvelope(params: unknown): boolean {
	const meta = isObject(params) && isObject(params._meta) ? params._meta : {};
	return typeof meta[`${META}/protocolVersion`] === 'string' && isObject(meta[`${META}/clientCapabilities`]);
}

const ENCODED = /^=\?base64\?(.*)\?=$/;

/** The value of a header, decoded where it could not be written in ASCII; empty where it is missing. */
function headerOf(headers: IncomingHttpHeaders, name: string): string {
	const value = headers[name];
	const text = typeof value === 'string' ? value : '';
	const [, encoded] = ENCODED.exec(text) ?? [];
	return encoded === undefined ? text : Buffer.from(encoded, 'base64').toString('utf8');
}
