/** Refuses tools and calls that the operator's flags forbid. */
import { Refused } from '../errors.js';
import { needsConsent, type Operation } from '../operations/operation.js';
import type { ConfirmPolicy } from '../operations/scope.js';

/** Throws Refused when `flag` forbids the operation; an undefined flag forbids nothing. */
export function refuseForbidden({ name }: Operation, flag: string | undefined): void {
	if (flag === undefined) return;
	throw new Refused(`${name} is not allowed: the server was started with ${flag}.`, {
		advice: 'Only the operator can change that.',
	});
}

/** Throws Refused when a call with these arguments needs consent, and the operator blocks every such call. */
export function refuseBlocked(
	operation: Operation,
	args: Readonly<Record<string, unknown>>,
	policy: ConfirmPolicy,
): void {
	if (policy !== 'block' || !needsConsent(operation, args)) return;
	throw new Refused(
		`${operation.name} of whole hosts (hosts, or prefixes without a path) is not allowed: the server was started with --confirm block.`,
		{ advice: 'Select tags, URLs or paths. Only the operator can change that.' },
	);
}
