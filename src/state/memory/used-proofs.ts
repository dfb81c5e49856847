/** Remembers used proofs of consent in this process. */
import type { UsedProofs } from '../../call/consent/used-proofs.js';

/** The used proofs of one process. */
export class UsedProofsInMemory implements UsedProofs {
	/** Each used proof → when it expires, in seconds since 1970. */
	private readonly used = new Map<string, number>();
	private readonly now: () => number;

	/** @param now milliseconds since 1970 */
	constructor(now: () => number) {
		this.now = now;
	}

	async use(proof: string, expirySeconds: number): Promise<boolean> {
		const seconds = this.now() / 1000;
		for (const [other, end] of this.used) if (end <= seconds) this.used.delete(other);
		if (this.used.has(proof)) return false;
		this.used.set(proof, expirySeconds);
		return true;
	}

	async isUsed(proof: string): Promise<boolean> {
		return this.used.has(proof);
	}
}
