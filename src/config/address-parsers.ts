/** Parses and prints addresses: those that a server listens on, and those that others are reached at. Errors follow the option's name. */
import { isThisMachine } from '../base/identifiers.js';
import { parseNames } from './parsers.js';

/** Where a server listens. */
export interface Address {
	readonly host: string;
	readonly port: number;
}

/** `[HOST:]PORT`, with an IPv6 address in brackets. Port 0 is any free port. */
export function parseAddress(text: string): Address {
	const [, bracketed, plain, digits = ''] = /^(?:(?:\[([\da-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text.trim()) ?? [];
	const port = Number(digits);
	if (digits === '' || port > 65_535) throw new Error('must be PORT or HOST:PORT, such as 8080 or 0.0.0.0:8080');
	return { host: bracketed ?? plain ?? '127.0.0.1', port };
}

/** An address as flags and URLs have it: HOST:PORT, with an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
	return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** An https URL without query and fragment, or an http one of this machine. It is kept byte for byte: clients compare it. */
export function parseHttpUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isThisMachine(url.hostname));
	// In the text, because a URL loses line breaks, and a question mark without a query.
	if (!url || !isSafe || url.username || url.password || /[?#\s]/.test(text.trim()))
		throw new Error('must be an https URL without user, query and fragment; http only on this machine');
	return text.trim();
}

/** Names or addresses as the header Host has them, without ports: also of one label, as inside of a cluster. In lower case. */
export function parseHosts(text: string): readonly string[] {
	const hosts = parseNames(text).map((one) => one.toLowerCase());
	const isHost = (one: string) =>
		/^(?:\[[\da-f:.]+\]|[a-z\d](?:[\w-]*[a-z\d])?(?:\.[a-z\d](?:[\w-]*[a-z\d])?)*)$/.test(one);
	if (!hosts.every(isHost)) throw new Error('must be host names or addresses without ports, separated by commas');
	return hosts;
}

/** The URL of a Redis or Valkey server, with the number of a database as its path where there is one. */
export function parseRedisUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isComplete = url && /^rediss?:$/.test(url.protocol) && url.hostname !== '';
	if (
		!isComplete ||
		!/^\/?\d*$/.test(url.pathname) ||
		url.search ||
		url.hash ||
		!isEncoded(url.username + url.password)
	)
		throw new Error('must be a URL such as redis://user:password@host:6379, or rediss:// for TLS');
	return text.trim();
}

/** Origins as browsers send them: scheme, host and port. */
export function parseOrigins(text: string): readonly string[] {
	const origins = parseNames(text);
	if (!origins.every((one) => URL.canParse(one) && new URL(one).origin === one))
		throw new Error('must be origins such as https://app.example.com, separated by commas');
	return origins;
}

/** Whether each percent sign begins an encoded character. */
function isEncoded(text: string): boolean {
	try {
		decodeURIComponent(text);
		return true;
	} catch {
		return false;
	}
}
