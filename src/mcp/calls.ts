/** Performs the calls of one client, by whatever route they came, and ends them when the server closes. */
import type { ProgressNotification } from '@modelcontextprotocol/sdk/types.js';
import { Cancel } from '../base/cancel.js';
import { isObject } from '../base/json.js';
import type { Deps } from '../call/context.js';
import { performCall } from '../call/perform.js';
import type { CallResult } from '../call/result.js';
import { CLOSING } from '../errors.js';
import type { ClientRequests } from './client-requests.js';
import { INVALID_PARAMS, ProtocolError } from './json-rpc.js';
import { createProgressReporter } from './progress.js';

/**
 * Time limit of a call without progress. The shortest time limit of a client that we know is 60 s; what is left is for
 * a request that is still under way, and for the answer.
 */
const CALL_TIMEOUT_MS = 40_000;

/** How a call is cancelled, and how its client hears of its progress. */
export interface CallChannel {
	readonly cancel: Cancel;
	/** The client's token for progress; without one it hears nothing before the answer. */
	readonly progressToken: string | number | undefined;
	notify(notification: ProgressNotification): void;
}

/** The calls of one client. */
export class Calls {
	private readonly deps: Deps;
	private readonly client: ClientRequests;
	private readonly underWay = new Map<Promise<unknown>, Cancel>();
	private readonly closing = new Cancel();
	private interrupted = false;

	constructor(deps: Deps, client: ClientRequests) {
		this.deps = deps;
		this.client = client;
	}

	/** Performs a tools/call with these parameters. Throws ProtocolError where they are not those of a call. */
	async perform(params: Record<string, unknown> | undefined, channel: CallChannel): Promise<CallResult> {
		const { name, args } = readParams(params);
		const { cancel, progressToken, notify } = channel;
		if (this.interrupted) cancel.abort(CLOSING);
		const progress = progressToken === undefined ? undefined : createProgressReporter(progressToken, notify);
		const call = performCall(this.deps, name, args, {
			signal: cancel,
			closing: this.closing,
			clientInfo: this.client.clientInfo,
			isIntroduced: this.client.clientInfo !== undefined,
			roots: this.client.rootsReader(cancel),
			askUser: this.client.askUser,
			progress,
			timeoutMs: progress ? undefined : CALL_TIMEOUT_MS,
		});
		this.underWay.set(call, cancel);
		try {
			return await call;
		} finally {
			this.underWay.delete(call);
		}
	}

	/** Resolves when the calls that are under way now have ended. */
	async idle(): Promise<void> {
		await Promise.allSettled(this.underWay.keys());
	}

	/** Lets calls of several requests send no more of them. */
	windDown(): void {
		this.closing.abort(CLOSING);
	}

	/** Aborts the calls under way, and those to come. Each still gets its answer. */
	interrupt(): void {
		this.interrupted = true;
		for (const cancel of this.underWay.values()) cancel.abort(CLOSING);
	}
}

/** Name and arguments of a tools/call. The tool itself checks what the arguments hold. */
function readParams(params: Record<string, unknown> = {}): { name: string; args: unknown } {
	const { name, arguments: args } = params;
	if (typeof name !== 'string') throw invalid('name must be a string');
	if (args !== undefined && args !== null && !isObject(args)) throw invalid('arguments must be an object');
	return { name, args };
}

function invalid(problem: string): ProtocolError {
	return new ProtocolError(INVALID_PARAMS, `Invalid tools/call request: ${problem}`);
}
