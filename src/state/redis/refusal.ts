/** Words the refusal of what needs Redis while Redis does not answer. */
import { askOperator, type Wording } from '../../base/audience.js';
import { Refused } from '../../errors.js';
import { RedisError } from './redis.js';

/**
 * The result of `work` on Redis. Throws Refused in place of a RedisError: without Redis it is unknown what other replicas
 * have done, so nothing may be sent.
 *
 * @param what what cannot be done, as a full sentence, or what makes one of the reason
 * @param also what else to do
 */
export async function orRefused<Result>(
	what: string | ((reason: string) => string),
	work: Promise<Result>,
	also: Wording = askOperator('check the Redis server if this lasts'),
): Promise<Result> {
	try {
		return await work;
	} catch (error) {
		if (!(error instanceof RedisError)) throw error;
		throw new Refused(typeof what === 'string' ? what : what(reasonOf(error)), {
			advice: { again: 'later', also },
			cause: error,
		});
	}
}

function reasonOf({ code }: RedisError): string {
	if (code === undefined) return 'Redis does not answer';
	return code === 'OOM' ? 'Redis has no memory left' : `Redis answers with ${code}`;
}
