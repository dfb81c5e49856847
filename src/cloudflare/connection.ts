/** Connects to the API: opens the transport and reads the credential when the first request is sent. */
import { Cancel, type Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { cancelled } from '../errors.js';
import { type Api, type Credential, createApi } from './api.js';
import { credentialIdOf } from './credential-id.js';
import { withDeadline } from './deadline.js';
import type { Send } from './http/send.js';

/** A transport that is ready to send. */
export interface OpenTransport {
	readonly send: Send;
	/** Ends all connections and the requests on them. */
	close(): Promise<void>;
}

/** What a connection is made of. */
interface ConnectionOptions {
	/** Opens the transport; called once. */
	open(): Promise<OpenTransport>;
	/** Reads the credential. Aborting `closing` ends a token command that waits for the user. */
	readCredential(closing: AbortSignal): Promise<Credential>;
	/** The value of the header User-Agent. */
	readonly userAgent: string;
	/** Removes secrets from an answer. */
	redact<Value>(value: Value): Value;
	readonly clock: Clock;
}

/**
 * A connection that opens once. It reads the credential at the first request, because a token command may prompt the user,
 * and reads it again at each further request until there is one.
 */
export class Connection {
	private readonly closing = new Cancel();
	private opening: Promise<OpenTransport> | undefined;
	private ready: Api | undefined;
	private readonly untilReady: Api;
	private readonly options: ConnectionOptions;
	private idOfCredential: string | undefined;

	constructor(options: ConnectionOptions) {
		this.options = options;
		// The user may take any time to answer a token command, so the deadline is always watched.
		this.untilReady = withDeadline(
			async (request, requestOptions) =>
				(await orCancelled(this.connect(), requestOptions.signal))(request, requestOptions),
			{ clock: options.clock, watch: 'always' },
		);
	}

	/** Sends one request, without retries. Throws as {@link Api} says. */
	readonly api: Api = (request, options) => (this.ready ?? this.untilReady)(request, options);

	/** Identifies the credential, as {@link credentialIdOf} says; undefined while none was read. */
	get credentialId(): string | undefined {
		return this.idOfCredential;
	}

	/** Identifies the credential, and reads it if none was read. Undefined where there is none. */
	async identify(): Promise<string | undefined> {
		this.idOfCredential ??= credentialIdOf(await this.options.readCredential(this.closing.native));
		return this.idOfCredential;
	}

	/** Opens the transport before it is needed. Rejects when it cannot be opened; the first request meets the same failure. */
	preload(): Promise<OpenTransport> {
		this.opening ??= this.options.open();
		return this.opening;
	}

	/** Ends a token command that still runs, and closes the transport. */
	async close(): Promise<void> {
		this.closing.abort();
		const transport = await this.opening?.catch(() => undefined);
		await transport?.close();
	}

	private async connect(): Promise<Api> {
		const { readCredential, userAgent, redact } = this.options;
		const [{ send }, credential] = await Promise.all([this.preload(), readCredential(this.closing.native)]);
		this.idOfCredential = credentialIdOf(credential);
		const api = createApi(send, credential, { userAgent, redact });
		if (credential.kind !== 'none') this.ready = api;
		return api;
	}
}

/** The result of `work`, or a CancelledError as soon as `signal` aborts; the work itself goes on. */
function orCancelled<Result>(work: Promise<Result>, signal: Signal | undefined): Promise<Result> {
	return new Promise((resolve, reject) => {
		const cancel = () => reject(cancelled(signal?.reason));
		if (signal?.aborted) cancel();
		signal?.addEventListener('abort', cancel);
		work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', cancel));
	});
}
