/** Remembers what was found out about tokens, by their hash, for a while. */

/** Tokens that are remembered. */
const CAPACITY = 1_000;

/** A map whose values end. The oldest value makes room for a new one. */
export class Remembered<Value> {
	private readonly values = new Map<string, { readonly value: Value; readonly untilMs: number }>();
	private readonly now: () => number;

	constructor(now: () => number) {
		this.now = now;
	}

	get(hash: string): Value | undefined {
		const known = this.values.get(hash);
		return known && known.untilMs > this.now() ? known.value : undefined;
	}

	/** The value that was set last, even if it has ended. */
	last(hash: string): Value | undefined {
		return this.values.get(hash)?.value;
	}

	/** Keeps a value until a time, in milliseconds since 1970. */
	set(hash: string, value: Value, untilMs: number): void {
		this.values.delete(hash);
		const [oldest] = this.values.size < CAPACITY ? [] : this.values.keys();
		if (oldest !== undefined) this.values.delete(oldest);
		this.values.set(hash, { value, untilMs });
	}

	delete(hash: string): void {
		this.values.delete(hash);
	}
}
