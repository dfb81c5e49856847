/** Decides which OAuth scope a call needs. All of it follows from the record of the operation. */
import { parseArguments } from '../../../call/arguments.js';
import { CONSENT_SCOPE } from '../../../call/principal.js';
import { ArgumentError } from '../../../errors.js';
import { needsConsent, type Operation } from '../../../operations/operation.js';

/** What every read needs, by a tool or beside the tools. */
export const READ_SCOPE = 'cache:read';

/** From the least to the most that a scope allows: reads, purges, other changes, and whatever needs the user's consent. */
export const SCOPES = [READ_SCOPE, 'cache:purge', 'cache:write', CONSENT_SCOPE] as const;
/** One scope. None includes another. */
export type ScopeName = (typeof SCOPES)[number];

/** What the first login asks for: the work of every day. A client asks for more when a call needs it. */
export const FIRST_SCOPES: readonly ScopeName[] = [READ_SCOPE, 'cache:purge'];

/** The scope that a call of an operation needs, whatever its arguments. */
export function scopeOf({ danger, toolset, plan }: Operation): ScopeName {
	if (danger === 'read') return READ_SCOPE;
	// Whether a step needs consent is known only in the middle of the call, when no client can be asked for a scope any more.
	if (danger === 'destroy' || plan) return CONSENT_SCOPE;
	return toolset === 'purge' ? 'cache:purge' : 'cache:write';
}

/**
 * The scope that a call with these arguments needs. A dry run needs the same one: it shows what the call would do. Arguments
 * that cannot be read change nothing, because the call fails before it does anything.
 */
export async function scopeOfCall(operation: Operation, args: unknown): Promise<ScopeName> {
	try {
		// The zone does not matter to consent, so that the loosest way to take it will do.
		const parsed = await parseArguments(operation, args, 'optional');
		return needsConsent(operation, parsed) ? CONSENT_SCOPE : scopeOf(operation);
	} catch (error) {
		if (error instanceof ArgumentError) return scopeOf(operation);
		throw error;
	}
}

/** A scope in the form of RFC 6749. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/** Scopes of a token that are kept: a challenge repeats them, and a header has little room. */
const MAX_SCOPES = 30;

/** The scopes that a token was granted: a text with spaces in between (`scope`, RFC 9068), or a list or text (`scp`). */
export function readScopes({ scope, scp }: Readonly<Record<string, unknown>>): ReadonlySet<string> {
	const given: unknown = scope ?? scp;
	const names: readonly unknown[] = Array.isArray(given) ? given : typeof given === 'string' ? given.split(' ') : [];
	const valid = names.filter((name): name is string => typeof name === 'string' && SCOPE_TOKEN.test(name));
	// Ours first, so that foreign ones do not crowd them out.
	const ours = SCOPES.filter((name) => valid.includes(name));
	return new Set([...ours, ...valid].slice(0, ours.length + MAX_SCOPES));
}
