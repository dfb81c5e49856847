/** Declares how it is remembered which proofs of consent were used. */

/** Remembers used codes and seals, so that each works once. */
export interface UsedProofs {
	/**
	 * Uses a proof up. Resolves with false where it was used before. Throws Refused where that cannot be known: then nothing
	 * may be sent.
	 *
	 * @param proof the signature of the proof
	 * @param expirySeconds when the proof expires, in seconds since 1970; until then it must be remembered
	 */
	use(proof: string, expirySeconds: number): Promise<boolean>;
	/** Whether a proof was used before. Throws Refused where that cannot be known. */
	isUsed(proof: string): Promise<boolean>;
}
