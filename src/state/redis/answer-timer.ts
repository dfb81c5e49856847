/** Measures how long answers take, without the time in which this process was too busy to read them. */

const TICK_MS = 100;
/** An answer takes a millisecond or less. A call that needs one waits no longer than a person notices. */
const LONGEST_TICKS = 5;

/**
 * Ends waits for answers half a second after they began. Time is counted in ticks of the event loop: one that was blocked for
 * seconds counts as one tick, because the answers may have come meanwhile.
 */
export class AnswerTimer {
	private ticks = 0;
	private timer: NodeJS.Timeout | undefined;
	/** What waits → the tick at which it is late; oldest first, since all wait equally long. */
	private readonly waiting = new Map<() => void, number>();

	/** Calls `expire` when the wait has been too long, unless the function that it returns is called. */
	watch(expire: () => void): () => void {
		// The tick under way is incomplete.
		this.waiting.set(expire, this.ticks + LONGEST_TICKS + 1);
		this.timer ??= setInterval(() => this.tick(), TICK_MS);
		return () => this.waiting.delete(expire);
	}

	/** Ends without calling anything more. */
	close(): void {
		this.waiting.clear();
		this.stop();
	}

	private tick(): void {
		this.ticks++;
		for (const [expire, lateAt] of this.waiting) {
			if (lateAt > this.ticks) break;
			this.waiting.delete(expire);
			expire();
		}
		if (this.waiting.size === 0) this.stop();
	}

	private stop(): void {
		clearInterval(this.timer);
		this.timer = undefined;
	}
}
