/** Finds records by the name of their tool. */
import { OPERATIONS } from '../../src/operations/index.js';
import type { Operation } from '../../src/operations/operation.js';

/** The operation of this name. Throws when there is none. */
export function operationNamed(name: string): Operation {
	const operation = OPERATIONS.find((one) => one.name === name);
	if (!operation) throw new Error(`no operation is named ${name}`);
	return operation;
}
