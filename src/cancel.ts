/** Cancelling a call. */

/** What of an AbortSignal a call needs. */
export interface Signal {
	readonly aborted: boolean;
	readonly reason: unknown;
	addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
	removeEventListener(type: 'abort', listener: () => void): void;
}

/** A controller and its signal in one. Node's own take a sixth of what a call costs, mostly when they are cleared away. */
export class Cancel implements Signal {
	private readonly listeners = new Set<() => void>();
	private controller: AbortController | undefined;
	aborted = false;
	reason: unknown;

	/** Tells everyone who listens, once; `reason` is an AbortError where none is given. */
	abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
		if (this.aborted) return;
		this.aborted = true;
		this.reason = reason;
		for (const listener of this.listeners) listener();
		this.listeners.clear();
	}

	addEventListener(_: 'abort', listener: () => void): void {
		if (!this.aborted) this.listeners.add(listener);
	}

	removeEventListener(_: 'abort', listener: () => void): void {
		this.listeners.delete(listener);
	}

	/** The same as an AbortSignal, made when it is first asked for. */
	get native(): AbortSignal {
		this.controller ??= this.makeNative();
		return this.controller.signal;
	}

	private makeNative(): AbortController {
		const native = new AbortController();
		const pass = () => native.abort(this.reason);
		if (this.aborted) pass();
		else this.addEventListener('abort', pass);
		return native;
	}
}

/** For what takes nothing but an AbortSignal. */
export function toAbortSignal(signal: Signal): AbortSignal {
	if (signal instanceof AbortSignal) return signal;
	if (signal instanceof Cancel) return signal.native;
	throw new TypeError('a signal of an unknown kind');
}
