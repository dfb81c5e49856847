/** Parses the fields of a policy file's entries. Each parser throws Error with a message that follows the field's name. */
import { suggest } from '../../base/did-you-mean.js';
import { isHexId, toHostname } from '../../base/identifiers.js';
import { quote } from '../../base/sanitize.js';
import { CONFIRM_POLICIES } from '../../operations/scope.js';
import { parseToolset, parseZoneEntry } from '../parsers.js';

/** The longest name of a principal: it stands in every audit line. */
const MAX_NAME_CHARACTERS = 64;
/** The longest subject of a token: OpenID Connect allows 255 ASCII characters. */
const MAX_SUBJECT_CHARACTERS = 255;

/** A list with at least one item. An empty one could mean everything or nothing. */
function listOf<Item>(parseItem: (text: string) => Item) {
	return (value: unknown): readonly Item[] => {
		const isList = Array.isArray(value) && value.every((item): item is string => typeof item === 'string');
		if (!isList || value.length === 0) throw new Error('must be a list of at least one text');
		return value.map(parseItem);
	};
}

function parseName(value: unknown): string {
	if (typeof value !== 'string' || value.length > MAX_NAME_CHARACTERS || !/^[a-z\d][\w.@-]*$/i.test(value))
		throw new Error(`must be a name of at most ${MAX_NAME_CHARACTERS} letters, digits and the characters . _ @ -`);
	return value;
}

/** The text is not repeated: it may be the token itself. */
function parseHash(text: string): string {
	if (!/^[\da-f]{64}$/i.test(text)) throw new Error('must have SHA-256 sums of 64 hexadecimal digits');
	return text.toLowerCase();
}

function parseSubject(text: string): string {
	if (text === '' || text.length > MAX_SUBJECT_CHARACTERS)
		throw new Error(`must have texts of 1 to ${MAX_SUBJECT_CHARACTERS} characters`);
	return text;
}

function parseSwitch(value: unknown): boolean {
	if (typeof value !== 'boolean') throw new Error('must be true or false');
	return value;
}

function parseChoice<const Name extends string>(choices: readonly Name[]) {
	return (value: unknown): Name => {
		const choice = choices.find((name) => name === value);
		if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
		return choice;
	};
}

function parseZone(value: unknown): string {
	if (typeof value !== 'string' || (toHostname(value) ?? value.toLowerCase()) === '')
		throw new Error('must be a zone name or id');
	if (toHostname(value) === undefined && !isHexId(value.toLowerCase()))
		throw new Error(`is ${quote(value, 80)}, which is neither a domain name nor a zone id`);
	return value;
}

/** The text is not repeated: it may be the token itself. */
function parsePlace(value: unknown): string {
	if (typeof value !== 'string' || value.trim() === '') throw new Error('must be a text');
	return value;
}

/** The parser of a list of tools. */
function toolsAmong(names: readonly string[]) {
	return listOf((name) => {
		if (!names.includes(name)) throw new Error(`has no tool ${quote(name)}.${suggest(name, names)}`);
		return name;
	});
}

/** The parsers of the fields that limit a principal, by name. `tools` are the names of all tools. */
export const limitFields = (tools: readonly string[]) =>
	({
		toolsets: listOf(parseToolset),
		tools: toolsAmong(tools),
		exclude_tools: toolsAmong(tools),
		read_only: parseSwitch,
		zones: listOf(parseZoneEntry),
		zone: parseZone,
		confirm: parseChoice(CONFIRM_POLICIES),
		token_env: parsePlace,
		token_file: parsePlace,
	}) as const;

/** The parsers of the fields that say who a principal is, by name. */
export const IDENTITY_FIELDS = {
	name: parseName,
	sha256: listOf(parseHash),
	subjects: listOf(parseSubject),
} as const;

type Parsers = Readonly<Record<string, (value: unknown) => unknown>>;

/** The parsed fields of an object; a field that is not given is absent. */
export type Parsed<Fields extends Parsers> = { readonly [Name in keyof Fields]?: ReturnType<Fields[Name]> };

/** Parses an object strictly. Throws Error with a message that follows the name of the object. */
export function parseFields<Fields extends Parsers>(object: Record<string, unknown>, fields: Fields): Parsed<Fields> {
	const names = Object.keys(fields);
	const entries = Object.entries(object).map(([name, value]) => {
		const parse = Object.hasOwn(fields, name) ? fields[name] : undefined;
		if (!parse) throw new Error(` has the unknown field ${quote(name, 80)}.${suggest(name, names)}`);
		try {
			return [name, parse(value)] as const;
		} catch (error) {
			throw new Error(`.${name} ${(error as Error).message}`);
		}
	});
	return Object.fromEntries(entries) as Parsed<Fields>;
}
