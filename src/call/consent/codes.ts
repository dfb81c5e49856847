/** Issues and redeems confirmation codes: each proves consent to one tool, zone and set of arguments, once. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../base/json.js';
import { Refused } from '../../errors.js';

/** Everything that a code is bound to. */
export interface Intent {
	readonly tool: string;
	readonly zoneId: string;
	/** Canonical, without zone, dry_run and confirm. */
	readonly args: Readonly<Record<string, unknown>>;
	/** What the user was shown: the plan that runs is the plan that was shown. */
	readonly shown: { readonly zone: string; readonly plan: string; readonly items: Readonly<Record<string, number>> };
}

/** A code and when it expires. */
export interface Code {
	readonly confirm: string;
	/** ISO 8601. */
	readonly expiresAt: string;
}

const ADVICE = 'Call again without confirm to get the plan and a new code.';

/** Issues codes and remembers which of them were used. */
export class Codes {
	/** Signature of each used code → when the code expires, in seconds since 1970. */
	private readonly used = new Map<string, number>();
	private readonly secret: string | Buffer;
	private readonly ttlSeconds: number;
	private readonly now: () => number;

	/**
	 * @param secret keys the HMAC: random per process, or shared by replicas that serve one client
	 * @param ttlSeconds how long a code is valid
	 * @param now milliseconds since 1970
	 */
	constructor(secret: string | Buffer, ttlSeconds: number, now: () => number) {
		this.secret = secret;
		this.ttlSeconds = ttlSeconds;
		this.now = now;
	}

	/** A new code for exactly this intent. */
	issue(intent: Intent): Code {
		const expiry = Math.floor(this.now() / 1000) + this.ttlSeconds;
		return {
			confirm: `${expiry.toString(36)}-${this.sign(intent, expiry)}`,
			expiresAt: new Date(expiry * 1000).toISOString(),
		};
	}

	/** Uses up a code. Throws Refused, with the reason, when it does not stand for this intent or is no longer valid. */
	redeem(code: string, intent: Intent): void {
		const [, stamp, signature] = /^([0-9a-z]{1,9})-([\w-]{22})$/.exec(code.trim()) ?? [];
		if (!stamp || !signature)
			throw new Refused('The confirm argument is not a code that this server issued.', { advice: ADVICE });
		const expiry = Number.parseInt(stamp, 36);
		if (!timingSafeEqual(Buffer.from(this.sign(intent, expiry)), Buffer.from(signature)))
			throw new Refused(
				'The code was not issued for exactly this call: tool, zone or arguments differ, or another process issued it.',
				{ advice: ADVICE },
			);
		const seconds = this.now() / 1000;
		if (seconds >= expiry) throw new Refused('The code has expired.', { advice: ADVICE });
		for (const [other, end] of this.used) if (end <= seconds) this.used.delete(other);
		if (this.used.has(signature))
			throw new Refused('The code was already used. Each code works once.', { advice: ADVICE });
		this.used.set(signature, expiry);
	}

	private sign(intent: Intent, expiry: number): string {
		return createHmac('sha256', this.secret)
			.update(canonicalJson([intent.tool, intent.zoneId, intent.args, intent.shown, expiry]))
			.digest('base64url')
			.slice(0, 22);
	}
}
