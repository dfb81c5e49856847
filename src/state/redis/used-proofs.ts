/** Remembers on Redis which proofs of consent were used, so that each works once on all replicas together. */
import type { UsedProofs } from '../../call/consent/used-proofs.js';
import { principalKey } from './keys.js';
import type { Redis, Reply } from './redis.js';
import { orRefused } from './refusal.js';

/** How much longer a used proof is remembered than it is valid: the clocks of replicas may differ by this much. */
const CLOCKS_APART_MS = 300_000;

/** The used proofs of one principal. */
export class RedisUsedProofs implements UsedProofs {
	private readonly redis: Redis;
	private readonly principal: string;
	private readonly now: () => number;

	/** @param now milliseconds since 1970 */
	constructor(redis: Redis, principal: string, now: () => number) {
		this.redis = redis;
		this.principal = principal;
		this.now = now;
	}

	/** A proof whose answer was lost counts as used: the next attempt is told so, and asks for another. */
	async use(proof: string, expirySeconds: number): Promise<boolean> {
		const keepMs = Math.max(0, Math.ceil(expirySeconds * 1_000 - this.now())) + CLOCKS_APART_MS;
		return (await this.ask(['SET', this.keyOf(proof), '1', 'NX', 'PX', String(keepMs)])) === 'OK';
	}

	async isUsed(proof: string): Promise<boolean> {
		return (await this.ask(['EXISTS', this.keyOf(proof)])) !== 0;
	}

	private keyOf(proof: string): string {
		return principalKey(this.principal, `code:${proof}`);
	}

	private ask(command: readonly string[]): Promise<Reply> {
		return orRefused('Redis did not confirm that this consent was given for the first time.', this.redis.send(command));
	}
}
