/** Checks the items of a purge: URLs, tags, hosts and prefixes. */
import { Failure } from './answers.js';
import { isRecord } from './body.js';
import type { Kind, Selection } from './selectors.js';
import type { Zone } from './zones.js';

const COUNT_CODES: Record<Kind, number> = { files: 1094, tags: 1101, hosts: 1111, prefixes: 1111 };
const CHECKS: Record<Kind, (item: unknown, zone: Zone) => void> = {
	files: checkFile,
	tags: checkTag,
	hosts: checkHost,
	prefixes: checkPrefix,
};
const HOSTNAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/i;

/** Throws when there are too many items of a kind. */
export function checkCounts(selection: Selection, zone: Zone): void {
	for (const [kind, items] of Object.entries(selection) as [Kind, unknown[]][]) {
		const max = kind === 'files' && zone.plan === 'enterprise' ? 500 : 100;
		if (items.length > max) {
			throw refuse(COUNT_CODES[kind], `Unable to purge, cannot specify more than ${max} ${kind} per request`);
		}
	}
}

/** Throws at the first malformed or foreign item. */
export function checkItems(selection: Selection, zone: Zone): void {
	for (const [kind, items] of Object.entries(selection) as [Kind, unknown[]][]) {
		for (const item of items) CHECKS[kind](item, zone);
	}
}

function checkFile(item: unknown, zone: Zone): void {
	const address = isRecord(item) ? item.url : item;
	const headers = isRecord(item) && Object.hasOwn(item, 'headers') ? item.headers : {};
	if (!isRecord(headers) || !Object.values(headers).every((value) => typeof value === 'string')) {
		throw refuse(1016, `Unable to purge ${quote(address)}, its headers must be an object of strings.`);
	}
	if (typeof address !== 'string' || !isAddress(address)) {
		throw refuse(1016, `Unable to purge ${quote(address)}, which is an invalid URL.`);
	}
	if (!belongs(new URL(address).hostname, zone)) throw foreign(address);
}

function isAddress(text: string): boolean {
	return /^https?:\/\/[^/]/i.test(text) && !text.includes('*') && URL.canParse(text);
}

function checkTag(item: unknown): void {
	if (typeof item === 'string' && item.length > 1024) {
		throw refuse(1100, 'Unable to purge, a tag must not be longer than 1024 characters.');
	}
	if (typeof item !== 'string' || !/^[\x21-\x7e]+$/.test(item)) {
		throw refuse(1100, `Unable to purge ${quote(item)}, which is an invalid tag.`);
	}
}

function checkHost(item: unknown, zone: Zone): void {
	if (typeof item === 'string' && item.length > 253) {
		throw refuse(1114, 'Unable to purge, a host must not be longer than 253 characters.');
	}
	if (typeof item !== 'string' || !HOSTNAME.test(item) || !belongs(item, zone)) {
		throw refuse(1115, `Unable to purge ${quote(item)}, which is an invalid host.`);
	}
}

function checkPrefix(item: unknown, zone: Zone): void {
	const [host = '', ...separated] = typeof item === 'string' ? item.split('/') : [];
	if (!HOSTNAME.test(host) || separated.length > 31 || /[?#*\s]/.test(String(item))) {
		throw refuse(1016, `Unable to purge ${quote(item)}, which is an invalid prefix.`);
	}
	if (!belongs(host, zone)) throw foreign(item);
}

function belongs(host: string, zone: Zone): boolean {
	const name = host.toLowerCase();
	return `.${name}`.endsWith(`.${zone.facts.name}`) || zone.customHostnames.includes(name);
}

function foreign(item: unknown): Failure {
	return refuse(1082, `Unable to purge ${quote(item)}, can only purge files for this zone.`);
}

function quote(item: unknown): string {
	return typeof item === 'string' ? item : (JSON.stringify(item) ?? 'an item without URL');
}

function refuse(code: number, message: string): Failure {
	return new Failure(400, { code, message }).invented('status, code and message');
}
