/** Lists the permissions that a token may need. */

/** Cloudflare's permission groups that the operations need: in the category Zone, but for that of the tracer. */
export type PermissionGroup =
	| 'Cache Purge'
	| 'Zone Settings'
	| 'Zone'
	| 'Zone Versioning'
	| 'Analytics'
	| 'Cache Rules'
	| 'Page Rules'
	| 'Allow Request Tracer'
	| 'Account Settings';

/** What an operation does, by the group that allows it. */
interface Need {
	readonly permission: PermissionGroup;
	readonly danger: 'read' | 'change' | 'destroy';
}

/** The permission as Cloudflare's dashboard names it, such as `Zone › Cache Purge` or `Zone Settings › Edit`. */
export function permissionOf({ permission, danger }: Need): string {
	if (permission === 'Cache Purge') return 'Zone › Cache Purge';
	if (permission === 'Allow Request Tracer') return 'Account › Allow Request Tracer Read';
	return `${permission} › ${danger === 'read' ? 'Read' : 'Edit'}`;
}
