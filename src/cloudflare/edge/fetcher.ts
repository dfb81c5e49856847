/** Fetches URLs from Cloudflare's edge: each over a connection of its own, up to the end of the headers. Loads undici. */
import { type buildConnector, Client, type Dispatcher } from 'undici';
import { Cancel } from '../../base/cancel.js';
import type { Clock } from '../../base/clock.js';
import { cancelled, type Failure } from '../../errors.js';
import { withoutInterim } from '../http/connections.js';
import { EDGE_TIMEOUT_MS, type EdgeFetch, type EdgeRequest, type EdgeResponse } from './edge-fetch.js';
import { explainFailure, late } from './failure.js';

interface FetcherOptions {
	readonly connect: buildConnector.connector;
	readonly clock: Clock;
	/** The environment names a proxy. URLs are fetched without it, because it would choose the address to connect to. */
	readonly hasProxy: boolean;
	/** Sent where the caller gives no User-Agent. */
	readonly userAgent: string;
}

/** Headers that are kept. */
const KEPT = new Set([
	'age',
	'cache-control',
	'cdn-cache-control',
	'cf-cache-status',
	'cf-mitigated',
	'cf-ray',
	'content-length',
	'content-type',
	'etag',
	'expires',
	'last-modified',
	'location',
	'server',
	'vary',
]);

/** An EdgeFetch over `connect`. */
export function createEdgeFetch({ connect, clock, hasProxy, userAgent }: FetcherOptions): EdgeFetch {
	const connectWithoutInterim = withoutInterim(connect);
	return async (request) => {
		const { origin, host, pathname, search } = new URL(request.url);
		if (request.signal?.aborted) throw cancelled(request.signal.reason);
		// One time limit holds for all of a request, so undici's own are off.
		const options = { connect: connectWithoutInterim, headersTimeout: 0, bodyTimeout: 0 };
		const client = new Client(origin, options);
		const answered = new Cancel();
		try {
			return await new Promise<EdgeResponse>((resolve, reject) => {
				const explain = (error: Error) => explainFailure(error, host, hasProxy);
				const exchange = new EdgeExchange(request, explain, resolve, reject);
				const headers = { accept: '*/*', 'user-agent': userAgent, ...lowerNames(request.headers) };
				client.dispatch({ origin, method: 'GET', path: pathname + search, headers }, exchange);
				const end = () => exchange.fail(late(host, hasProxy));
				clock.sleep(EDGE_TIMEOUT_MS, answered).then(end, end);
			});
		} finally {
			answered.abort();
			// Closes the connection, and with it drops the body.
			await client.destroy();
		}
	};
}

function lowerNames(headers: EdgeRequest['headers']): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** One request on its way, from undici's callbacks to one result. */
class EdgeExchange implements Dispatcher.DispatchHandler {
	private readonly request: EdgeRequest;
	private readonly explain: (error: Error) => Failure;
	private readonly resolve: (response: EdgeResponse) => void;
	private readonly reject: (failure: Error) => void;
	private hasEnded = false;

	constructor(
		request: EdgeRequest,
		explain: (error: Error) => Failure,
		resolve: (response: EdgeResponse) => void,
		reject: (failure: Error) => void,
	) {
		this.request = request;
		this.explain = explain;
		this.resolve = resolve;
		this.reject = reject;
		request.signal?.addEventListener('abort', this.cancel);
	}

	// undici takes only handlers that have it.
	onRequestStart(): void {}

	onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
		// An interim answer, such as 103 Early Hints, precedes the real one.
		if (status < 200 || !this.end()) return;
		const kept = Object.entries(headers).flatMap(([name, value]) =>
			KEPT.has(name) && value !== undefined ? [[name, String(value)] as const] : [],
		);
		this.resolve({ status, headers: Object.fromEntries(kept), setsCookie: headers['set-cookie'] !== undefined });
	}

	onResponseError(_: unknown, error: Error): void {
		this.fail(this.explain(error));
	}

	fail(failure: Failure): void {
		if (this.end()) this.reject(failure);
	}

	private readonly cancel = () => this.fail(cancelled(this.request.signal?.reason));

	/** Ends the exchange. Returns false when it has ended before. */
	private end(): boolean {
		if (this.hasEnded) return false;
		this.hasEnded = true;
		this.request.signal?.removeEventListener('abort', this.cancel);
		return true;
	}
}
