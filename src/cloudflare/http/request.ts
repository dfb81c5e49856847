/** One attempt at a request: it ends with a whole answer or with what stopped it first, and knows whether it ever left. */
import type { Dispatcher } from 'undici';
import { cancelled, NetworkError, TimeoutError } from '../../errors.js';
import type { HttpRequest, HttpResponse } from './send.js';

/** More than any answer of these operations, and less than what would hurt (bytes). */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** What the attempts of one pool share. */
export interface RequestRules {
	/** Name and port, as errors tell it. */
	readonly host: string;
	/** The path that every target is below. */
	readonly prefix: string;
	/** The limit of an attempt, over headers and body together. */
	readonly seconds: number;
}

/** Sends a request once. Throws NetworkError, TimeoutError or Interrupted when there is no answer. */
export function sendRequest(dispatcher: Dispatcher, request: HttpRequest, rules: RequestRules): Promise<HttpResponse> {
	const { method, target, headers, body = null, signal } = request;
	if (signal?.aborted) return Promise.reject(cancelled(signal.reason));
	return new Promise((resolve, reject) => {
		const attempt = new Exchange(request, rules, resolve, reject);
		dispatcher.dispatch({ method: method as 'GET', path: rules.prefix + target, headers, body }, attempt);
	});
}

type Unanswered = 'no' | 'unknown';

/** Not closures: one is made for every request, and an object is lighter to make and to clear away. */
class Exchange implements Dispatcher.DispatchHandler {
	private readonly request: HttpRequest;
	private readonly rules: RequestRules;
	private readonly resolve: (answer: HttpResponse) => void;
	private readonly reject: (failure: Error) => void;
	/** Present from the moment at which the first byte may leave. */
	private exchange: Dispatcher.DispatchController | undefined;
	private ended = false;
	private readonly timer: NodeJS.Timeout;
	private status = 0;
	private headers: HttpResponse['headers'] = {};
	private readonly chunks: Buffer[] = [];
	private size = 0;

	constructor(
		request: HttpRequest,
		rules: RequestRules,
		resolve: (answer: HttpResponse) => void,
		reject: (failure: Error) => void,
	) {
		this.request = request;
		this.rules = rules;
		this.resolve = resolve;
		this.reject = reject;
		this.timer = setTimeout(
			() => this.fail(late(rules.seconds, this.exchange !== undefined, this.changed)),
			rules.seconds * 1000,
		);
		request.signal?.addEventListener('abort', this.cancel);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		if (this.ended) controller.abort(new Error('no longer wanted'));
		else this.exchange = controller;
	}

	onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
		this.status = status;
		this.headers = flatten(headers);
	}

	onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
		this.chunks.push(chunk);
		this.size += chunk.length;
		if (this.size <= MAX_BODY_BYTES) return;
		// What is cut off is no JSON any more, and is reported as broken off.
		this.onResponseEnd();
		controller.abort(new Error('too large'));
	}

	onResponseEnd(): void {
		if (!this.end()) return;
		const body = TEXT.decode(Buffer.concat(this.chunks));
		this.resolve({ status: this.status, headers: this.headers, body });
	}

	onResponseError(_: unknown, cause: Error): void {
		this.fail(broken(cause, this.rules.host, this.exchange !== undefined, this.changed));
	}

	private readonly cancel = () => this.fail(cancelled(this.request.signal?.reason, this.changed));

	/** What is true of a request that gets no answer any more. */
	private get changed(): Unanswered {
		return this.exchange === undefined || this.request.method === 'GET' ? 'no' : 'unknown';
	}

	private fail(failure: Error): void {
		if (!this.end()) return;
		this.reject(failure);
		this.exchange?.abort(failure);
	}

	/** False when it has ended before. */
	private end(): boolean {
		if (this.ended) return false;
		this.ended = true;
		clearTimeout(this.timer);
		this.request.signal?.removeEventListener('abort', this.cancel);
		return true;
	}
}

const TEXT = new TextDecoder();

function flatten(headers: Record<string, string | string[] | undefined>): HttpResponse['headers'] {
	for (const name in headers) {
		const value = headers[name];
		if (Array.isArray(value)) headers[name] = value.join(', ');
	}
	return headers as HttpResponse['headers'];
}

function late(seconds: number, sent: boolean, changed: Unanswered): TimeoutError {
	const what = sent
		? `Cloudflare did not answer within ${seconds} seconds.`
		: `No connection was ready within ${seconds} seconds, so the request was not sent.`;
	return new TimeoutError(what, { changed, advice: { again: changed === 'no' ? 'later' : 'check' } });
}

function broken(cause: Error & { code?: string }, host: string, sent: boolean, changed: Unanswered): NetworkError {
	const what = sent ? `The connection to ${host} broke before an answer arrived` : `${host} could not be reached`;
	return new NetworkError(`${what} (${cause.code ?? cause.message}).`, {
		sent,
		changed,
		advice:
			changed === 'unknown'
				? { again: 'check' }
				: 'Check the network, a proxy and CLOUDFLARE_BASE_URL, then call again.',
		cause,
	});
}
