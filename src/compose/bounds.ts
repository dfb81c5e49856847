/** Decides what a principal may do: what its policy and the operator's flags both allow. Pure. */
import { CONSENT_SCOPE, type Principal } from '../call/principal.js';
import type { Config } from '../config/config.js';
import { policyOf, scopeOf, zoneArgumentOf } from '../config/derive.js';
import { isAmong } from '../config/zone-list.js';
import type { ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import {
	type Block,
	blockingFlag,
	blockingFlagOfPart,
	type ConfirmPolicy,
	type Scope,
	type ZoneEntry,
} from '../operations/scope.js';

/** What the flags of the operator say. */
type Flags = Pick<
	Config,
	'readOnly' | 'toolsets' | 'tools' | 'excludeTools' | 'zones' | 'zone' | 'confirm' | 'skipConfirmation'
>;

/** A principal, as far as its bounds depend on it. */
type Limited = Pick<Principal, 'name' | 'policy' | 'grants'>;

/** What a principal may do. */
export interface Bounds {
	/** What forbids an operation, if anything. */
	blockOf(operation: Pick<Operation, 'name' | 'danger' | 'toolset'>): Block | undefined;
	/** What forbids reading a part of an allowed composite, if anything. */
	blockOfPart(part: Pick<Operation, 'name'>): Block | undefined;
	/** The lists of zones: a zone must be in each of them. */
	readonly zoneLists: {
		readonly flags: readonly ZoneEntry[] | undefined;
		readonly policy: readonly ZoneEntry[] | undefined;
	};
	/** The default zone. */
	readonly zone: string | undefined;
	readonly zoneArgument: ZoneArgument;
	readonly confirm: ConfirmPolicy;
	/** What blocks calls that need consent, if anything. */
	readonly consentBlock: Block | undefined;
}

/** The bounds of a principal, or those of the one client of a server without principals. */
export function boundsOf(flags: Flags, principal?: Limited): Bounds {
	const { confirm, consentBlock } = consentOf(flags, principal);
	const policy = principal?.policy;
	const zoneLists = { flags: flags.zones, policy: policy?.zones };
	const lists = [zoneLists.flags, zoneLists.policy].filter((list) => list !== undefined);
	const zone = defaultZoneOf(flags, policy, lists);
	return {
		...scopeRules(flags, principal, consentBlock),
		zoneLists,
		zone,
		zoneArgument: zoneArgumentOf({ zone, zones: lists.find((list) => list.length === 1) }),
		confirm,
		consentBlock,
	};
}

/** The flag is asked first: where both forbid an operation, only the operator can change that. */
function scopeRules(
	flags: Flags,
	principal: Limited | undefined,
	consentBlock: Block | undefined,
): Pick<Bounds, 'blockOf' | 'blockOfPart'> {
	const flagScope = scopeOf(flags);
	const policyScope: Scope = { ...principal?.policy.scope, blockDestructive: false };
	const byPolicy: Block = { by: 'policy', principal: principal?.name ?? '' };
	return {
		blockOf: (operation) => {
			const flag = blockingFlag(operation, flagScope);
			if (flag !== undefined) return { by: 'flag', flag };
			if (blockingFlag(operation, policyScope) !== undefined) return byPolicy;
			// What the grants of a token lack is listed nevertheless, so that a client can ask for it.
			return operation.danger === 'destroy' && consentBlock?.by !== 'grants' ? consentBlock : undefined;
		},
		blockOfPart: (part) => {
			const flag = blockingFlagOfPart(part, flagScope);
			if (flag !== undefined) return { by: 'flag', flag };
			return blockingFlagOfPart(part, policyScope) === undefined ? undefined : byPolicy;
		},
	};
}

/** From the loosest to the strictest. */
const BY_STRICTNESS: readonly ConfirmPolicy[] = ['off', 'ask', 'code', 'block'];

/** Without an entry in a policy file, the operator's flag is the policy. Without that either, nothing destructive runs over HTTP. */
function consentOf(flags: Flags, principal: Limited | undefined): Pick<Bounds, 'confirm' | 'consentBlock'> {
	const own = principal?.policy.confirm;
	const given = principal ? flags.confirm : policyOf(flags);
	const confirm = BY_STRICTNESS.findLast((one) => one === own || one === given) ?? 'block';
	if (confirm !== 'block') {
		const isGranted = principal?.grants?.has(CONSENT_SCOPE) ?? true;
		return { confirm, consentBlock: isGranted ? undefined : { by: 'grants', scope: CONSENT_SCOPE } };
	}
	if (given === 'block') return { confirm, consentBlock: { by: 'flag', flag: '--confirm block' } };
	return { confirm, consentBlock: own && principal ? { by: 'policy', principal: principal.name } : { by: 'default' } };
}

/** The policy's default zone, else the operator's; none where it is not in each list. Then each call must name its zone. */
function defaultZoneOf(
	flags: Flags,
	policy: Principal['policy'] | undefined,
	lists: readonly ZoneList[],
): string | undefined {
	const zone = policy?.zone ?? flags.zone;
	return zone !== undefined && lists.every((list) => isAmong(zone, list)) ? zone : undefined;
}

type ZoneList = readonly ZoneEntry[];
