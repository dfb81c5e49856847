/** Issues and redeems confirmation codes: each proves consent to one tool, zone and set of arguments, once. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../base/json.js';
import { Refused } from '../../errors.js';
import type { UsedProofs } from './used-proofs.js';

/** Everything that a code is bound to. */
export interface Intent {
	readonly tool: string;
	readonly zoneId: string;
	/** Canonical, without zone, dry_run and confirm, and lists without duplicates. */
	readonly args: Readonly<Record<string, unknown>>;
	/** What the user was shown: the plan that runs is the plan that was shown. */
	readonly shown: { readonly zone: string; readonly plan: string; readonly environment: string | undefined };
}

/** A code and when it expires. */
export interface Code {
	readonly confirm: string;
	/** ISO 8601. */
	readonly expiresAt: string;
}

/** What codes are made with. */
interface CodesOptions {
	/**
	 * Key the HMAC: random per process, or shared by replicas that serve one client. The first signs, all are accepted, so that a
	 * secret can be replaced while codes are out.
	 */
	readonly secrets: readonly [string | Buffer, ...(string | Buffer)[]];
	/** Where used codes are remembered. */
	readonly used: UsedProofs;
	/** Who calls. No other caller's code is accepted. */
	readonly principal: string;
	/** How long a code is valid. */
	readonly ttlSeconds: number;
	/** Milliseconds since 1970. */
	now(): number;
}

/** Expiry in seconds since 1970 (base 36), nonce (hexadecimal) and signature (decimal: digits cost a model the fewest tokens). */
const CODE = /^([0-9a-z]{1,9})-([0-9a-f]{8})-(\d{29})$/;
/** 96 bits, as in RFC 2404. Each guess costs a call. */
const SIGNATURE_HEX_DIGITS = 24;
/** Codes for equal calls of one second differ by it. */
const NONCE_BYTES = 4;

const ADVICE = 'Call again without confirm to get the plan and a new code.';

/** Issues codes, and accepts each once. */
export class Codes {
	private readonly options: CodesOptions;

	constructor(options: CodesOptions) {
		this.options = options;
	}

	/** A new code for exactly this intent. */
	issue(intent: Intent): Code {
		const { now, ttlSeconds } = this.options;
		const expiry = Math.floor(now() / 1000) + ttlSeconds;
		const nonce = randomBytes(NONCE_BYTES).toString('hex');
		return {
			confirm: `${expiry.toString(36)}-${nonce}-${this.sign(intent, nonce, expiry)}`,
			expiresAt: new Date(expiry * 1000).toISOString().replace('.000', ''),
		};
	}

	/** Uses up a code. Throws Refused, with the reason, when it does not stand for this intent or is no longer valid. */
	async redeem(code: string, intent: Intent): Promise<void> {
		const [, stamp, nonce, signature] = CODE.exec(code.trim()) ?? [];
		if (!stamp || !nonce || !signature)
			throw new Refused('The confirm argument is not a code that this server issued.', { advice: ADVICE });
		const expiry = Number.parseInt(stamp, 36);
		const given = Buffer.from(signature);
		const { secrets } = this.options;
		if (!secrets.some((secret) => timingSafeEqual(Buffer.from(this.sign(intent, nonce, expiry, secret)), given)))
			throw new Refused(
				'The code was not issued for exactly this call: tool, zone or arguments differ, or another process issued it.',
				{ advice: ADVICE },
			);
		const seconds = this.options.now() / 1000;
		if (seconds >= expiry) throw new Refused('The code has expired.', { advice: ADVICE });
		if (!(await this.options.used.use(signature, expiry)))
			throw new Refused('The code was already used. Each code works once.', { advice: ADVICE });
	}

	private sign(
		{ tool, zoneId, args, shown }: Intent,
		nonce: string,
		expiry: number,
		secret: string | Buffer = this.options.secrets[0],
	): string {
		const { principal } = this.options;
		const hex = createHmac('sha256', secret)
			.update(canonicalJson([principal, tool, zoneId, args, shown, nonce, expiry]))
			.digest('hex');
		return BigInt(`0x${hex.slice(0, SIGNATURE_HEX_DIGITS)}`)
			.toString()
			.padStart(29, '0');
	}
}
