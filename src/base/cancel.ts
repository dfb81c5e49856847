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

	/** Aborts when `signal` does, for its reason, until the function that it returns is called. */
	follow(signal: Signal): () => void {
		const pass = () => this.abort(signal.reason);
		if (signal.aborted) pass();
		signal.addEventListener('abort', pass);
		return () => signal.removeEventListener('abort', pass);
	}

	/** The same as an AbortSignal, for what takes nothing else; made when it is first asked for. */
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

/** A signal that aborts with the first of those given, until it is released; the only one given is itself that signal. */
export function either(
	one: Signal | undefined,
	other: Signal | undefined,
): { readonly signal: Signal | undefined; release(): void } {
	if (!one || !other) return { signal: one ?? other, release: () => undefined };
	const signal = new Cancel();
	const releases = [signal.follow(one), signal.follow(other)];
	return {
		signal,
		release: () => {
			for (const release of releases) release();
		},
	};
}
