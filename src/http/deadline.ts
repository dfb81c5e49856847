/** A time limit over one attempt, headers and body together; the caller's own abort stays what it is. */
import { Interrupted, TimeoutError } from '../errors.js';
import type { Send } from './send.js';

/** Wraps `send` with a limit in seconds per attempt. */
export function withDeadline(send: Send, seconds: number): Send {
	return async (request) => {
		const reading = request.method === 'GET';
		if (request.signal?.aborted) throw interrupted('no');
		// Not AbortSignal.any and timeout: they cost more than the rest of a request together.
		const attempt = new AbortController();
		const abort = () => attempt.abort(request.signal?.reason);
		let late = false;
		const timer = setTimeout(() => {
			late = true;
			abort();
		}, seconds * 1000);
		request.signal?.addEventListener('abort', abort);
		try {
			return await send({ ...request, signal: attempt.signal });
		} catch (cause) {
			const changed = reading ? 'no' : 'unknown';
			if (request.signal?.aborted) throw interrupted(changed, cause);
			if (late)
				throw new TimeoutError(`Cloudflare did not answer within ${seconds} seconds.`, {
					changed,
					next: reading ? 'Call again later.' : 'Check the current state before repeating it.',
					cause,
				});
			throw cause;
		} finally {
			clearTimeout(timer);
			request.signal?.removeEventListener('abort', abort);
		}
	};
}

function interrupted(changed: 'no' | 'unknown', cause?: unknown): Interrupted {
	return new Interrupted('The call was cancelled.', {
		changed,
		next: changed === 'no' ? 'Call again if it is still wanted.' : 'Check the current state before repeating it.',
		cause,
	});
}
