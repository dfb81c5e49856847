/** Cancels calls. */

/** The part of an AbortSignal that a call needs. */
export interface Signal {
	readonly aborted: boolean;
	readonly reason: unknown;
	addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
	removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A signal together with the right to abort it. An AbortController in its place adds about 15 % to the CPU time of a call
 * (bench row call.many).
 */
export class Cancel implements Signal {
	private readonly listeners = new Set<() => void>();
	private controller: AbortController | undefined;
	aborted = false;
	reason: unknown;

	/** Aborts the signal, unless it is aborted already. The `reason` is an AbortError when none is given. */
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

	/** Aborts together with `signal`, for the same reason, until the function that it returns is called. */
	follow(signal: Signal): () => void {
		const abort = () => this.abort(signal.reason);
		if (signal.aborted) abort();
		signal.addEventListener('abort', abort);
		return () => signal.removeEventListener('abort', abort);
	}

	/** The same signal as an AbortSignal, for functions that accept nothing else. */
	get native(): AbortSignal {
		this.controller ??= this.createNative();
		return this.controller.signal;
	}

	private createNative(): AbortController {
		const controller = new AbortController();
		const abort = () => controller.abort(this.reason);
		if (this.aborted) abort();
		else this.addEventListener('abort', abort);
		return controller;
	}
}

/** A signal that aborts with the first of two, until it is released. When only one is given, it is that signal itself. */
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
