/** How the text of an option becomes its value; each reader throws Error with what would be right. */

import { suggest } from '../base/did-you-mean.js';
import { isHexId, toHostname } from '../base/identifiers.js';
import { quote } from '../base/sanitize.js';
import { TOOLSETS, type Toolset } from '../operations/operation.js';
import type { ZoneEntry } from '../operations/scope.js';

export function text(value: string): string {
	if (value.trim() === '') throw new Error('must not be empty');
	return value;
}

export function enumOf<Name extends string>(...list: readonly Name[]) {
	return (value: string): Name => {
		const found = list.find((name) => name === value);
		if (found === undefined) throw new Error(`must be one of ${list.join(', ')}`);
		return found;
	};
}

export function integer(least: number, most: number) {
	return (value: string): number => {
		const amount = Number(value);
		if (!/^\d+$/.test(value) || amount < least || amount > most)
			throw new Error(`must be a whole number from ${least} to ${most}`);
		return amount;
	};
}

export function ratio(value: string): number {
	if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(value)) throw new Error('must be a number from 0 to 1');
	return Number(value);
}

export function boolean(value: string): boolean {
	if (/^(1|true|yes|on)$/i.test(value)) return true;
	if (/^(0|false|no|off|)$/i.test(value)) return false;
	throw new Error('must be true or false');
}

export function names(value: string): readonly string[] {
	const list = value
		.split(',')
		.map((name) => name.trim())
		.filter(Boolean);
	if (list.length === 0) throw new Error('must name at least one, separated by commas');
	return list;
}

export function toolsets(value: string): readonly Toolset[] {
	return names(value).map((name) => {
		const known = TOOLSETS.find((one) => one === name);
		if (!known) throw new Error(`has no ${quote(name)}; there are ${TOOLSETS.join(', ')}.${suggest(name, TOOLSETS)}`);
		return known;
	});
}

/** `a.com`, an id, or `a.com=ID`. */
export function zoneEntries(value: string): readonly ZoneEntry[] {
	return names(value).map((entry) => {
		const [first = '', id, ...more] = entry.toLowerCase().split('=');
		const name = toHostname(first);
		if (more.length > 0 || (id !== undefined && !isHexId(id)))
			throw new Error(`has ${quote(entry)}: behind = belongs a zone id of 32 hexadecimal characters`);
		if (name) return { name, ...(id !== undefined && { id }) };
		if (id === undefined && isHexId(first)) return { id: first };
		throw new Error(`has ${quote(entry)}, which is neither a domain name nor a zone id`);
	});
}

/** An API root. Plain http would show the token to everyone on the way, so it is for this machine only. */
export function apiRoot(value: string): string {
	const url = URL.canParse(value) ? new URL(value) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
		throw new Error('must be a URL such as https://api.cloudflare.com/client/v4');
	if (url.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
		throw new Error('must use https, except on this machine (127.0.0.1)');
	return url.href.replace(/\/$/, '');
}

/** Words separated by spaces; double quotes hold a word with spaces together. */
export function commandWords(value: string): readonly string[] {
	const words = [...value.matchAll(/"([^"]*)"|([^\s"]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
	if (words.length === 0) throw new Error('must name a command');
	return words;
}

export function secretKey(value: string): string {
	if (value.length < 16) throw new Error('must have at least 16 characters');
	return value;
}
