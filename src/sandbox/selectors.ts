/** Reads the selectors of a purge body. */
import { Failure } from './answers.js';
import { type Body, isRecord } from './body.js';

/** The kinds of items that a purge may select. */
const KINDS = ['files', 'tags', 'hosts', 'prefixes'] as const;
/** One of the kinds. */
export type Kind = (typeof KINDS)[number];
/** The items of a purge; an empty object stands for everything. */
export type Selection = Partial<Record<Kind, unknown[]>>;

/** Returns the selectors. Throws 1012 without any: a body that cannot be parsed has none. */
export function readSelection(body: Body, contentType: string): Selection {
	const value = /\bjson\b/i.test(contentType) ? body.parsed?.value : undefined;
	const given = isRecord(value) ? value : {};
	const kinds = KINDS.filter((kind) => given[kind] !== undefined && given[kind] !== null);
	if (Object.hasOwn(given, 'purge_everything')) {
		if (kinds.length > 0) throw refuse(1092, MIXED);
		if (given.purge_everything !== true) throw refuse(1013, "'purge_everything' must be true");
		return {};
	}
	const selection: Selection = {};
	for (const kind of kinds) {
		const items = given[kind];
		if (!Array.isArray(items)) throw refuse(1014, '"files", "tags", "hosts" or "prefixes" must be an array');
		if (items.length > 0) selection[kind] = items;
	}
	if (Object.keys(selection).length === 0) throw refuse(1012, NONE);
	return selection;
}

const MIXED = 'Request cannot contain "purge_everything" and any of "files", "tags", "hosts" or "prefixes"';
const NONE = 'Request must contain one of "purge_everything", "files", "tags", "hosts" or "prefixes"';

function refuse(code: number, message: string): Failure {
	return new Failure(400, { code, message }).invented('status');
}
