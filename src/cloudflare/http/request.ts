/**
 * Sends a request once. Uses undici's `dispatch`, because only its `onRequestStart` tells whether a request ever left: that
 * decides whether a failed change may have been applied.
 */
import type { Dispatcher } from 'undici';
import { type Changed, cancelled, TimeoutError } from '../../errors.js';
import { toNetworkError } from './connection-failure.js';
import { decode } from './decode.js';
import { type HttpRequest, type HttpResponse, isRead } from './send.js';

/** Larger than any answer of the API. A longer body, coded or not, is cut off, so that it cannot fill the memory. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** What the requests of one pool share. */
export interface RequestRules {
	/** Scheme, host and port. */
	readonly origin: string;
	/** Host and port, for error messages. */
	readonly host: string;
	/** The path of the API root, without a slash at its end. */
	readonly prefix: string;
	/** Time limit, from the call of sendRequest to the end of the body. */
	readonly timeoutSeconds: number;
}

/** Sends a request once. Throws a NetworkError, TimeoutError or CancelledError when there is no response. */
export function sendRequest(dispatcher: Dispatcher, request: HttpRequest, rules: RequestRules): Promise<HttpResponse> {
	const { method, target, headers, body = null, signal } = request;
	if (signal?.aborted) return Promise.reject(cancelled(signal.reason));
	return new Promise((resolve, reject) => {
		const exchange = new Exchange(request, rules, resolve, reject);
		const path = rules.prefix + target;
		dispatcher.dispatch({ origin: rules.origin, method: method as 'GET', path, headers, body }, exchange);
	});
}

/** One request on its way, from undici's callbacks to one result. */
class Exchange implements Dispatcher.DispatchHandler {
	private readonly request: HttpRequest;
	private readonly rules: RequestRules;
	private readonly resolve: (response: HttpResponse) => void;
	private readonly reject: (failure: Error) => void;
	/** Set as soon as the first byte may leave. */
	private controller: Dispatcher.DispatchController | undefined;
	private hasEnded = false;
	private readonly timer: NodeJS.Timeout;
	private status = 0;
	private headers: HttpResponse['headers'] = {};
	private readonly chunks: Buffer[] = [];
	private size = 0;

	constructor(
		request: HttpRequest,
		rules: RequestRules,
		resolve: (response: HttpResponse) => void,
		reject: (failure: Error) => void,
	) {
		this.request = request;
		this.rules = rules;
		this.resolve = resolve;
		this.reject = reject;
		this.timer = setTimeout(
			() => this.fail(late(rules.timeoutSeconds, this.wasSent, this.changed)),
			rules.timeoutSeconds * 1000,
		);
		request.signal?.addEventListener('abort', this.cancel);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		if (this.hasEnded) controller.abort(new Error('no longer wanted'));
		else this.controller = controller;
	}

	onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
		this.status = status;
		this.headers = flatten(headers);
	}

	onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
		this.chunks.push(chunk);
		this.size += chunk.length;
		if (this.size <= MAX_BODY_BYTES) return;
		// The cut body is not JSON any more, so it is reported as cut off.
		this.onResponseEnd();
		controller.abort(new Error('too large'));
	}

	onResponseEnd(): void {
		if (!this.end()) return;
		const bytes = Buffer.concat(this.chunks);
		const coding = this.headers['content-encoding'];
		if (coding === undefined) this.answer(bytes);
		else decode(bytes, coding, MAX_BODY_BYTES).then((decoded) => this.answer(decoded), this.reject);
	}

	onResponseError(_: unknown, cause: Error): void {
		this.fail(toNetworkError(cause, this.rules.host, this.wasSent, this.changed));
	}

	private answer(bytes: Buffer): void {
		this.resolve({ status: this.status, headers: this.headers, body: TEXT.decode(bytes) });
	}

	private readonly cancel = () => this.fail(cancelled(this.request.signal?.reason, this.changed));

	private get wasSent(): boolean {
		return this.controller !== undefined;
	}

	/** Whether the request may have changed something, when it gets no response. */
	private get changed(): Changed {
		return this.wasSent && !isRead(this.request) ? 'unknown' : 'no';
	}

	private fail(failure: Error): void {
		if (!this.end()) return;
		this.reject(failure);
		this.controller?.abort(failure);
	}

	/** Ends the exchange. Returns false when it has ended before. */
	private end(): boolean {
		if (this.hasEnded) return false;
		this.hasEnded = true;
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

function late(seconds: number, sent: boolean, changed: Changed): TimeoutError {
	const limit = `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
	const what = sent
		? `Cloudflare did not answer within ${limit}.`
		: `No connection was ready within ${limit}, so the request was not sent.`;
	return new TimeoutError(what, { changed, advice: { again: changed === 'no' ? 'later' : 'check' } });
}
