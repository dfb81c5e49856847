/**
 * Keeps values that come and go thousands of times a second. A Set, a Map or an array that shrinks would keep them alive for
 * longer: each gets a new table every few changes, and V8 clears the old one, with what it held, only in a collection of the
 * whole heap (bench row `http.many`).
 */

/** A value in a bag. */
export interface Kept<Value> {
	readonly value: Value;
	/** Its index. */
	readonly at: number;
}

/** Values without an order. */
export class Bag<Value> implements Iterable<Value> {
	/** Undefined where nothing is kept. It never shrinks. */
	private readonly slots: (Kept<Value> | undefined)[] = [];
	/** The indexes of slots without a value. */
	private readonly free: number[] = [];

	/** How many values are kept. */
	get size(): number {
		return this.slots.length - this.free.length;
	}

	/** Keeps a value until what is returned is removed. */
	add(value: Value): Kept<Value> {
		const kept = { value, at: this.free.pop() ?? this.slots.length };
		this.slots[kept.at] = kept;
		return kept;
	}

	/** Removes what {@link add} returned. Removing it twice changes nothing. */
	remove(kept: Kept<Value>): void {
		if (this.slots[kept.at] !== kept) return;
		this.slots[kept.at] = undefined;
		this.free.push(kept.at);
	}

	/** All values, as they are now: what comes or goes meanwhile changes nothing. */
	[Symbol.iterator](): Iterator<Value> {
		return this.slots.flatMap((kept) => (kept ? [kept.value] : [])).values();
	}
}
