/** Signs callers in by access tokens of an OAuth issuer. Loads jose, so it is itself loaded late. */
import type { Clock } from '../../../base/clock.js';
import { sanitize } from '../../../base/sanitize.js';
import { CONSENT_SCOPE, type Policies, type PolicySource, type Principal } from '../../../call/principal.js';
import type { Operation } from '../../../operations/operation.js';
import { type Authenticator, Challenge, type ScopedCall, type ScopedRead } from './authenticator.js';
import { hashToken, readBearer } from './bearer.js';
import { askLater, BAD_TOKEN, challengeWith, NO_TOKEN } from './challenges.js';
import { addressesOf, type ResourceAddresses } from './discovery.js';
import { principalIdOf } from './identity.js';
import { Issuer, type IssuerOptions } from './issuer.js';
import { PolicyIndex } from './policy-index.js';
import { Remembered } from './remembered.js';
import { FIRST_SCOPES, READ_SCOPE, readScopes, SCOPES, scopeOf, scopeOfCall } from './scopes.js';

/** A token that was found good is not checked again for this time, or until it ends. */
const GOOD_MS = 60_000;

/** For how long clients are asked to wait while the keys cannot be fetched. */
const AWAY_SECONDS = 5;

/** The longest subject that OpenID Connect allows. */
const MAX_SUBJECT_CHARACTERS = 255;
const MAX_SHOWN_CHARACTERS = 80;

/** What the way to sign in by OAuth needs. */
export interface OAuthOptions extends Omit<IssuerOptions, 'audience'> {
	/** The URL by which clients reach the server. */
	readonly publicUrl: string;
	/** The path that the server itself serves. */
	readonly endpoint: string;
	/** The public URL without a slash at its end when absent. */
	readonly audience?: string | undefined;
	/** Absent where no policy limits the callers. */
	readonly policies?: PolicySource | undefined;
	readonly operations: ReadonlyMap<string, Operation>;
	readonly clock: Clock;
}

/** A token that was found good. */
interface Known {
	readonly subject: string;
	readonly grants: ReadonlySet<string>;
	principal?: Principal;
	/** The policies that the principal was made of. */
	version?: Policies;
}

/** Finds the principal of an access token, and tells clients where to get one. */
export class OAuthAuthenticator implements Authenticator {
	private readonly options: OAuthOptions;
	private readonly addresses: ResourceAddresses;
	private readonly issuer: Issuer;
	private readonly policies: PolicyIndex;
	private readonly known: Remembered<Known>;

	constructor(options: OAuthOptions) {
		this.options = options;
		this.addresses = addressesOf(options.publicUrl, options.endpoint);
		const { audience = this.addresses.resource } = options;
		this.issuer = new Issuer({ ...options, audience });
		this.policies = new PolicyIndex(options.policies, 'subjects');
		this.known = new Remembered(options.clock.now);
	}

	/** Finds the keys before the first request needs them. */
	preload(): Promise<void> {
		return this.issuer.preload();
	}

	authenticate(authorization: readonly string[] | undefined): Principal | Promise<Principal> {
		const bearer = readBearer(authorization);
		if ('problem' in bearer) throw this.refuse(bearer.problem);
		const { token } = bearer;
		const hash = hashToken(token);
		const known = this.known.get(hash);
		return known ? this.admit(known, token) : this.check(token, hash);
	}

	missingScope(
		{ grants }: Principal,
		request: ScopedCall | ScopedRead,
	): Challenge | undefined | Promise<Challenge | undefined> {
		if (!grants) return undefined;
		if ('method' in request) return this.demand(grants, request.method, READ_SCOPE);
		const { tool, args, isConsentBlocked } = request;
		const operation = this.options.operations.get(tool);
		if (!operation) return undefined;
		const needed = scopeOf(operation);
		// Arguments are parsed only where they decide which scope is missing.
		if (!operation.needsConsent || isConsentBlocked || (grants.has(needed) && grants.has(CONSENT_SCOPE)))
			return this.demand(grants, tool, needed);
		return scopeOfCall(operation, args).then((scope) => this.demand(grants, tool, scope));
	}

	document(path: string): Readonly<Record<string, unknown>> | undefined {
		if (!this.addresses.paths.has(path)) return undefined;
		return {
			resource: this.addresses.resource,
			authorization_servers: [this.options.issuer],
			scopes_supported: SCOPES,
			bearer_methods_supported: ['header'],
		};
	}

	close(): void {}

	private async check(token: string, hash: string): Promise<Principal> {
		const claims = await this.issuer.verify(token);
		if (claims === 'away')
			throw askLater(
				'The keys of the OAuth issuer cannot be fetched, so the token was not checked.',
				'away',
				AWAY_SECONDS,
			);
		if (claims === 'invalid') throw this.refuse('invalid');
		const { sub: subject, exp = 0 } = claims;
		if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT_CHARACTERS)
			throw this.refuse('invalid');
		const known: Known = { subject, grants: readScopes(claims) };
		this.known.set(hash, known, Math.min(exp * 1_000, this.options.clock.now() + GOOD_MS));
		return this.admit(known, token);
	}

	private admit(known: Known, token: string): Principal {
		const { version } = this.policies;
		if (known.principal && known.version === version) return known.principal;
		const { subject, grants } = known;
		const rights = this.policies.rightsOf(subject);
		const { name = `oauth:${sanitize(subject, MAX_SHOWN_CHARACTERS)}`, policy, credential } = rights;
		const id = principalIdOf('oauth', this.options.issuer, subject);
		const isInForce = () => this.policies.stillGives(subject, rights);
		known.principal = { id, name, policy, credential, grants, secrets: [token], isInForce };
		known.version = version;
		return known.principal;
	}

	/** The challenge of a request without a token that is accepted. One without any token has made no error (RFC 6750). */
	private refuse(reason: 'missing' | 'malformed' | 'invalid'): Challenge {
		const isMissing = reason === 'missing';
		const headers = challengeWith({
			...(!isMissing && { error: 'invalid_token' }),
			scope: FIRST_SCOPES.join(' '),
			resource_metadata: this.addresses.metadataUrl,
		});
		return new Challenge(isMissing ? NO_TOKEN : BAD_TOKEN, { status: 401, headers, reason });
	}

	/** The challenge of a request whose scope was not granted. It repeats what was granted, or the next token would lack that. */
	private demand(grants: ReadonlySet<string>, what: string, needed: string): Challenge | undefined {
		if (grants.has(needed)) return undefined;
		const headers = challengeWith({
			error: 'insufficient_scope',
			scope: [...grants, needed].join(' '),
			resource_metadata: this.addresses.metadataUrl,
			error_description: `${what} needs ${needed}`,
		});
		const message = `${what} needs the scope ${needed}, which the access token lacks. Nothing was done. Sign in again with that scope.`;
		return new Challenge(message, { status: 403, headers, reason: 'scope' });
	}
}
