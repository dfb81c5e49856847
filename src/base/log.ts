/** Writes log lines to stderr, because stdout belongs to the protocol. */
import { sanitize } from './sanitize.js';

/** From the gravest level to the least grave. A level includes the levels before it. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** Logs one line. */
export type Log = (level: LogLevel, message: string) => void;

const MAX_LINE_CHARACTERS = 2_000;

/** Gives a log that passes lines of `maxLevel` and graver ones to `write`, and drops the rest. */
export function createLog(write: (line: string) => void, maxLevel: LogLevel): Log {
	return (level, message) => {
		if (LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(maxLevel))
			write(`${level}: ${sanitize(message, MAX_LINE_CHARACTERS)}\n`);
	};
}
