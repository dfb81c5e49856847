/** Refuses tools that the operator's flags forbid. */
import { Refused } from '../errors.js';
import type { Operation } from '../operations/operation.js';

/** Throws Refused when `flag` forbids the operation; an undefined flag forbids nothing. */
export function refuseForbidden({ name }: Operation, flag: string | undefined): void {
	if (flag === undefined) return;
	throw new Refused(`${name} is not allowed: the server was started with ${flag}.`, {
		advice: 'Only the operator can change that.',
	});
}
