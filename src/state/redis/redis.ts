/** Declares what the stores need of a Redis or Valkey server. */

/** What the server answers with: the scripts return nothing else. */
export type Reply = string | number | null | readonly Reply[];

/** A server that replicas share. */
export interface Redis {
	/** Whether the server answers in time, as far as is known. */
	readonly isUp: boolean;
	/**
	 * Sends one command, once: a command that is not answered in time may have been applied, so it is never sent again.
	 * Throws RedisError, at once while the server is away.
	 */
	send(command: readonly (string | Buffer)[]): Promise<Reply>;
}

/** The whole numbers that a script answered with. Throws RedisError where it answered with anything else. */
export function readIntegers(reply: Reply, count: number): number[] {
	const numbers = (Array.isArray(reply) ? reply : [reply]).filter((one) => Number.isSafeInteger(one));
	if (numbers.length !== count) throw new RedisError('ERR');
	return numbers;
}

/** The server gave no answer, or answered with an error. Its own words stay in `cause`: they may show keys and values. */
export class RedisError extends Error {
	override name = 'RedisError';
	/** First word of the error that the server answered with, such as OOM: the command was not applied. */
	readonly code: string | undefined;

	/** @param code undefined where no answer came: the command may have been applied */
	constructor(code: string | undefined, cause?: unknown) {
		super(code === undefined ? 'Redis did not answer.' : `Redis answered with ${code}.`, { cause });
		this.code = code;
	}
}

/** First words of errors that what is stored causes: a key holds another type than ours. Redis 6 reports it as ERR. */
const BROKEN: readonly unknown[] = ['WRONGTYPE', 'ERR'];

/** Whether what is stored caused the error, which then stays whatever the server does. */
export function isBroken(error: unknown): boolean {
	return error instanceof RedisError && BROKEN.includes(error.code);
}
