/**
 * Seals questions that leave with the result of a call: the answer comes with a later call, and the seal proves which
 * question it answers. The client keeps the seal, so it can neither be made nor changed there.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../base/json.js';
import type { Intent } from './codes.js';

/** Who was asked, and for which tool. */
interface SealScope {
	readonly principal: string;
	readonly tool: string;
}

/** What a seal holds. */
interface Sealed {
	/** The call that asked. The call that brings the answer is the same one in the audit log. */
	readonly callId: string;
	/** Digest of what the user was asked. */
	readonly fingerprint: string;
}

/** A seal that was found to be authentic. */
export interface OpenSeal extends Sealed {
	/** Uses the seal up. Returns false where it was used before. */
	take(): boolean;
}

/** What seals are made with. */
interface SealsOptions {
	/** The secret of the confirmation codes. The key of the seals is derived from it for this purpose alone. */
	readonly secret: string | Buffer;
	/** How long a seal is valid. */
	readonly ttlSeconds: number;
	/** Milliseconds since 1970. */
	now(): number;
}

/** A seal that this server does not accept. `message` says why, without a full stop. */
export class SealError extends Error {
	override name = 'SealError';
}

const PURPOSE = 'seal of a question that leaves with a result';
/** Two seals of one question and one second differ by it. */
const NONCE_BYTES = 8;
/** Characters (base64url) of fingerprints and signatures: 132 bits. */
const DIGEST_CHARACTERS = 22;
/** Expiry in seconds since 1970 (base 36), nonce, call, fingerprint and signature. */
const SEAL = /^([0-9a-z]{1,9})\.([\w-]{11})\.([0-9a-f-]{36})\.([\w-]{22})\.([\w-]{22})$/;

/** Seals questions, and remembers which seals were used. */
export class Seals {
	private readonly key: Buffer;
	private readonly options: SealsOptions;
	/** Signature of each used seal → when the seal expires, in seconds since 1970. */
	private readonly used = new Map<string, number>();

	constructor(options: SealsOptions) {
		this.options = options;
		this.key = createHmac('sha256', options.secret).update(PURPOSE).digest();
	}

	/** A new seal. */
	close(scope: SealScope, sealed: Sealed): string {
		const { now, ttlSeconds } = this.options;
		const expiry = (Math.floor(now() / 1000) + ttlSeconds).toString(36);
		const nonce = randomBytes(NONCE_BYTES).toString('base64url');
		const content = [expiry, nonce, sealed.callId, sealed.fingerprint];
		return [...content, this.sign(scope, content)].join('.');
	}

	/** Opens a seal. Throws SealError where it was not made here for this scope, has expired or was used. */
	open(scope: SealScope, seal: string): OpenSeal {
		const [, ...parts] = SEAL.exec(seal) ?? [];
		const [stamp = '', , callId = '', fingerprint = '', signature = ''] = parts;
		const expected = Buffer.from(this.sign(scope, parts.slice(0, -1)));
		if (parts.length === 0 || !timingSafeEqual(expected, Buffer.from(signature)))
			throw new SealError('it was not made by this server for this tool');
		const expiry = Number.parseInt(stamp, 36);
		if (this.options.now() / 1000 >= expiry) throw new SealError('it has expired');
		if (this.used.has(signature)) throw new SealError('it was used already');
		return { callId, fingerprint, take: () => this.take(signature, expiry) };
	}

	private take(signature: string, expiry: number): boolean {
		if (this.used.has(signature)) return false;
		const seconds = this.options.now() / 1000;
		for (const [other, end] of this.used) if (end <= seconds) this.used.delete(other);
		this.used.set(signature, expiry);
		return true;
	}

	private sign({ principal, tool }: SealScope, content: readonly string[]): string {
		const text = canonicalJson([principal, tool, ...content]);
		return createHmac('sha256', this.key).update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
	}
}

/** Digest of a question: of everything that is to be consented to, and of every word that says so. */
export function fingerprintOf(intent: Intent, consequence: string): string {
	const { tool, zoneId, args, shown } = intent;
	const text = canonicalJson([tool, zoneId, args, shown, consequence]);
	return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
}
