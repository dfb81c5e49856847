/**
 * Names the keys in Redis. What a script touches at once has one hash tag, the part in braces, so that it stays in one slot.
 * The number is the version of the format.
 */

const ROOT = 'cfc:1';

/** A key of what belongs to one principal, whose id holds characters of base64url only. */
export function principalKey(principal: string, rest: string): string {
	return `${ROOT}:{p:${principal}}:${rest}`;
}

/** The bucket of an account for zones of one plan. */
export function bucketKey(account: string, zonePlan: string, group: string): string {
	return `${ROOT}:{b:${account}:${zonePlan}:${group}}`;
}

/** The limit of all requests with one credential. */
export function credentialKey(credentialId: string): string {
	return `${ROOT}:{a:${credentialId}}`;
}

/** The channel of what is for one replica. */
export function replicaChannel(replica: string): string {
	return `${ROOT}:r:${replica}`;
}

/** The channel of requests that clients have cancelled. */
export const CANCEL_CHANNEL = `${ROOT}:cancel`;
