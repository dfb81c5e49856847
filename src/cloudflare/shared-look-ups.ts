/** Shares look-ups under way: those who ask for the same at once wait for one request. */
import type { Signal } from '../base/cancel.js';
import { cancelled, TimeoutError } from '../errors.js';

/** How one look-up ended. */
type End<Value> =
	| { readonly value: Value }
	/** `isOwn`: it ended because of the call that began it, and says nothing to others. */
	| { readonly error: unknown; readonly isOwn: boolean };

/** Look-ups under way, by what is looked up. */
export class SharedLookUps<Value> {
	private readonly underWay = new Map<string, Promise<End<Value>>>();

	/**
	 * The value of `key`, from the look-up under way or from a new one by `lookUp`. Throws what the look-up fails with. The
	 * cancel or the time limit of one call ends no look-up of another.
	 */
	async get(key: string, signal: Signal | undefined, lookUp: () => Promise<Value>): Promise<Value> {
		for (;;) {
			const other = this.underWay.get(key);
			const end = await (other ? untilAborted(other, signal) : this.begin(key, signal, lookUp));
			if ('value' in end) return end.value;
			if (!other || !end.isOwn) throw end.error;
			if (signal?.aborted) throw cancelled(signal.reason);
			// Another wait might be as long. A call that was cancelled has not waited for its end.
			if (end.error instanceof TimeoutError) return lookUp();
		}
	}

	private begin(key: string, signal: Signal | undefined, lookUp: () => Promise<Value>): Promise<End<Value>> {
		const end = lookUp()
			.then(
				(value) => ({ value }),
				(error: unknown) => ({ error, isOwn: signal?.aborted === true || error instanceof TimeoutError }),
			)
			.finally(() => this.underWay.delete(key));
		this.underWay.set(key, end);
		return end;
	}
}

/** The end of another call's look-up, or at once that of a call which is cancelled itself. */
function untilAborted<Value>(other: Promise<End<Value>>, signal: Signal | undefined): Promise<End<Value>> {
	if (!signal) return other;
	return new Promise((resolve, reject) => {
		const stop = () => resolve({ error: cancelled(signal.reason), isOwn: false });
		if (signal.aborted) stop();
		signal.addEventListener('abort', stop, { once: true });
		other.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
	});
}
