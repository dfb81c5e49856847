/** Parses a policy file strictly: what it says amiss could widen what a principal may do. */
import { isObject } from '../../base/json.js';
import { quote } from '../../base/sanitize.js';
import type { Policies, PolicyEntry } from '../../call/principal.js';
import { ConfigError } from '../../errors.js';
import { describeProblem } from '../credential-form.js';
import { isAmong } from '../zone-list.js';
import { IDENTITY_FIELDS, limitFields, type Parsed, parseFields } from './fields.js';

/** How callers sign in where there is a policy file. */
type PolicyMode = 'tokens' | 'cloudflare' | 'oauth';

/** What the parser needs to know beside the text. */
export interface PolicyFacts {
	readonly mode: PolicyMode;
	/** Names of all tools. */
	readonly tools: readonly string[];
	/** The value of an environment variable; undefined where it is not set. */
	readVariable(name: string): string | undefined;
	/** The content of a file with a token; `field` names it in errors. Throws ConfigError where it cannot be used. */
	readToken(path: string, field: string): string;
}

type Limits = Parsed<ReturnType<typeof limitFields>>;

/** Parses the text of a policy file. Throws Error with a message that follows the name of the file and a colon. */
export function parsePolicies(text: string, facts: PolicyFacts): Policies {
	const file = parseJson(text);
	const { principals, default: fallback, ...others } = file;
	const [unknown] = Object.keys(others);
	if (unknown !== undefined)
		throw new Error(`the file has the unknown field ${quote(unknown, 80)}; there are principals and default`);
	if (!Array.isArray(principals)) throw new Error('the file must have a list of principals');
	const entries = principals.map((entry, at) => parseEntry(entry, `principals[${at}]`, facts));
	refuseDoubles('name', entries, ({ name }) => [name]);
	refuseDoubles('sha256', entries, ({ hashes }) => hashes);
	refuseDoubles('subjects', entries, ({ subjects }) => subjects);
	if (facts.mode === 'tokens' && entries.length === 0)
		throw new Error('the file names no principal, so every call would be refused');
	if (facts.mode === 'tokens' && fallback !== undefined)
		throw new Error('--auth tokens does not use a default: each token belongs to a principal');
	if (fallback === undefined) return { principals: entries };
	return { principals: entries, fallback: parseFallback(fallback, facts) };
}

function parseJson(text: string): Record<string, unknown> {
	let file: unknown;
	try {
		// Some editors on Windows begin a file with a byte order mark.
		file = JSON.parse(text.replace(/^\ufeff/, ''));
	} catch (error) {
		// The message itself may quote the file.
		const [, position] = /position (\d+)/.exec((error as Error).message) ?? [];
		const line = position === undefined ? '' : ` (line ${text.slice(0, Number(position)).split('\n').length})`;
		throw new Error(`the file is not valid JSON${line}`);
	}
	if (!isObject(file)) throw new Error('the file must be a JSON object');
	refuseDoubleFields(text);
	return file;
}

/** The parts of valid JSON that tell which object has which field. */
const STRUCTURE = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/** Throws Error where an object has a field twice: the parser would take the last one, which may allow more. `text` is valid. */
function refuseDoubleFields(text: string): void {
	const open: Set<string>[] = [];
	for (const [token, name, colon] of text.matchAll(STRUCTURE)) {
		if (token === '{') open.push(new Set());
		else if (token === '}') open.pop();
		if (name === undefined || colon === undefined) continue;
		const field = String(JSON.parse(name));
		if (open.at(-1)?.has(field)) throw new Error(`the file has an object with the field ${quote(field, 80)} twice`);
		open.at(-1)?.add(field);
	}
}

/** The field by which callers of a mode are matched to an entry. */
const MATCHED_BY = { tokens: 'sha256', cloudflare: 'sha256', oauth: 'subjects' } as const;

function parseEntry(entry: unknown, place: string, facts: PolicyFacts): PolicyEntry {
	if (!isObject(entry)) throw new Error(`${place} must be an object`);
	const fields = inPlace(place, () => parseFields(entry, { ...IDENTITY_FIELDS, ...limitFields(facts.tools) }));
	const { name, sha256: hashes = [], subjects = [], ...limits } = fields;
	if (name === undefined) throw new Error(`${place} needs a name`);
	const needed = MATCHED_BY[facts.mode];
	if (fields[needed] === undefined)
		throw new Error(`${place} needs ${needed}: without it, --auth ${facts.mode} matches no caller to it`);
	return { name, hashes, subjects, ...toPolicy(limits, place, facts) };
}

function parseFallback(fallback: unknown, facts: PolicyFacts): Policies['fallback'] {
	if (!isObject(fallback)) throw new Error('default must be an object');
	const limits = inPlace('default', () => parseFields(fallback, limitFields(facts.tools)));
	return toPolicy(limits, 'default', facts);
}

function inPlace<Result>(place: string, parse: () => Result): Result {
	try {
		return parse();
	} catch (error) {
		throw new Error(place + (error as Error).message);
	}
}

function toPolicy(limits: Limits, place: string, facts: PolicyFacts): Pick<PolicyEntry, 'policy' | 'credential'> {
	const { toolsets, tools, exclude_tools: excludeTools, read_only: readOnly, zones, zone, confirm = 'block' } = limits;
	if (zone !== undefined && zones && !isAmong(zone, zones)) throw new Error(`${place}.zone is not among its zones`);
	const token = readToken(limits, place, facts);
	return {
		policy: { scope: { toolsets, tools, excludeTools, readOnly }, zones, zone, confirm },
		...(token !== undefined && { credential: { kind: 'token', token } }),
	};
}

/** The principal's own token. No message repeats it, nor the name of its place, which may be the token by mistake. */
function readToken({ token_env, token_file }: Limits, place: string, facts: PolicyFacts): string | undefined {
	if (token_env === undefined && token_file === undefined) return undefined;
	if (facts.mode === 'cloudflare')
		throw new Error(`${place} names a token, but with --auth cloudflare each caller brings its own`);
	if (token_env !== undefined && token_file !== undefined)
		throw new Error(`${place} has token_env and token_file, which exclude each other`);
	const field = `${place}.${token_env === undefined ? 'token_file' : 'token_env'}`;
	const text = (
		token_env === undefined ? readFile(token_file ?? '', field, facts) : facts.readVariable(token_env)
	)?.trim();
	if (!text)
		throw new Error(`${field} names ${token_env === undefined ? 'an empty file' : 'a variable that is not set'}`);
	const problem = describeProblem(field, text, 'token');
	if (problem !== undefined) throw new Error(problem);
	return text;
}

function readFile(path: string, field: string, { readToken }: PolicyFacts): string {
	try {
		return readToken(path, field);
	} catch (error) {
		if (error instanceof ConfigError) throw new Error(error.message);
		throw error;
	}
}

function refuseDoubles(
	field: string,
	entries: readonly PolicyEntry[],
	valuesOf: (entry: PolicyEntry) => readonly string[],
): void {
	const seen = new Map<string, number>();
	for (const [at, entry] of entries.entries())
		for (const value of valuesOf(entry)) {
			const before = seen.get(value);
			if (before !== undefined)
				throw new Error(
					before === at
						? `principals[${at}].${field} has an item twice`
						: `principals[${before}] and principals[${at}] share a value of ${field}`,
				);
			seen.set(value, at);
		}
}
