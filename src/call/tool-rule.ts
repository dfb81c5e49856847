/** Refuses tools and calls that the operator's flags forbid. */
import { joinWordings, type Wording } from '../base/audience.js';
import { Refused } from '../errors.js';
import { needsConsent, type Operation } from '../operations/operation.js';
import type { ConfirmPolicy } from '../operations/scope.js';

/** Throws Refused when `flag` forbids the operation; an undefined flag forbids nothing. */
export function refuseForbidden({ name }: Operation, flag: string | undefined): void {
	if (flag === undefined) return;
	throw new Refused(underFlag(`${name} is not allowed`, flag), { advice: ONLY_OPERATOR });
}

/** What to do about a flag that forbids a call. */
export const ONLY_OPERATOR: Wording = {
	agent: 'Only the operator can change that.',
	shell: 'Leave that flag out, or unset its variable, if you want the call.',
};

const underFlag = (what: string, flag: string): Wording => ({
	agent: `${what}: the server was started with ${flag}.`,
	shell: `${what} under ${flag}.`,
});

/** Throws Refused when a call with these arguments needs consent, and the operator blocks every such call. */
export function refuseBlocked(
	operation: Operation,
	args: Readonly<Record<string, unknown>>,
	policy: ConfirmPolicy,
): void {
	if (policy !== 'block' || !needsConsent(operation, args)) return;
	throw new Refused(
		underFlag(`${operation.name} of whole hosts (hosts, or prefixes without a path) is not allowed`, '--confirm block'),
		{ advice: joinWordings('Select tags, URLs or paths.', ONLY_OPERATOR) },
	);
}
