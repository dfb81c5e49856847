/** Decides what this server may know of what is stored. */
import { isHexId, toHostname } from '../base/identifiers.js';
import type { Deps } from './context.js';
import type { Owner } from './unfinished.js';

/** What the decision is made of. */
export interface StoredRules extends Pick<Deps, 'zoneRule'> {
	/** Whose work is begun now. */
	owner(): Promise<Owner>;
}

/** Whether API, credential and zone of what is stored are those of this server. */
export async function admitsStored(
	{ owner, zone }: { readonly owner: Owner; readonly zone: { readonly id: string; readonly name: string } },
	rules: StoredRules,
): Promise<boolean> {
	if (!isHexId(zone.id) || toHostname(zone.name) !== zone.name) return false;
	const own = await rules.owner();
	if (owner.api !== own.api || owner.credential !== own.credential) return false;
	return rules.zoneRule.admits(zone);
}
