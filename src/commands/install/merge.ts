/** Puts this server's entry into the text of a client's file, and checks that nothing else changed. */
import type { Client } from './client.js';
import { credentialsIn, type Entry, editsFor, KEY, NotATableError } from './entry.js';
import { ConfigFileError, differsOnlyBy, type Format, nest, valueAt } from './format.js';
import { JSON_FORMAT } from './json.js';
import { TOML_FORMAT } from './toml.js';

const FORMATS: Readonly<Record<Client['format'], Format>> = { json: JSON_FORMAT, toml: TOML_FORMAT };

interface Merged {
	/** The text with the entry. It is the same text when nothing had to change. */
	readonly text: string;
	/** Whether the text had an entry before. */
	readonly hadEntry: boolean;
	/** The variables that gave the entry a credential before. */
	readonly credentials: readonly string[];
}

/** Puts the entry into a text. Throws ConfigFileError when the text has to stay as it is. */
export function mergeEntry(client: Client, entry: Entry, text: string): Merged {
	const { parse, edit, locate } = FORMATS[client.format];
	const before = parse(text);
	const path = [...client.servers, KEY];
	try {
		const edits = editsFor(client, entry, before);
		const facts = { hadEntry: valueAt(before, path) !== undefined, credentials: credentialsIn(client, before) };
		if (edits.length === 0) return { text, ...facts };
		const merged = edit(text, edits, path);
		if (differsOnlyBy(edits, before, parseAgain(parse, merged))) return { text: merged, ...facts };
		throw new ConfigFileError('has a form that this command cannot edit', { byHand: true });
	} catch (error) {
		const position = error instanceof NotATableError ? locate(text, error.at) : undefined;
		if (!position) throw error;
		throw new ConfigFileError(`${(error as Error).message} (line ${position.line}, column ${position.column})`);
	}
}

/** Returns undefined for a text that has become invalid: it differs by more than the edits. */
function parseAgain(parse: Format['parse'], text: string): unknown {
	try {
		return parse(text);
	} catch (error) {
		if (error instanceof ConfigFileError) return undefined;
		throw error;
	}
}

/** Returns what a user adds to an empty file by hand. */
export function printEntry(client: Client, entry: Entry): string {
	const parts = editsFor(client, entry, undefined).map(({ at, value }) => nest(at, value));
	return FORMATS[client.format].print(Object.assign({}, ...parts) as object);
}
