/** Refuses tools and calls that the operator's flags or a policy forbid. */
import { joinWordings, type Wording } from '../base/audience.js';
import { sanitize } from '../base/sanitize.js';
import { Refused } from '../errors.js';
import { needsConsent, type Operation } from '../operations/operation.js';
import type { Block } from '../operations/scope.js';

/** Throws Refused when `block` forbids the operation; undefined forbids nothing. */
export function refuseForbidden({ name }: Operation, block: Block | undefined): void {
	if (block === undefined) return;
	throw new Refused(describeBlock(`${name} is not allowed`, block), { advice: adviseOn(block) });
}

/** What to do about what forbids a call. */
export function adviseOn(block: Block): Wording {
	return block.by === 'grants' ? 'Sign in again with that scope.' : ONLY_OPERATOR;
}

const ONLY_OPERATOR: Wording = {
	agent: 'Only the operator can change that.',
	shell: 'Leave that flag out, or unset its variable, if you want the call.',
};

/** Longest name of a principal in a text. */
const MAX_NAME_CHARACTERS = 64;

/** The sentence that begins with `what` and says what forbids it. */
export function describeBlock(what: string, block: Block): Wording {
	switch (block.by) {
		case 'flag':
			return {
				agent: `${what}: the server was started with ${block.flag}.`,
				shell: `${what} under ${block.flag}.`,
			};
		case 'policy':
			return `${what} for ${sanitize(block.principal, MAX_NAME_CHARACTERS)} by the policy.`;
		case 'grants':
			return `${what}: the access token lacks the scope ${block.scope}.`;
		case 'default':
			return `${what}: over HTTP, what needs consent is blocked unless --confirm or a policy allows it.`;
	}
}

/** Throws Refused when a call with these arguments needs consent, and `block` forbids every such call. */
export function refuseBlocked(
	operation: Operation,
	args: Readonly<Record<string, unknown>>,
	block: Block | undefined,
): void {
	if (block === undefined || !needsConsent(operation, args)) return;
	throw new Refused(
		describeBlock(`${operation.name} of whole hosts (hosts, or prefixes without a path) is not allowed`, block),
		{ advice: joinWordings('Select tags, URLs or paths.', adviseOn(block)) },
	);
}
