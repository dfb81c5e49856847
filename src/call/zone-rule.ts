/** What the operator allows: one rule for what is listed and what is accepted, and one for the zones that may be touched. */

import { quote } from '../base/sanitize.js';
import { toZoneKey, type Waiting, ZONE_ID, type Zone, type Zones } from '../cloudflare/zones.js';
import { Refused } from '../errors.js';
import type { Operation, Toolset, ZoneEntry } from '../operations/operation.js';

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
export function forbiddenBy(
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
export function forbiddenWithin(part: Pick<Operation, 'name'>, scope: Scope): string | undefined {
	return scope.excludeTools?.includes(part.name) ? '--exclude-tools' : undefined;
}

/** The zones that may be touched. */
export interface ZoneRule {
	/** The zone a reference stands for. Throws Refused when it is not one of those allowed. */
	admit(reference: string, waiting?: Waiting): Promise<Zone>;
	/** Whether a zone of a list may be shown. */
	shows(zone: { id: string; name: string }): boolean;
}

/** Whether `name` is `zone` or below it. */
export function isWithin(name: string, zone: string): boolean {
	return name === zone || name.endsWith(`.${zone}`);
}

/** The rule for `entries`; without any, every zone that the token can see is allowed. */
export function createZoneRule(entries: readonly ZoneEntry[] | undefined, zones: Zones): ZoneRule {
	if (!entries) return { admit: (reference, waiting) => zones.find(reference, waiting), shows: () => true };

	const refuse = (reference: string): Refused => {
		const allowed = entries.slice(0, 10).map(({ name, id }) => name ?? id);
		return new Refused(
			`${quote(reference, 100)} is not one of the zones that this server may touch (--zones): ${allowed.join(', ')}.`,
			{
				next: 'Only the operator can change that.',
			},
		);
	};
	/** The zone that an entry means. */
	const findEntry = ({ name, id }: ZoneEntry, waiting?: Waiting) => zones.find(name ?? id, waiting);

	return {
		async admit(reference, waiting) {
			const key = toZoneKey(reference);
			if (ZONE_ID.test(key)) {
				// The names are turned into ids, never the other way round: a foreign id is not even looked at.
				for (const entry of entries) {
					if (entry.id !== undefined ? entry.id === key : (await findEntry(entry, waiting)).id === key)
						return findEntry(entry, waiting);
				}
				throw refuse(reference);
			}
			if (!entries.some(({ name }) => name === undefined || isWithin(key, name))) throw refuse(reference);
			const zone = await zones.find(key, waiting);
			for (const entry of entries) {
				if (entry.id !== undefined ? entry.id === zone.id : entry.name === zone.name) {
					if ((await findEntry(entry, waiting)).id === zone.id) return zone;
				}
			}
			throw refuse(reference);
		},
		shows: (zone) => entries.some(({ name, id }) => (id !== undefined ? id === zone.id : name === zone.name)),
	};
}
