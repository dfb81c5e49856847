/** A client's file with this server's entry in it: the changes, made in the file's format, and proof that nothing else changed. */
import type { Client } from './client.js';
import { changesFor, credentialsIn, type Entry, KEY, NotATableError } from './entry.js';
import { ConfigFileError, differsOnlyBy, type Format, nest } from './format.js';
import { JSON_FORMAT } from './json.js';
import { TOML_FORMAT } from './toml.js';

const FORMATS: Readonly<Record<Client['format'], Format>> = { json: JSON_FORMAT, toml: TOML_FORMAT };

/** What came of it. */
interface Merged {
	/** The text with the entry; the same text when it had it already. */
	readonly text: string;
	/** Names of the credentials that the entry had before. */
	readonly credentials: readonly string[];
}

/** Puts the entry into a text. Throws Unusable when that is to be left alone. */
export function mergeEntry(client: Client, entry: Entry, text: string): Merged {
	const { parse, edit, locate } = FORMATS[client.format];
	const before = parse(text);
	try {
		const changes = changesFor(client, entry, before);
		const credentials = credentialsIn(client, before);
		if (changes.length === 0) return { text, credentials };
		const merged = edit(text, changes, [...client.servers, KEY]);
		if (differsOnlyBy(changes, before, parseAgain(parse, merged))) return { text: merged, credentials };
		throw new ConfigFileError('is written in a way that is not changed here', { byHand: true });
	} catch (error) {
		const position = error instanceof NotATableError ? locate(text, error.at) : undefined;
		if (!position) throw error;
		throw new ConfigFileError(`${(error as Error).message} (line ${position.line}, column ${position.column})`);
	}
}

/** A text that cannot be read any more differs by more than was wanted. */
function parseAgain(parse: Format['parse'], text: string): unknown {
	try {
		return parse(text);
	} catch (error) {
		if (error instanceof ConfigFileError) return undefined;
		throw error;
	}
}

/** What to add to an empty file, as a person would write it. */
export function printEntry(client: Client, entry: Entry): string {
	const parts = changesFor(client, entry, undefined).map(({ at, value }) => nest(at, value));
	return FORMATS[client.format].print(Object.assign({}, ...parts) as object);
}
