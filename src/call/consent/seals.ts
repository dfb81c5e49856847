/**
 * Seals questions that leave with the result of a call: the answer comes with a later call, and the seal proves which
 * question it answers. The client keeps the seal, so it can neither be made nor changed there.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../base/json.js';
import type { Intent } from './codes.js';
import type { UsedProofs } from './used-proofs.js';

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
	/** Uses the seal up. Resolves with false where it was used before. Throws Refused where that cannot be known. */
	take(): Promise<boolean>;
	/** Whether the seal was used before. Throws Refused where that cannot be known. */
	isUsed(): Promise<boolean>;
}

/** What seals are made with. */
interface SealsOptions {
	/** The secrets of the confirmation codes. The keys of the seals are derived from them for this purpose alone. */
	readonly secrets: readonly [string | Buffer, ...(string | Buffer)[]];
	/** Where used seals are remembered. */
	readonly used: UsedProofs;
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

/** Seals questions, and accepts the answer to each once. */
export class Seals {
	private readonly keys: readonly Buffer[];
	private readonly options: SealsOptions;

	constructor(options: SealsOptions) {
		this.options = options;
		this.keys = options.secrets.map((secret) => createHmac('sha256', secret).update(PURPOSE).digest());
	}

	/** A new seal. */
	close(scope: SealScope, sealed: Sealed): string {
		const { now, ttlSeconds } = this.options;
		const expiry = (Math.floor(now() / 1000) + ttlSeconds).toString(36);
		const nonce = randomBytes(NONCE_BYTES).toString('base64url');
		const content = [expiry, nonce, sealed.callId, sealed.fingerprint];
		return [...content, this.signatures(scope, content)[0]].join('.');
	}

	/** Opens a seal. Throws SealError where it was not made here for this scope or has expired. */
	open(scope: SealScope, seal: string): OpenSeal {
		const [, ...parts] = SEAL.exec(seal) ?? [];
		const [stamp = '', , callId = '', fingerprint = '', signature = ''] = parts;
		const given = Buffer.from(signature);
		const accepted = this.signatures(scope, parts.slice(0, -1));
		if (parts.length === 0 || !accepted.some((one) => timingSafeEqual(Buffer.from(one), given)))
			throw new SealError('it was not made by this server for this tool');
		const expiry = Number.parseInt(stamp, 36);
		if (this.options.now() / 1000 >= expiry) throw new SealError('it has expired');
		const { used } = this.options;
		return {
			callId,
			fingerprint,
			take: () => used.use(signature, expiry),
			isUsed: () => used.isUsed(signature),
		};
	}

	/** The signature by each secret, in their order. */
	private signatures({ principal, tool }: SealScope, content: readonly string[]): readonly string[] {
		const text = canonicalJson([principal, tool, ...content]);
		return this.keys.map((key) =>
			createHmac('sha256', key).update(text).digest('base64url').slice(0, DIGEST_CHARACTERS),
		);
	}
}

/** Digest of a question: of everything that is to be consented to, and of every word that says so. */
export function fingerprintOf(intent: Intent, consequence: string): string {
	const { tool, zoneId, args, shown } = intent;
	const text = canonicalJson([tool, zoneId, args, shown, consequence]);
	return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
}
