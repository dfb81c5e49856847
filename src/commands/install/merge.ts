/** Puts this server's entry into the text of a client's file, and checks that nothing else changed. */
import type { Client } from './client.js';
import { credentialsIn, type Entry, editsFor, holdsToken, inputKeysOf, keysOf, NotATableError } from './entry.js';
import {
	ConfigFileError,
	differsOnlyBy,
	differsOnlyByAbsence,
	type Format,
	isTable,
	type Keys,
	nest,
	valueAt,
} from './format.js';
import { JSON_FORMAT } from './json.js';
import { splitCommand } from './launch.js';
import { TOML_FORMAT } from './toml.js';

const FORMATS: Readonly<Record<Client['format'], Format>> = { json: JSON_FORMAT, toml: TOML_FORMAT };

/** A text with an entry. */
export interface Merged {
	/** The text with the entry. It is the same text when nothing had to change. */
	readonly text: string;
	/** Whether the text had an entry before. */
	readonly hadEntry: boolean;
	/** The variables that gave the entry a credential before. */
	readonly credentials: readonly string[];
	/** Whether the entry held a token itself. */
	readonly heldToken: boolean;
}

/** Returns the entry of a name that a text has. Throws ConfigFileError when the text cannot be read. */
export function readEntry(client: Client, name: string, text: string): Readonly<Record<string, unknown>> | undefined {
	const entry = valueAt(parseText(client, text), keysOf(client, name));
	return isTable(entry) ? entry : undefined;
}

/** Returns the entries of a text that start this server, by name. Throws ConfigFileError when the text cannot be read. */
export function entriesIn(client: Client, text: string): [name: string, entry: Readonly<Record<string, unknown>>][] {
	const servers = valueAt(parseText(client, text), client.servers);
	return Object.entries(isTable(servers) ? servers : {}).flatMap(([name, entry]) =>
		isTable(entry) && splitCommand(entry) ? [[name, entry]] : [],
	);
}

/** Puts the entry into a text. Throws ConfigFileError when the text has to stay as it is. */
export function mergeEntry(client: Client, entry: Entry, text: string): Merged {
	const { edit, locate } = FORMATS[client.format];
	const before = parseText(client, text);
	const path = keysOf(client, entry.name);
	try {
		const edits = editsFor(client, entry, before);
		const facts = {
			hadEntry: valueAt(before, path) !== undefined,
			credentials: credentialsIn(client, entry.name, before),
			heldToken: holdsToken(client, entry.name, before),
		};
		if (edits.length === 0) return { text, ...facts };
		const merged = edit(text, edits, path);
		if (differsOnlyBy(edits, before, parseAgain(client, merged))) return { text: merged, ...facts };
		throw new ConfigFileError('has a form that this command cannot edit', { byHand: true });
	} catch (error) {
		const position = error instanceof NotATableError ? locate(text, error.at) : undefined;
		if (!position) throw error;
		throw new ConfigFileError(`${(error as Error).message} (line ${position.line}, column ${position.column})`);
	}
}

/** A text without an entry. */
interface Removed {
	readonly text: string;
	/** Whether the entry held a token itself. */
	readonly heldToken: boolean;
}

/** Removes an entry and the input that only it used. Throws ConfigFileError when the text has to stay as it is. */
export function removeEntry(client: Client, name: string, text: string): Removed {
	const heldToken = holdsToken(client, name, parseText(client, text));
	const without = removePlace(client, text, keysOf(client, name));
	const input = inputKeysOf(client, name, parseText(client, without));
	return { text: input ? removePlace(client, without, input) : without, heldToken };
}

function removePlace(client: Client, text: string, at: Keys): string {
	const removed = FORMATS[client.format].remove(text, at);
	const [before, after] = [parseText(client, text), parseAgain(client, removed)];
	if (after !== undefined && differsOnlyByAbsence(at, before, after)) return removed;
	throw new ConfigFileError('has the entry in a form that this command cannot remove');
}

/** Objects and lists within each other, in the file of a client. The deepest that clients write has about ten. */
const MAX_DEPTH = 100;

/** Returns the value of a text. Parsers and comparisons go down by calls, and a file without a limit would end the process. */
function parseText({ format }: Client, text: string): unknown {
	const tooDeep = () => new ConfigFileError(`cannot be read: it is nested over ${MAX_DEPTH} levels deep`);
	try {
		const value = FORMATS[format].parse(text);
		if (depthOf(value) > MAX_DEPTH) throw tooDeep();
		return value;
	} catch (error) {
		throw error instanceof RangeError ? tooDeep() : error;
	}
}

/** Returns how many objects and lists are within each other, counted up to one more than the limit. */
function depthOf(value: unknown): number {
	let level = [value].filter(isContainer);
	for (let depth = 0; ; depth++) {
		if (level.length === 0 || depth > MAX_DEPTH) return depth;
		level = level.flatMap((one) => Object.values(one).filter(isContainer));
	}
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Returns undefined for a text that has become invalid: it differs by more than the edits. */
function parseAgain(client: Client, text: string): unknown {
	try {
		return parseText(client, text);
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
