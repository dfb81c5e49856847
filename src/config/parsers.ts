/** Parses the text of an option. Each parser throws Error with a message that follows the option's name ("must be …"). */

import { suggest } from '../base/did-you-mean.js';
import { isHexId, isThisMachine, toHostname } from '../base/identifiers.js';
import { quote } from '../base/sanitize.js';
import { TOOLSETS, type Toolset } from '../operations/operation.js';
import type { ZoneEntry } from '../operations/scope.js';

/** Root of Cloudflare's public API. */
export const API_ROOT = 'https://api.cloudflare.com/client/v4';

/**
 * What stands for a value that is elsewhere, as clients, shells, password managers and READMEs write it: `${X}`, `{env:X}`,
 * `{{X}}`, `$X`, `$(…)`, `%X%`, `<token>`, `op://…`, `YOUR_TOKEN`.
 */
const PLACEHOLDER = /^(\$?\{.*\}|\$\w+(:\w+)?|\$\(.*\)|%\w+%|<.*>|op:\/\/.*|YOUR_\w+)$/s;

/** Whether a value is a placeholder that was passed on without being filled in. */
export function isUnfilledPlaceholder(value: string): boolean {
	return PLACEHOLDER.test(value.trim());
}

/** The sentence, without its full stop, about a variable that holds a placeholder. It does not repeat the value. */
export function explainPlaceholder(name: string): string {
	return `${name} still holds a placeholder, such as \${…} or op://…, that was not filled in`;
}

/** Any text but a blank one. */
export function parseText(text: string): string {
	if (text.trim() === '') throw new Error('must not be empty');
	return text;
}

/** The choices of an option, and its parser, which accepts one of them. */
export function choiceOf<const Name extends string>(choices: readonly Name[]) {
	return {
		choices,
		parse(text: string): Name {
			const choice = choices.find((name) => name === text);
			if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
			return choice;
		},
	};
}

/** The parser of a whole number within two bounds, both included. */
export function wholeNumber(least: number, most: number) {
	return (text: string): number => {
		const amount = Number(text);
		if (!/^\d+$/.test(text) || amount < least || amount > most)
			throw new Error(`must be a whole number from ${least} to ${most}`);
		return amount;
	};
}

/** A number from 0 to 1. */
export function parseRatio(text: string): number {
	if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) throw new Error('must be a number from 0 to 1');
	return Number(text);
}

/** A switch in the environment. */
function parseBoolean(text: string): boolean {
	if (/^(1|true|yes|on)$/i.test(text)) return true;
	if (/^(0|false|no|off)$/i.test(text)) return false;
	throw new Error('must be true or false');
}

/** Default and parser of a switch, which is off unless it is given. */
export const SWITCH = { default: false, parse: parseBoolean } as const;

/** Names separated by commas, at least one. */
export function parseNames(text: string): readonly string[] {
	const names = text
		.split(',')
		.map((name) => name.trim())
		.filter(Boolean);
	if (names.length === 0) throw new Error('must name at least one, separated by commas');
	return names;
}

/** Host names in canonical form. */
export function parseHostnames(text: string): readonly string[] {
	return parseNames(text).map((name) => {
		const host = toHostname(name);
		if (host === undefined) throw new Error(`has ${quote(name)}, which is no host name`);
		return host;
	});
}

/** The name of a toolset. */
export function parseToolset(name: string): Toolset {
	const toolset = TOOLSETS.find((one) => one === name);
	if (!toolset) throw new Error(`has no ${quote(name)}; there are ${TOOLSETS.join(', ')}.${suggest(name, TOOLSETS)}`);
	return toolset;
}

/** Names of toolsets. */
export const parseToolsets = (text: string): readonly Toolset[] => parseNames(text).map(parseToolset);

/** A zone as `a.com`, an id, or `a.com=ID`. */
export function parseZoneEntry(entry: string): ZoneEntry {
	const [first = '', id, ...more] = entry.toLowerCase().split('=');
	const name = toHostname(first);
	if (more.length > 0 || (id !== undefined && !isHexId(id)))
		throw new Error(`has ${quote(entry)}: after = comes a zone id of 32 hexadecimal characters`);
	if (name) return { name, ...(id !== undefined && { id }) };
	if (id === undefined && isHexId(first)) return { id: first };
	throw new Error(`has ${quote(entry)}, which is neither a domain name nor a zone id`);
}

/** Zones, separated by commas. */
export const parseZoneEntries = (text: string): readonly ZoneEntry[] => parseNames(text).map(parseZoneEntry);

/** An API root without a slash at its end. Plain http would reveal the token on the network, so only this machine may use it. */
export function parseApiRoot(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
		throw new Error(`must be a URL such as ${API_ROOT}`);
	if (url.protocol === 'http:' && !isThisMachine(url.hostname))
		throw new Error('must use https, except on this machine (127.0.0.1)');
	return url.href.replace(/\/$/, '');
}

/** The URL of a proxy. Without a scheme it is that of an HTTP proxy, as for every program that reads these variables. */
export function parseProxy(text: string): string {
	const url = toProxyUrl(text);
	if (!url || !/^https?:$/.test(url.protocol)) throw new Error('must be a URL such as http://proxy.example.com:3128');
	return url.href;
}

/** User name and password in the URL of a proxy, as they stand there and as they are sent. */
export function secretsInProxy(text: string): readonly string[] {
	const { username = '', password = '' } = toProxyUrl(text) ?? {};
	if (password === '') return [];
	const [user, word] = [username, password].map(decode);
	return [...new Set([`${username}:${password}`, `${user}:${word}`, password, `${word}`])];
}

function toProxyUrl(text: string): URL | undefined {
	const whole = text.includes('://') ? text.trim() : `http://${text.trim()}`;
	return URL.canParse(whole) ? new URL(whole) : undefined;
}

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

/** The name of an entry in a client's file. Clients put it before every tool's name, and some take only these characters. */
export function parseEntryName(text: string): string {
	if (!/^[a-z\d][a-z\d_-]*$/i.test(text))
		throw new Error('must begin with a letter or digit; then _ and - are allowed too');
	return text;
}

/** A command as words separated by spaces. Double quotes keep a word with spaces together. */
export function parseCommandWords(text: string): readonly string[] {
	const words = [...text.matchAll(/"([^"]*)"|([^\s"]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
	if (words.length === 0) throw new Error('must name a command');
	return words;
}

/**
 * The secrets in a text: two where a comma separates two that are long enough, as while one replaces the other. Any other
 * text is one secret, with its commas.
 */
export function splitSecrets(text: string): readonly [string, ...string[]] {
	const parts = text.split(',').map((part) => part.trim());
	const [first = '', second = ''] = parts;
	const areTwo = parts.length === 2 && parts.every(({ length }) => length >= SHORTEST_SECRET);
	return areTwo ? [first, second] : [text];
}

/** Characters of the shortest secret that is not guessed. */
const SHORTEST_SECRET = 16;

/** One or two secrets that are long enough not to be guessed, the one that signs first. */
export function parseSecretKeys(text: string): readonly [string, ...string[]] {
	if (text.length < SHORTEST_SECRET) throw new Error(`must have at least ${SHORTEST_SECRET} characters`);
	return splitSecrets(text);
}
