/** An Api in memory behind withRetries, for tests of what is repeated and when. */
import type { Api, ApiAnswer, ApiRequest, RequestOptions } from '../../src/cloudflare/api.js';
import { LocalRateLimiter, type Reservation } from '../../src/cloudflare/rate-limiter.js';
import { LocalRequestLimiter } from '../../src/cloudflare/request-limiter.js';
import { withRetries } from '../../src/cloudflare/retry.js';
import { ApiError, NetworkError, TimeoutError } from '../../src/errors.js';
import { createManualClock } from '../support/clock.js';

/** Attempts after the first, by default. */
export const RETRIES = 3;
export const READ: ApiRequest = { method: 'GET', path: '/zones', query: {} };
export const POST: ApiRequest = { method: 'POST', path: '/zones/x/purge_cache', query: {}, body: { tags: ['a'] } };
export const ANSWER: ApiAnswer = { result: null, page: undefined, status: 200, ray: undefined, date: undefined };
export const RESERVATION: Reservation = { account: 'a', zonePlan: 'pro', group: 'requests', tokens: 1 };

/** An answer of the API with this status. */
export const refusal = (status: number, retryAfterSeconds?: number) =>
	new ApiError('Refused.', { status, retryAfterSeconds, changed: status >= 500 ? 'unknown' : 'no', advice: '' });
export const BROKEN = new NetworkError('Broken.', { sent: true, changed: 'unknown', advice: '' });
export const UNREACHED = new NetworkError('Unreached.', { sent: false, advice: '' });
export const LATE = new TimeoutError('Late.', { changed: 'unknown', advice: '' });

/** More failures of one kind than there are attempts. */
export const often = (error: Error) => Array.from({ length: 20 }, () => error);

/** Starts an Api whose attempts fail with `outcomes`, in order, and then succeed. Waits are as long as chance allows. */
export function start(
	outcomes: Error[],
	{ retries = RETRIES, random = () => 1 }: { retries?: number; random?: (() => number) | 'default' } = {},
) {
	const clock = createManualClock();
	const sent: number[] = [];
	const api: Api = async () => {
		const outcome = outcomes[sent.length];
		sent.push(clock.elapsed());
		if (outcome) throw outcome;
		return ANSWER;
	};
	const waited: [group: string, seconds: number][] = [];
	const retried = withRetries(api, {
		clock,
		rateLimiter: new LocalRateLimiter(clock),
		requestLimiter: new LocalRequestLimiter(clock),
		retries,
		metrics: { waited: (group, seconds) => void waited.push([group, seconds]) },
		...(random !== 'default' && { random }),
	});
	const begin = (request: ApiRequest = READ, options: Partial<RequestOptions> = {}) =>
		retried(request, { permission: '', ...options });
	return {
		clock,
		/** When each attempt was made: milliseconds since the start. */
		sent,
		/** What waited for a limit, and for how long. */
		waited,
		/** Sends a request; its waits end when the test moves the clock. */
		begin,
		/** Sends a request, and ends each of its waits. */
		ask: (...args: Parameters<typeof begin>) => clock.finish(begin(...args)),
	};
}
