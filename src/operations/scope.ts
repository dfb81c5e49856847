/** Decides which operations the operator's flags allow, and defines the form of an allowed zone. */
import type { Operation, Toolset } from './operation.js';

/** Choices of `--confirm`: a form in the client, or a code where it has none; always a code; no destructive tool at all. */
export const CONFIRM_POLICIES = ['ask', 'code', 'block'] as const;
/** How consent to destructive tools is obtained. off has a flag of its own, whose name warns. */
export type ConfirmPolicy = (typeof CONFIRM_POLICIES)[number] | 'off';

/** One entry of `--zones`: a name, an id, or a name pinned to its id. */
export type ZoneEntry =
	| { readonly name: string; readonly id?: string }
	| { readonly name?: undefined; readonly id: string };

/** What an entry is looked up by. An id counts more than a name, which can come to belong to another zone. */
export function keyOf(entry: ZoneEntry): string {
	return entry.name === undefined ? entry.id : (entry.id ?? entry.name);
}

/** The flags that decide which operations are allowed. */
export interface Scope {
	readonly readOnly?: boolean | undefined;
	readonly toolsets?: readonly Toolset[] | undefined;
	readonly tools?: readonly string[] | undefined;
	readonly excludeTools?: readonly string[] | undefined;
	/** True under `--confirm block`. */
	readonly blockDestructive: boolean;
}

/** What forbids a call, as data: a flag of the operator, the policy of a principal, or the default of a server that many share. */
export type Block =
	| { readonly by: 'flag'; readonly flag: string }
	| { readonly by: 'policy'; readonly principal: string }
	| { readonly by: 'grants'; readonly scope: string }
	| { readonly by: 'default' };

/** The flag that forbids an operation, or undefined when none does. */
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
 * The flag that forbids a read within a composite that is itself allowed, or undefined when none does. The other flags name
 * what may be called, and a composite brings its reads along, so only `--exclude-tools` forbids one of them.
 */
export function blockingFlagOfPart(part: Pick<Operation, 'name'>, scope: Scope): string | undefined {
	return scope.excludeTools?.includes(part.name) ? '--exclude-tools' : undefined;
}
