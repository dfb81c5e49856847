/** Logs every attempt at a request, with its path but without its body. Only Cloudflare's own words may repeat what a body holds. */
import type { Log } from '../base/log.js';
import { ApiError } from '../errors.js';
import { toSearch } from './api.js';
import type { Attempt } from './retry.js';

/** Returns an observer that logs each attempt at `debug`. */
export function logAttempts(log: Log): (attempt: Attempt) => void {
	return ({ request, callId, requestId, number, waitedMs, tookMs, end }) => {
		const { status, ray, error } = describeEnd(end);
		log('debug', 'request', {
			method: request.method,
			path: request.path + toSearch(request.query),
			status,
			ms: Math.round(tookMs),
			attempt: number,
			waited_ms: Math.round(waitedMs),
			cf_ray: ray,
			call: callId,
			request: requestId,
			error,
		});
	};
}

/** `status` is null where there was no answer. */
function describeEnd(end: Attempt['end']): { status: number | null; ray?: string | undefined; error?: string } {
	if ('answer' in end) return { status: end.answer.status, ray: end.answer.ray };
	const { error } = end;
	const message = error instanceof Error ? error.message : String(error);
	if (!(error instanceof ApiError)) return { status: null, error: message };
	const codes = error.codes.length > 0 ? ` (Cloudflare ${error.codes.join(', ')})` : '';
	return { status: error.status, ray: error.ray, error: `${message}${codes}` };
}
