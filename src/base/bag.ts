/**
 * Keeps values that come and go thousands of times a second. A Set or a Map would keep them alive for longer: V8 gives it a
 * new table every few changes, and an old table, once it is promoted, holds what it held (bench row `http.many`).
 */

/** A value in a bag. */
export interface Kept<Value> {
	readonly value: Value;
	/** Its index. */
	at: number;
}

/** Values without an order. */
export class Bag<Value> implements Iterable<Value> {
	private readonly kept: Kept<Value>[] = [];

	/** How many values are kept. */
	get size(): number {
		return this.kept.length;
	}

	/** Keeps a value until what is returned is removed. */
	add(value: Value): Kept<Value> {
		const kept = { value, at: this.kept.length };
		this.kept.push(kept);
		return kept;
	}

	/** Removes what {@link add} returned. Removing it twice changes nothing. */
	remove(kept: Kept<Value>): void {
		if (this.kept[kept.at] !== kept) return;
		const last = this.kept.pop();
		if (!last || last === kept) return;
		this.kept[kept.at] = last;
		last.at = kept.at;
	}

	/** All values, as they are now: what comes or goes meanwhile changes nothing. */
	[Symbol.iterator](): Iterator<Value> {
		return this.kept.map(({ value }) => value).values();
	}
}
