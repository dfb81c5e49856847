/** Log lines on stderr; stdout belongs to the protocol. */
import { sanitize } from './sanitize.js';

/** Levels from the gravest to the finest. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** How much is said: each level includes those before it. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** Writes one line at a level. */
export type Log = (level: LogLevel, message: string) => void;

/** A log that writes lines of `most` level or graver. */
export function createLog(write: (line: string) => void, most: LogLevel): Log {
	return (level, message) => {
		if (LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(most)) write(`${level}: ${sanitize(message, 2_000)}\n`);
	};
}
