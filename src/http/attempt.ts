/** One attempt at a request: it ends with a whole answer or with what stopped it first, and knows whether it ever left. */
import type { Dispatcher } from 'undici';
import { Interrupted, NetworkError, TimeoutError } from '../errors.js';
import type { HttpRequest, HttpResponse } from './send.js';

/** More than any answer of these operations, and less than what would hurt (bytes). */
const LARGEST_BODY = 8 * 1024 * 1024;

/**
 * Sends a request once over `dispatcher`, with a limit in seconds over headers and body together. `prefix` is
 * the path that every target is below. Throws NetworkError, TimeoutError or Interrupted when there is no answer.
 */
export function makeAttempt(
	dispatcher: Dispatcher,
	request: HttpRequest,
	{ host, prefix, seconds }: { host: string; prefix: string; seconds: number },
): Promise<HttpResponse> {
	const { method, target, headers, body, signal } = request;
	const reading = method === 'GET';
	return new Promise((resolve, reject) => {
		if (signal?.aborted) return reject(interrupted('no', signal.reason));
		/** Present from the moment at which the first byte may leave. */
		let exchange: Dispatcher.DispatchController | undefined;
		let ended = false;
		const answer = { status: 0, headers: {}, chunks: [] as Buffer[], size: 0 };

		const end = (): boolean => {
			if (ended) return false;
			ended = true;
			clearTimeout(timer);
			signal?.removeEventListener('abort', cancel);
			return true;
		};
		const finish = () => {
			if (end())
				resolve({ status: answer.status, headers: answer.headers, body: TEXT.decode(Buffer.concat(answer.chunks)) });
		};
		const fail = (describe: (sent: boolean, changed: 'no' | 'unknown') => Error) => {
			if (!end()) return;
			const sent = exchange !== undefined;
			const failure = describe(sent, sent && !reading ? 'unknown' : 'no');
			reject(failure);
			exchange?.abort(failure);
		};
		const cancel = () => fail((_, changed) => interrupted(changed, signal?.reason));
		const timer = setTimeout(() => fail((_, changed) => late(seconds, changed)), seconds * 1000);
		signal?.addEventListener('abort', cancel);

		dispatcher.dispatch(
			{
				method: method as 'GET',
				path: prefix + target,
				headers,
				...(body !== undefined && { body }),
			},
			{
				onRequestStart(controller) {
					if (ended) controller.abort(new Error('no longer wanted'));
					else exchange = controller;
				},
				onResponseStart(_, status, given) {
					answer.status = status;
					answer.headers = flatten(given);
				},
				onResponseData(controller, chunk) {
					answer.chunks.push(chunk);
					answer.size += chunk.length;
					if (answer.size <= LARGEST_BODY) return;
					// What is cut off is no JSON any more, and is reported as broken off.
					finish();
					controller.abort(new Error('too large'));
				},
				onResponseEnd: finish,
				onResponseError: (_, cause) => fail((sent, changed) => broken(cause, host, sent, changed)),
			},
		);
	});
}

const TEXT = new TextDecoder();

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string | undefined> {
	for (const name in headers) {
		const value = headers[name];
		if (Array.isArray(value)) headers[name] = value.join(', ');
	}
	return headers as Record<string, string | undefined>;
}

const CHECK_STATE = 'Check the current state before repeating it.';

function interrupted(changed: 'no' | 'unknown', cause: unknown): Interrupted {
	return new Interrupted('The call was cancelled.', {
		changed,
		next: changed === 'no' ? 'Call again if it is still wanted.' : CHECK_STATE,
		cause,
	});
}

function late(seconds: number, changed: 'no' | 'unknown'): TimeoutError {
	return new TimeoutError(`Cloudflare did not answer within ${seconds} seconds.`, {
		changed,
		next: changed === 'no' ? 'Call again later.' : CHECK_STATE,
	});
}

function broken(
	cause: Error & { code?: string },
	host: string,
	sent: boolean,
	changed: 'no' | 'unknown',
): NetworkError {
	const what = sent ? `The connection to ${host} broke before an answer arrived` : `${host} could not be reached`;
	return new NetworkError(`${what} (${cause.code ?? cause.message}).`, {
		sent,
		changed,
		next: changed === 'unknown' ? CHECK_STATE : 'Check the network, a proxy and CLOUDFLARE_BASE_URL, then call again.',
		cause,
	});
}
