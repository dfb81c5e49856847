/** Signs callers in by the tokens of the policy file, which holds nothing but their hashes. */
import type { Policies, PolicySource, Principal } from '../../../call/principal.js';
import type { Authenticator } from './authenticator.js';
import { hashToken, readBearer } from './bearer.js';
import { refuseToken } from './challenges.js';
import { principalIdOf } from './identity.js';
import { PolicyIndex } from './policy-index.js';

/** Finds the principal of a token. */
export class TokenAuthenticator implements Authenticator {
	private readonly policies: PolicyIndex;
	private version: Policies | undefined;
	/** Hash of a token → its principal, made at its first request under the policies in force. */
	private readonly principals = new Map<string, Principal>();

	constructor(source: PolicySource) {
		this.policies = new PolicyIndex(source, 'hashes');
	}

	authenticate(authorization: readonly string[] | undefined): Principal {
		const bearer = readBearer(authorization);
		if ('problem' in bearer) throw refuseToken(bearer.problem);
		if (this.version !== this.policies.version) this.principals.clear();
		this.version = this.policies.version;
		const { token } = bearer;
		// The duration of a look-up depends on the hash alone, and no token can be chosen by the digits of its hash.
		const hash = hashToken(token);
		const known = this.principals.get(hash);
		if (known) return known;
		const entry = this.policies.entryOf(hash);
		if (!entry) throw refuseToken('unknown');
		const { name, policy, credential } = entry;
		const principal: Principal = {
			...{ id: principalIdOf('tokens', name), name, policy, credential, secrets: [token] },
			// All tokens of one name are one principal, so that any of them will do.
			isInForce: () => entry.hashes.some((one) => this.policies.stillGives(one, entry)),
		};
		this.principals.set(hash, principal);
		return principal;
	}

	close(): void {
		this.principals.clear();
	}
}
