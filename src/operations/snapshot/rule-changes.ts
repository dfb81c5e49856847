/** Tells which rules about caching are others than those of a snapshot. They are compared only, and never written. */
import { checksumOf } from '../../base/checksum.js';
import { quote } from '../../base/sanitize.js';
import { ApiError, ErrorCode } from '../../errors.js';
import { type CacheRule, cacheResponseRulesGet, cacheRulesGet } from '../cache-rules.js';
import type { CompositeContext, Operation } from '../operation.js';
import { formatList } from '../wording.js';
import type { Snapshot } from './format.js';
import { isRefusal } from './zone-reading.js';

/** Longer names are cut: they only tell rules apart for the reader. */
const MAX_NAME_CHARACTERS = 100;

const ENTRYPOINTS: Readonly<Record<string, Operation>> = {
	cache_rules: cacheRulesGet,
	cache_response_rules: cacheResponseRulesGet,
};

/** Phase → its rules in their order, by name and checksum. */
export type Rules = NonNullable<Snapshot['rules']>;

/** The rules of the phases that the token may read. */
export async function readRules(read: CompositeContext['read']): Promise<Rules> {
	const phases = await Promise.all(
		Object.entries(ENTRYPOINTS).map(async ([phase, operation]) => [phase, await readPhase(read, operation)] as const),
	);
	return Object.fromEntries(phases.flatMap(([phase, rules]) => (rules ? [[phase, rules]] : [])));
}

async function readPhase(read: CompositeContext['read'], operation: Operation): Promise<Rules[string] | undefined> {
	try {
		const { rules } = (await read(operation)).result as { rules: CacheRule[] };
		return rules.map((one) => ({
			name: (one.description || one.expression || '').slice(0, MAX_NAME_CHARACTERS),
			checksum: checksumOf(one),
		}));
	} catch (error) {
		if (error instanceof ApiError && error.has(ErrorCode.noEntrypoint)) return [];
		// Rules that may not be read are left out: a restore does not need them.
		if (isRefusal(error)) return undefined;
		throw error;
	}
}

/** Says which rules are others than those of a snapshot, in one sentence; none where all are the same or unknown. */
export function describeRuleChanges(before: Rules = {}, now: Rules = {}): string[] {
	const phases = Object.keys(before).filter((phase) => now[phase] !== undefined);
	const changes = phases.flatMap((phase) => compareRules(before[phase] ?? [], now[phase] ?? []));
	if (changes.length === 0) return [];
	return [`Cache Rules changed since, and a restore leaves them: ${formatList(changes)}.`];
}

function compareRules(before: Rules[string], now: Rules[string]): string[] {
	const left = now.filter(({ checksum }) => !before.some((one) => one.checksum === checksum));
	const gone = before.filter(({ checksum }) => !now.some((one) => one.checksum === checksum));
	const isNamed = (list: Rules[string], name: string) => list.some((one) => one.name === name);
	const changes = [
		...gone.map(({ name }) => `${quote(name)} ${isNamed(left, name) ? 'changed' : 'removed'}`),
		...left.filter(({ name }) => !isNamed(gone, name)).map(({ name }) => `${quote(name)} added`),
	];
	const isReordered = before.map(({ checksum }) => checksum).join() !== now.map(({ checksum }) => checksum).join();
	return changes.length === 0 && isReordered ? ['their order'] : changes;
}
