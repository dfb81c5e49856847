/** Decides which failed requests may be sent again. */
import { ApiError, type Failure, NetworkError, TimeoutError } from '../errors.js';
import type { ApiRequest } from './api.js';
import { isRead } from './http/send.js';

/**
 * Whether a request may be sent again after this failure. A request that was surely not applied always may. One that may
 * have been applied may only be repeated where that does no harm: when it reads, or when it is `repeatable`.
 */
export function mayRepeat(failure: Failure, request: ApiRequest, repeatable: boolean): boolean {
	const isHarmless = repeatable || isRead(request);
	if (failure instanceof ApiError) return isRateLimited(failure) || (isHarmless && isPassing(failure));
	if (failure instanceof NetworkError) return isHarmless || !failure.sent;
	return failure instanceof TimeoutError && (isHarmless || failure.changed === 'no');
}

/** Whether a rate limit refused the request. Such a request was not applied. */
export function isRateLimited(failure: Failure): boolean {
	return failure instanceof ApiError && failure.status === 429;
}

/** Whether the answer is a fault of the API, or no answer of the API at all. */
function isPassing({ status, changed, codes, reason }: ApiError): boolean {
	// An unreadable answer to a read leaves nothing in doubt: only the missing code tells it from a refusal. Queries have no codes.
	const isUnreadable = status < 300 && codes.length === 0 && reason === undefined;
	// Another attempt would meet the same redirect.
	const isRedirect = status >= 300 && status < 400;
	return status >= 500 || (changed === 'unknown' && !isRedirect) || isUnreadable;
}
