/** Decides by the head of a request over HTTP whether it comes in. Nothing of its body is read before. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isThisMachine } from '../../base/identifiers.js';
import { HttpError } from './http-error.js';

/** The path that MCP is served at. */
export const ENDPOINT = '/mcp';

/** Longest body of a request. A purge of 30,000 URLs has about half of it. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Which names and origins a server answers to. */
export interface DoorOptions {
	/** The host that the server is bound to. */
	readonly host: string;
	/** The URL by which clients reach the server through a proxy. */
	readonly publicUrl?: string | undefined;
	/** Further names that the header Host may have, in lower case and without ports. */
	readonly allowedHosts?: readonly string[] | undefined;
	/** Further origins of browsers that may call. */
	readonly allowedOrigins?: readonly string[] | undefined;
}

/** What the body of an answer may be, by the header Accept. */
export interface Taken {
	readonly json: boolean;
	readonly events: boolean;
}

/** Checks hosts, origins and the headers of POSTs. */
export class Door {
	private readonly hosts: ReadonlySet<string>;
	private readonly origins: ReadonlySet<string>;
	private readonly isLocal: boolean;

	constructor({ host, publicUrl, allowedHosts = [], allowedOrigins = [] }: DoorOptions) {
		const own = publicUrl === undefined ? [] : [new URL(publicUrl)];
		const bound = host.includes(':') ? `[${host}]` : host;
		this.isLocal = isThisMachine(host);
		this.hosts = new Set([bound.toLowerCase(), ...own.map(({ hostname }) => hostname), ...allowedHosts]);
		this.origins = new Set([...own.map(({ origin }) => origin), ...allowedOrigins]);
	}

	/**
	 * Throws HttpError where the request names another host: a page may have had its own name resolved to this machine, so
	 * that a browser takes this server for the page's.
	 */
	checkHost({ host = '' }: IncomingHttpHeaders): void {
		const name = /^(\[[\da-f:.]+\]|[^:[\]]*)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase() ?? '';
		if (name === '' || !(this.hosts.has(name) || (this.isLocal && isThisMachine(name))))
			throw new HttpError(403, 'This server does not answer to that Host. The operator can add it to --allowed-hosts.');
	}

	/** Throws HttpError where a page of another origin has made a browser send the request. */
	checkOrigin({ origin }: IncomingHttpHeaders): void {
		if (origin !== undefined && !this.allowsOrigin(origin))
			throw new HttpError(403, 'This Origin may not call. The operator can add it to --allowed-origins.');
	}

	private allowsOrigin(origin: string): boolean {
		if (this.origins.has(origin)) return true;
		return this.isLocal && URL.canParse(origin) && isThisMachine(new URL(origin).hostname);
	}
}

/** Checks the head of a POST. Throws HttpError where its body is not for this server. */
export function checkPost({ method, headers }: IncomingMessage): Taken {
	if (method !== 'POST')
		throw new HttpError(405, 'Send messages by POST. This server opens no streams of its own.', {
			headers: { Allow: 'POST' },
		});
	if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
		throw new HttpError(415, 'Content-Type must be application/json.');
	const encoding = headers['content-encoding'] ?? 'identity';
	if (encoding !== 'identity')
		throw new HttpError(415, 'The body must not be compressed.', { headers: { 'Accept-Encoding': 'identity' } });
	if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLong();
	return readAccept(headers.accept);
}

/** The error for a body that is too long. */
export function tooLong(): HttpError {
	return new HttpError(
		413,
		`A request may have at most ${MAX_BODY_BYTES / 1024 / 1024} MiB. Nothing was done. Split it into several calls.`,
	);
}

/** Lenient: many clients name one of the two types only, or none. */
function readAccept(accept = '*/*'): Taken {
	const types = accept.split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase());
	const takes = (name: string, group: string) => types.some((one) => one === name || one === group || one === '*/*');
	const taken = { json: takes('application/json', 'application/*'), events: takes('text/event-stream', 'text/*') };
	if (!taken.json && !taken.events)
		throw new HttpError(406, 'Accept must include application/json, text/event-stream, or both.');
	return taken;
}
