/** Says why a part of a composite could not be read. */
import { ApiError, ErrorCode, type Failure } from '../errors.js';
import type { Operation, ZoneRef } from './operation.js';
import { permissionOf } from './permission.js';

/** The reason, within a line, where a full stop would end it. */
export function describeUnreadable(error: Failure, operation: Operation, zone: ZoneRef): string {
	if (!(error instanceof ApiError)) return error.message.replace(/\.$/, '');
	if (error.reason === 'plan') return describeLack(operation, zone);
	if (error.has(ErrorCode.unroutable) || error.has(ErrorCode.unknownRoute)) return 'not offered for this zone';
	if (error.reason === 'permission') return `the token may not read it (needs ${permissionOf(operation)})`;
	return `could not be read (${error.source})`;
}

/** What the zone lacks for an operation, where that is known. */
function describeLack({ requires }: Operation, { plan }: ZoneRef): string {
	return !requires || requires.plans.includes(plan) ? 'not in this plan' : `needs ${requires.needs}`;
}
