/** Keeps the values that were asked for last, within a number and a time. */
import type { Clock } from '../base/clock.js';

/** What a cache is made of. */
interface IdleCacheOptions<Value> {
	/** Values that are kept at most, except those in use. */
	readonly capacity: number;
	/** A value that is not asked for is forgotten after this time. */
	readonly idleMs: number;
	readonly clock: Pick<Clock, 'now'>;
	/** Whether forgetting the value would lose what is still needed. Such a value stays. */
	isInUse(value: Value): boolean;
}

interface Entry<Value> {
	readonly value: Value;
	askedMs: number;
}

/** Values by key. It has no timer: what is idle goes when another value comes. */
export class IdleCache<Value> {
	/** In the order in which they were last asked for. */
	private readonly entries = new Map<string, Entry<Value>>();
	/** The key that was asked for last: it is in its place. */
	private latest: string | undefined;
	private readonly options: IdleCacheOptions<Value>;

	constructor(options: IdleCacheOptions<Value>) {
		this.options = options;
	}

	/** How many values are kept. */
	get size(): number {
		return this.entries.size;
	}

	/** The value of a key, or a new one. */
	get(key: string, create: () => Value): Value {
		const now = this.options.clock.now();
		const known = this.entries.get(key);
		const entry = known && !this.isStale(known, now) ? known : { value: create(), askedMs: now };
		entry.askedMs = now;
		if (entry === known && key === this.latest) return entry.value;
		this.entries.delete(key);
		this.entries.set(key, entry);
		this.latest = key;
		if (entry !== known) this.forget(now, key);
		return entry.value;
	}

	/** Forgets what is idle, then the oldest of what is too many, and never what is asked for now. */
	private forget(now: number, asked: string): void {
		const { capacity, isInUse } = this.options;
		let tooMany = this.entries.size - capacity;
		for (const [key, entry] of this.entries) {
			if (tooMany <= 0 && !this.isIdle(entry, now)) return;
			if (key === asked || isInUse(entry.value)) continue;
			this.entries.delete(key);
			tooMany--;
		}
	}

	private isStale(entry: Entry<Value>, now: number): boolean {
		return this.isIdle(entry, now) && !this.options.isInUse(entry.value);
	}

	private isIdle({ askedMs }: Entry<Value>, now: number): boolean {
		return now - askedMs >= this.options.idleMs;
	}
}
