/**
 * Builds the link to Cloudflare's page for a new API token, with the permissions filled in that a set of operations needs.
 * Form and keys: developers.cloudflare.com/fundamentals/api/how-to/account-owned-token-template (January 2025).
 */
import type { Operation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { NAME } from '../version.js';

/** The page that lists the user's tokens. */
export const TOKEN_PAGE = 'https://dash.cloudflare.com/profile/api-tokens';

interface PermissionKey {
	readonly key: string;
	readonly type: 'read' | 'edit' | 'purge';
}

/** The key of each permission group in such a link. The page drops keys that it does not know, so none is guessed. */
const KEYS: Readonly<Record<Operation['permission'], string | undefined>> = {
	'Cache Purge': 'cache',
	'Zone Settings': 'zone_settings',
	Zone: 'zone',
	'Zone Versioning': undefined,
	Analytics: 'analytics',
	'Cache Rules': undefined,
	'Page Rules': undefined,
	'Allow Request Tracer': undefined,
	'Account Settings': 'account_settings',
};

type Need = Pick<Operation, 'permission' | 'danger'>;

/** Turns names of zones into ids. Every tool that takes a zone needs it. */
const LOOK_UP: Need = { permission: 'Zone', danger: 'read' };

/** What a token for these operations needs. */
export interface TokenNeeds {
	/** The link, with all permissions but those of `byHand`. */
	readonly link: string;
	/** All permissions, as the dashboard names them. */
	readonly permissions: readonly string[];
	/** Permissions that the link cannot fill in. */
	readonly byHand: readonly string[];
}

/** Returns what a token for these operations needs. Edit includes Read, so each group is there once. */
export function tokenNeedsOf(operations: readonly Need[]): TokenNeeds {
	const needs = new Map<Operation['permission'], Need>();
	for (const { permission, danger } of [...operations, LOOK_UP])
		if (danger !== 'read' || !needs.has(permission)) needs.set(permission, { permission, danger });
	const all = [...needs.values()];
	const keys = all.flatMap((need) => keyOf(need) ?? []);
	const query = `permissionGroupKeys=${encodeURIComponent(JSON.stringify(keys))}&accountId=*&zoneId=all&name=${NAME}`;
	return {
		link: `${TOKEN_PAGE}?${query}`,
		permissions: all.map(permissionOf),
		byHand: all.filter((need) => keyOf(need) === undefined).map(permissionOf),
	};
}

function keyOf({ permission, danger }: Need): PermissionKey | undefined {
	const key = KEYS[permission];
	if (key === undefined) return undefined;
	if (permission === 'Cache Purge') return { key, type: 'purge' };
	return { key, type: danger === 'read' ? 'read' : 'edit' };
}
