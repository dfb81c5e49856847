/** Writes log lines to stderr, because stdout belongs to the protocol. */
import { sanitize } from './sanitize.js';

/** From the gravest level to the least grave. A level includes the levels before it. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** Logs one line. */
export type Log = (level: LogLevel, message: string) => void;

const MAX_LINE_CHARACTERS = 2_000;

/** What a log is made of. */
interface LogOptions {
	write(line: string): void;
	/** Lines of graver levels are written too, and the rest is dropped. */
	readonly maxLevel: LogLevel;
	/** Removes secrets. It sees each message whole, because a secret that was cut is no longer recognized. */
	toOutput(message: string): string;
}

/** Gives a log that writes each message as one line. */
export function createLog({ write, maxLevel, toOutput }: LogOptions): Log {
	return (level, message) => {
		if (LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(maxLevel))
			write(`${level}: ${sanitize(toOutput(message), MAX_LINE_CHARACTERS)}\n`);
	};
}
