/** Sets up the package that speaks to Redis, and reads its errors. */
import { createClient, ErrorReply } from '@redis/client';
import { codeOf } from '../../base/system-error.js';
import { RedisError } from './redis.js';

/** Longest wait for a connection. */
const CONNECT_TIMEOUT_MS = 500;
/** Time between pings, which keep a sound connection from being silent. */
export const PING_INTERVAL_MS = 500;
/** Silence after which a connection counts as broken. */
const SOCKET_TIMEOUT_MS = 2_000;
const FIRST_RECONNECT_MS = 50;
const LONGEST_RECONNECT_MS = 1_000;
/** Commands under way; some ten for each of 1,000 calls. */
const MAX_COMMANDS = 10_000;
/** Errors of a server that will answer soon: it reads its data, runs a long script, or waits for its primary. */
const PASSING: readonly unknown[] = ['LOADING', 'BUSY', 'MASTERDOWN'];
/** Codes of Node for certificates that do not prove who the server is. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|ERR_SSL/;

/** A connection of the package, not opened yet. */
export type Driver = ReturnType<typeof createDriver>;

/** @param name shown in the list of clients of the server */
export function createDriver(url: string, name: string) {
	return createClient({
		url,
		name,
		// Each connection begins with HELLO, so a server that accepts and does not answer never counts as connected.
		RESP: 3,
		disableClientInfo: true,
		maintNotifications: 'disabled',
		// A command that was written when a connection broke may have been applied: nothing is kept and sent again.
		disableOfflineQueue: true,
		commandsQueueMaxLength: MAX_COMMANDS,
		// Its time limit ends once a command is written, so each command is timed elsewhere.
		commandOptions: { timeout: 0 },
		pingInterval: PING_INTERVAL_MS,
		socket: {
			connectTimeout: CONNECT_TIMEOUT_MS,
			socketTimeout: SOCKET_TIMEOUT_MS,
			reconnectStrategy: (retries: number) => Math.min(FIRST_RECONNECT_MS * 2 ** retries, LONGEST_RECONNECT_MS),
		},
	});
}

/** Whether the server has answered, with an error. */
export function isAnswer(error: unknown): error is Error {
	return error instanceof ErrorReply;
}

/** An error of the package as the stores know it. */
export function toRedisError(error: unknown): RedisError {
	if (error instanceof RedisError) return error;
	return new RedisError(isAnswer(error) ? firstWordOf(error) : undefined, error);
}

/** What a server or its certificate refuses this client by; undefined where the failure may pass. */
export function refusalOf(error: unknown): string | undefined {
	const reason = reasonOf(error);
	if (isAnswer(error)) return PASSING.includes(reason) ? undefined : reason;
	return CERTIFICATE.test(reason) ? reason : undefined;
}

/** One word for an error, without the package's text, which may show keys. */
export function reasonOf(error: unknown): string {
	return isAnswer(error) ? firstWordOf(error) : (codeOf(error) ?? 'disconnected');
}

function firstWordOf({ message }: Error): string {
	return /^[A-Z]{2,20}\b/.exec(message)?.[0] ?? 'ERR';
}
