/** The one rule that decides what is listed and what is accepted. */
import type { Operation, Toolset } from '../operations/operation.js';

/** What the operator allows. */
export interface Scope {
	readonly readOnly?: boolean | undefined;
	readonly toolsets?: readonly Toolset[] | undefined;
	readonly tools?: readonly string[] | undefined;
	readonly excludeTools?: readonly string[] | undefined;
	/** True under `--confirm block`. */
	readonly blockDestructive: boolean;
}

/** The flag that forbids an operation, or undefined when it is allowed. */
export function forbiddenBy(operation: Operation, scope: Scope): string | undefined {
	if (scope.readOnly && operation.danger !== 'read') return '--read-only';
	if (scope.blockDestructive && operation.danger === 'destroy') return '--confirm block';
	if (scope.toolsets && !scope.toolsets.includes(operation.toolset)) return '--toolsets';
	if (scope.tools && !scope.tools.includes(operation.name)) return '--tools';
	if (scope.excludeTools?.includes(operation.name)) return '--exclude-tools';
	return undefined;
}
