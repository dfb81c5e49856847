/** What the operator allows, as flags say it: which operations, and which zones. */
import type { Operation, Toolset } from './operation.js';

/** One entry of `--zones`: a name, an id, or a name pinned to its id. */
export type ZoneEntry =
	| { readonly name: string; readonly id?: string }
	| { readonly name?: undefined; readonly id: string };

/** Which operations are allowed. */
export interface Scope {
	readonly readOnly?: boolean | undefined;
	readonly toolsets?: readonly Toolset[] | undefined;
	readonly tools?: readonly string[] | undefined;
	readonly excludeTools?: readonly string[] | undefined;
	/** True under `--confirm block`. */
	readonly blockDestructive: boolean;
}

/** The flag that forbids an operation, or undefined when it is allowed. */
export function blockingFlag(
	operation: Pick<Operation, 'name' | 'danger' | 'toolset'>,
	scope: Scope,
): string | undefined {
	if (scope.readOnly && operation.danger !== 'read') return '--read-only';
	if (scope.blockDestructive && operation.danger === 'destroy') return '--confirm block';
	if (scope.toolsets && !scope.toolsets.includes(operation.toolset)) return '--toolsets';
	if (scope.tools && !scope.tools.includes(operation.name)) return '--tools';
	if (scope.excludeTools?.includes(operation.name)) return '--exclude-tools';
	return undefined;
}

/**
 * The flag that forbids to read a part of an operation that is itself allowed. Lists of what may be called name whole
 * operations, and their parts come with them; only who excludes a part by its name means the part.
 */
export function blockingFlagOfPart(part: Pick<Operation, 'name'>, scope: Scope): string | undefined {
	return scope.excludeTools?.includes(part.name) ? '--exclude-tools' : undefined;
}
