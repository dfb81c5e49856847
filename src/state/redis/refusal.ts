/** Words the refusal of what needs Redis while Redis does not answer. */
import { askOperator } from '../../base/audience.js';
import { Refused } from '../../errors.js';
import { RedisError } from './redis.js';

/**
 * The result of `work` on Redis. Throws Refused in place of a RedisError: without Redis it is unknown what other replicas
 * have done, so nothing may be sent.
 *
 * @param what what cannot be done, as a full sentence
 */
export async function orRefused<Result>(what: string, work: Promise<Result>): Promise<Result> {
	try {
		return await work;
	} catch (error) {
		if (!(error instanceof RedisError)) throw error;
		throw new Refused(what, {
			advice: { again: 'later', also: askOperator('check the Redis server if this lasts') },
			cause: error,
		});
	}
}
