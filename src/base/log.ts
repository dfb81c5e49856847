/** Writes log lines to stderr, because stdout belongs to the protocol. */
import { quote, sanitize } from './sanitize.js';

/** From the gravest level to the least grave. A level includes the levels before it. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `text` is for readers, and `json` is one JSON object a line. */
export const LOG_FORMATS = ['text', 'json'] as const;
/** The form of log lines. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a line says beside its message, by name. Facts that are undefined are left out. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;
/** Logs one line. */
export type Log = (level: LogLevel, message: string, facts?: LogFacts) => void;

const MAX_LINE_CHARACTERS = 2_000;
/** Longest value of a fact in a line of text. */
const MAX_FACT_CHARACTERS = 300;

/** What a log is made of. */
interface LogOptions {
	write(line: string): void;
	/** Lines of graver levels are written too, and the rest is dropped. */
	readonly maxLevel: LogLevel;
	readonly format: LogFormat;
	/** Milliseconds since 1970. */
	now(): number;
	/** Removes secrets. It sees each line whole, because a secret that was cut is no longer recognized. */
	toOutput<Value>(line: Value): Value;
}

/** Gives a log that writes each message with its facts as one line. */
export function createLog({ write, maxLevel, format, now, toOutput }: LogOptions): Log {
	const print = { text: formatText, json: formatJson }[format];
	return (level, message, facts = {}) => {
		if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(maxLevel)) return;
		write(`${print(new Date(now()).toISOString(), level, toOutput({ message, facts }))}\n`);
	};
}

interface Line {
	readonly message: string;
	readonly facts: LogFacts;
}

/** `level: message name=value …`. The time is left out, because clients and terminals add theirs. */
function formatText(_: string, level: LogLevel, { message, facts }: Line): string {
	const pairs = Object.entries(facts).flatMap(([name, value]) =>
		value === undefined ? [] : [` ${name}=${formatFact(String(value))}`],
	);
	return `${level}: ${sanitize(message + pairs.join(''), MAX_LINE_CHARACTERS)}`;
}

function formatFact(text: string): string {
	return /^[^\s"'=]+$/.test(text) ? sanitize(text, MAX_FACT_CHARACTERS) : quote(text, MAX_FACT_CHARACTERS);
}

/** One JSON object. Where it would be too long, its texts are cut until it is not: a line that is cut is no JSON. */
function formatJson(time: string, level: LogLevel, { message, facts }: Line): string {
	for (let limit = MAX_LINE_CHARACTERS; ; limit = Math.floor(limit / 2)) {
		const line = JSON.stringify({ time, level, message, ...facts }, (_, value: unknown) =>
			typeof value === 'string' ? sanitize(value, limit) : value,
		);
		if (line.length <= MAX_LINE_CHARACTERS || limit < 2) return line;
	}
}
