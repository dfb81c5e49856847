/** Signs callers in by their own Cloudflare API tokens, which the API itself verifies. */
import { Cancel, type Signal } from '../../../base/cancel.js';
import type { Clock } from '../../../base/clock.js';
import type { Log } from '../../../base/log.js';
import type { Policies, PolicySource, Principal } from '../../../call/principal.js';
import type { Authenticator, Challenge } from './authenticator.js';
import { hashToken, readBearer } from './bearer.js';
import { askLater, refuseApiToken } from './challenges.js';
import { principalIdOf } from './identity.js';
import { PolicyIndex } from './policy-index.js';
import { Remembered } from './remembered.js';

const GOOD_MS = 60_000;
const BAD_MS = 30_000;
/** For how long a token is refused that the API refused in a call. */
const REFUSED_MS = 60_000;

const MAX_LOOK_UPS = 10;
/** Look-ups that are left to tokens which were good before, so that strangers cannot keep them out. */
const KEPT_LOOK_UPS = 2;

const BUSY_SECONDS = 1;
const AWAY_SECONDS = 5;

/** Tokens of accounts cannot be verified without the id of the account. */
const IS_ACCOUNT_TOKEN = /^cfat_/;
const IS_TOKEN = /^[\w-]+$/;
/** As audit lines show credentials. */
const SHOWN_DIGITS = 12;

/** What the way to sign in by Cloudflare's tokens needs. */
export interface CloudflareOptions {
	/** Whether a user token is active. Throws where the API gives no answer that tells. */
	verify(token: string, signal: Signal): Promise<boolean>;
	/** Absent where no policy limits the callers. */
	readonly policies?: PolicySource | undefined;
	readonly clock: Clock;
	readonly log: Log;
}

/** What is known of a token. */
interface Known {
	readonly isGood: boolean;
	principal?: Principal;
	/** The policies that the principal was made of. */
	version?: Policies;
}

/** Finds the principal of an API token, and asks the API about each token at most twice a minute. */
export class CloudflareAuthenticator implements Authenticator {
	private readonly options: CloudflareOptions;
	private readonly policies: PolicyIndex;
	/** Tokens that the API found active. What anybody can send must not push them out. */
	private readonly active: Remembered<Known>;
	/** Tokens that the API refused, and those of accounts, which it has not verified. */
	private readonly others: Remembered<Known>;
	/** Hash of a token → the look-up under way. */
	private readonly lookUps = new Map<string, Promise<boolean>>();
	private readonly closing = new Cancel();
	/** Whether the last look-up got no answer, so that an outage is logged once. */
	private isAway = false;

	constructor(options: CloudflareOptions) {
		this.options = options;
		this.policies = new PolicyIndex(options.policies, 'hashes');
		this.active = new Remembered(options.clock.now);
		this.others = new Remembered(options.clock.now);
	}

	authenticate(authorization: readonly string[] | undefined): Principal | Promise<Principal> {
		const bearer = readBearer(authorization);
		if ('problem' in bearer) throw refuseApiToken(bearer.problem);
		const { token } = bearer;
		if (!IS_TOKEN.test(token)) throw refuseApiToken('malformed');
		const hash = hashToken(token);
		const known = this.active.get(hash) ?? this.others.get(hash);
		if (known) return this.admit(known, hash, token);
		if (!IS_ACCOUNT_TOKEN.test(token)) return this.lookUp(hash, token);
		return this.admit(this.remember(this.others, hash, { isGood: true, keepMs: GOOD_MS }), hash, token);
	}

	/** A token of an account is refused for a minute. Any other one is verified again when it comes back. */
	markBad({ credential }: Principal): void {
		if (credential?.kind !== 'token') return;
		const hash = hashToken(credential.token);
		if (IS_ACCOUNT_TOKEN.test(credential.token))
			this.remember(this.others, hash, { isGood: false, keepMs: REFUSED_MS });
		else this.active.delete(hash);
	}

	close(): void {
		this.closing.abort();
	}

	private admit(known: Known, hash: string, token: string): Principal {
		if (!known.isGood) throw refuseApiToken('unknown');
		const { version } = this.policies;
		if (known.principal && known.version === version) return known.principal;
		const rights = this.policies.rightsOf(hash);
		const { name = `token:${hash.slice(0, SHOWN_DIGITS)}`, policy } = rights;
		// Named by the token, also where several tokens have one name: each may see other zones.
		const id = principalIdOf('cloudflare', hash);
		const isInForce = () => this.policies.stillGives(hash, rights);
		const credential = { kind: 'token', token } as const;
		const principal = { id, name, policy, credential, secrets: [token], isInForce };
		known.principal = IS_ACCOUNT_TOKEN.test(token) ? { ...principal, isUnverified: true } : principal;
		known.version = version;
		return known.principal;
	}

	private async lookUp(hash: string, token: string): Promise<Principal> {
		const underWay = this.lookUps.get(hash) ?? this.begin(hash, token);
		let isGood: boolean;
		try {
			isGood = await underWay;
		} catch {
			throw away();
		}
		// Another request may have waited for the same look-up.
		const known = this.active.get(hash) ?? this.others.get(hash) ?? this.note(hash, isGood);
		return this.admit(known, hash, token);
	}

	/** Remembers what the API said. */
	private note(hash: string, isGood: boolean): Known {
		if (isGood) return this.remember(this.active, hash, { isGood, keepMs: GOOD_MS });
		this.active.delete(hash);
		return this.remember(this.others, hash, { isGood, keepMs: BAD_MS });
	}

	private begin(hash: string, token: string): Promise<boolean> {
		const most = this.active.last(hash) ? MAX_LOOK_UPS : MAX_LOOK_UPS - KEPT_LOOK_UPS;
		if (this.lookUps.size >= most) throw askLater('Too many tokens are being verified.', 'busy', BUSY_SECONDS);
		const lookUp = this.options.verify(token, this.closing).finally(() => this.lookUps.delete(hash));
		lookUp.then(
			() => this.noteAway(false),
			() => this.noteAway(true),
		);
		this.lookUps.set(hash, lookUp);
		return lookUp;
	}

	private noteAway(isAway: boolean): void {
		if (isAway && !this.isAway && !this.closing.aborted)
			this.options.log('warn', 'Tokens cannot be verified, because the Cloudflare API does not answer.');
		this.isAway = isAway;
	}

	private remember(
		among: Remembered<Known>,
		hash: string,
		{ isGood, keepMs }: { isGood: boolean; keepMs: number },
	): Known {
		const known: Known = { isGood };
		among.set(hash, known, this.options.clock.now() + keepMs);
		return known;
	}
}

function away(): Challenge {
	return askLater('The Cloudflare API did not answer, so the token could not be verified.', 'away', AWAY_SECONDS);
}
