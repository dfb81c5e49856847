/** Declares who calls a server, and what that principal may do. */
import type { Credential } from '../cloudflare/api.js';
import type { ConfirmPolicy, Scope, ZoneEntry } from '../operations/scope.js';

/** The principal of a server that serves one client. */
export const LOCAL_PRINCIPAL = 'local';

/** The OAuth scope of whatever needs the user's consent. A principal whose grants lack it cannot obtain consent. */
export const CONSENT_SCOPE = 'cache:destroy';

/** What a principal's policy allows. The flags of the operator are the upper bound of each field. */
export interface Policy {
	/** Which operations are allowed; absent where the policy limits none. */
	readonly scope?: Omit<Scope, 'blockDestructive'> | undefined;
	/** The only zones that may be touched; absent where the policy limits none. */
	readonly zones?: readonly ZoneEntry[] | undefined;
	/** The default zone. */
	readonly zone?: string | undefined;
	/** How consent is obtained; `block` where the policy does not say. */
	readonly confirm?: Exclude<ConfirmPolicy, 'off'> | undefined;
}

/** One caller of a server that many share. */
export interface Principal {
	/** Part of every key and proof: characters of base64url, never the token or the name itself. */
	readonly id: string;
	/** What logs and audit lines call the principal. */
	readonly name: string;
	readonly policy: Policy;
	/** The principal's own credential; absent where calls are made with the operator's. */
	readonly credential?: Credential | undefined;
	/** OAuth scopes that were granted; absent where the way of signing in has none. */
	readonly grants?: ReadonlySet<string> | undefined;
	/** True where nothing has shown yet that the credential exists: anybody can invent one. */
	readonly isUnverified?: true;
	/** Texts that no log and no answer may show, such as the bearer token of the request. */
	readonly secrets: readonly string[];
	/** Whether the policies still give this policy to the principal; absent where none can change. */
	isInForce?(): boolean;
}

/** One entry of a policy file. */
export interface PolicyEntry {
	readonly name: string;
	/** SHA-256 of its bearer tokens, as 64 lower-case hexadecimal digits. */
	readonly hashes: readonly string[];
	/** Its subjects at the OAuth issuer. */
	readonly subjects: readonly string[];
	readonly policy: Policy;
	/** Absent where its calls are made with the operator's credential. */
	readonly credential?: Credential | undefined;
}

/** What a policy file says. */
export interface Policies {
	readonly principals: readonly PolicyEntry[];
	/** What callers have that no entry names; absent where the file does not say. */
	readonly fallback?: Pick<PolicyEntry, 'policy' | 'credential'> | undefined;
}

/** Gives the policies that are in force. Another object means that they have changed. */
export interface PolicySource {
	readonly current: Policies;
}
