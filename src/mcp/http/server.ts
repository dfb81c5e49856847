/** Runs an endpoint on a listener, and ends it without breaking off what is under way. */
import { Cancel } from '../../base/cancel.js';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Endpoint } from './endpoint.js';
import { type Listener, type ListenerLimits, listen } from './listener.js';

/** How long a server still takes requests after it was asked to stop. Load balancers look for readiness that often. */
const NOTICE_MS = 5_000;
/** How long calls under way may still take then. */
const DRAIN_MS = 20_000;
/** How long interrupted calls may take to answer. With the times before it stays below the 30 s that Kubernetes waits. */
const FINAL_REPLY_MS = 2_000;

/** What a server is made of. */
interface HttpServerOptions {
	readonly endpoint: Endpoint;
	readonly clock: Clock;
	readonly log: Log;
	/** Whether load balancers ask for readiness. */
	readonly isWatched: boolean;
	/** Other limits than usual of the time that requests may take to arrive. */
	readonly limits?: Partial<ListenerLimits>;
}

/** A server over HTTP. */
export class HttpServer {
	private readonly options: HttpServerOptions;
	private listener: Listener | undefined;
	private draining = false;

	constructor(options: HttpServerOptions) {
		this.options = options;
	}

	/** Whether the server was asked to stop, so that no new request should come to it. */
	get isDraining(): boolean {
		return this.draining;
	}

	/** Starts to listen. Resolves with the address. Rejects with a system error where it cannot. */
	async listen(address: { readonly host: string; readonly port: number }): Promise<string> {
		const { endpoint, limits } = this.options;
		this.listener = await listen(address, (request, response) => endpoint.answer(request, response), limits);
		return this.listener.address;
	}

	/**
	 * Ends the server: tells so, takes no more requests, lets calls of several requests stop, gives the rest time, and
	 * interrupts what is still under way. Resolves within 30 s.
	 */
	async drain(): Promise<void> {
		const { endpoint, clock, log, isWatched } = this.options;
		this.draining = true;
		log('info', 'closing: asked to stop', { in_flight: endpoint.inFlight });
		// Without a load balancer that asks for readiness, nothing is won by waiting: clients come again by themselves.
		if (isWatched) await clock.sleep(NOTICE_MS);
		endpoint.close();
		const closed = this.listener?.drain();
		await within(clock, DRAIN_MS, endpoint.messages.windDown());
		await within(clock, FINAL_REPLY_MS, endpoint.messages.interrupt());
		await within(clock, FINAL_REPLY_MS, closed ?? Promise.resolve());
		await this.close();
	}

	/** Ends all connections at once. */
	async close(): Promise<void> {
		await this.listener?.close();
	}
}

/** Resolves when the work has ended, or the time is over. */
async function within(clock: Clock, milliseconds: number, work: Promise<unknown>): Promise<void> {
	const over = new Cancel();
	await Promise.race([work, clock.sleep(milliseconds, over)]);
	over.abort();
}
