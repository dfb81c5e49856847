/** Compacts what an audit line holds: texts from outside are cut, and arguments lose what may be confidential. */
import { isObject, mapStrings } from '../base/json.js';
import { sanitize } from '../base/sanitize.js';
import type { AuditEntry } from './audit-entry.js';

/** Longest text of a line, arguments excepted. */
const MAX_TEXT_CHARACTERS = 200;
/** Longest text of an argument, and most characters of all arguments of a line. */
const MAX_VALUE_CHARACTERS = 1_000;
const MAX_VALUES_CHARACTERS = 100_000;
/** Most attempts that a line lists one by one. */
const MAX_ATTEMPTS = 1_000;

/** The line with every text cut, and with its first attempts only. */
export function compactEntry({ args, ...entry }: AuditEntry): AuditEntry {
	const { http, cf_rays: rays } = entry;
	const short = { ...entry, http: http.slice(0, MAX_ATTEMPTS), cf_rays: rays.slice(0, MAX_ATTEMPTS) };
	const texts = mapStrings(short, (text) => sanitize(text, MAX_TEXT_CHARACTERS)) as AuditEntry;
	return args === undefined ? texts : { ...texts, args };
}

/** Arguments as an audit line shows them. */
export type ShownArguments = Pick<AuditEntry, 'args' | 'args_left_out'>;

/** Shows arguments in their order, with the names of headers and without their values, and counts the list items left out. */
export function showArguments(args: Readonly<Record<string, unknown>>): ShownArguments {
	const shown: Record<string, unknown> = {};
	const leftOut: Record<string, number> = {};
	let room = MAX_VALUES_CHARACTERS;
	for (const [name, value] of Object.entries(args)) {
		const kept: unknown[] = [];
		const items = Array.isArray(value) ? (value as unknown[]) : [value];
		for (const item of items) {
			const part = showValue(item);
			room -= (JSON.stringify(part)?.length ?? 0) + 1;
			if (room < 0) break;
			kept.push(part);
		}
		if (kept.length < items.length) leftOut[name] = items.length - kept.length;
		if (Array.isArray(value)) shown[name] = kept;
		else if (kept.length > 0) shown[name] = kept[0];
	}
	return { args: shown, ...(Object.keys(leftOut).length > 0 && { args_left_out: leftOut }) };
}

function showValue(value: unknown): unknown {
	if (typeof value === 'string') return sanitize(value, MAX_VALUE_CHARACTERS);
	if (Array.isArray(value)) return value.map(showValue);
	if (!isObject(value)) return value;
	const entries = Object.entries(value).map(([name, inner]) => [
		sanitize(name, MAX_VALUE_CHARACTERS),
		name === 'headers' && isObject(inner) ? showValue(Object.keys(inner)) : showValue(inner),
	]);
	return Object.fromEntries(entries);
}
