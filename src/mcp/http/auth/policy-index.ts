/** Finds what a caller may do in the policies that are in force. */
import { isDeepStrictEqual } from 'node:util';
import type { Policies, PolicyEntry, PolicySource } from '../../../call/principal.js';

/** What an entry or the default of the policies gives. */
export type Rights = Pick<PolicyEntry, 'policy' | 'credential'> & { readonly name?: string };

/** What callers have that no policy names. */
const NO_POLICY: Rights = { policy: {} };
const NO_FILE: PolicySource = { current: { principals: [] } };

/** The entries of the policies by hash or by subject, indexed once for each version of them. */
export class PolicyIndex {
	private readonly source: PolicySource;
	private readonly by: 'hashes' | 'subjects';
	private indexed: Policies | undefined;
	private entries: ReadonlyMap<string, PolicyEntry> = new Map();

	/** Without a source, no caller is named. */
	constructor(source: PolicySource | undefined, by: 'hashes' | 'subjects') {
		this.source = source ?? NO_FILE;
		this.by = by;
	}

	/** The policies in force. What was made of others is out of date. */
	get version(): Policies {
		return this.source.current;
	}

	/** The entry that names the caller. */
	entryOf(key: string): PolicyEntry | undefined {
		const { current } = this.source;
		if (current !== this.indexed) {
			this.entries = new Map(current.principals.flatMap((entry) => entry[this.by].map((one) => [one, entry] as const)));
			this.indexed = current;
		}
		return this.entries.get(key);
	}

	/** What the caller may do: by its entry, else by the default, else as the operator's flags allow. */
	rightsOf(key: string): Rights {
		return this.entryOf(key) ?? this.source.current.fallback ?? NO_POLICY;
	}

	/** Whether the caller still has these rights. Its own credential may be another one, which takes nothing away. */
	stillGives(key: string, { name, policy }: Rights): boolean {
		const now = this.rightsOf(key);
		return now.name === name && isDeepStrictEqual(now.policy, policy);
	}
}
