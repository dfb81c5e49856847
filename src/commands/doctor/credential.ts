/** Checks the credential: where it is from, its kind, its state and when it ends. It is never shown. */
import { isHexId } from '../../base/identifiers.js';
import { isObject } from '../../base/json.js';
import { bareWords, quote, showDate } from '../../base/sanitize.js';
import type { ApiAnswer, ApiRequest } from '../../cloudflare/api.js';
import type { FoundCredential } from '../../config/found-credential.js';
import { ApiError } from '../../errors.js';
import { TOKEN_PAGE, type TokenNeeds } from '../token-link.js';
import { type Finding, fix, note, ok } from './finding.js';
import { createToken } from './remedy.js';

const DAY_MS = 86_400_000;
/** A token that ends within so many days is worth a note. */
const SOON_DAYS = 14;
const showStatus = bareWords('disabled', 'expired', 'unknown');

/** What a check of the credential needs. */
export interface CredentialFacts {
	readonly credential: FoundCredential;
	/** The accounts of the visible zones. */
	readonly accounts: readonly string[];
	readonly needs: TokenNeeds;
	/** The time of this machine, in milliseconds since 1970. */
	readonly now: number;
}

/**
 * Says why there is no usable credential, and how to get one. Undefined where there is one.
 * @param command the program that was asked for a token, if any
 */
export function explainMissing(
	credential: FoundCredential,
	needs: TokenNeeds,
	command: string | undefined,
): Finding | undefined {
	if (credential.kind === 'none' && command !== undefined)
		return fix('credential', credential.why, [
			`Run your --token-command in a shell: what does ${quote(command, 100)} say?`,
			...createToken(needs),
		]);
	if (credential.kind === 'none')
		return fix('credential', credential.why, [
			...createToken(needs),
			'Then set it: export CLOUDFLARE_API_TOKEN=…, or name a file of your own in CLOUDFLARE_API_TOKEN_FILE',
		]);
	// Cloudflare's prefix for a Global API Key, which no token has (docs, "API token formats").
	if (credential.kind === 'token' && credential.token.startsWith('cfk_'))
		return fix('credential', `${credential.source} holds a Global API Key, which is no token.`, createToken(needs));
	return undefined;
}

/** Asks for the state of the token. User and account tokens have different paths, and a Global API Key has none. */
export async function checkCredential(
	get: (request: Pick<ApiRequest, 'path' | 'query'>, permission: string) => Promise<ApiAnswer>,
	facts: CredentialFacts,
): Promise<Finding> {
	const { credential, accounts, needs } = facts;
	const source = credential.kind === 'none' ? '' : ` from ${credential.source}`;
	if (credential.kind === 'key')
		return note('credential', `Global API Key${source}: it has every right of its user`, ...createToken(needs));
	for (const [kind, path] of [
		['user token', '/user/tokens/verify'],
		...accounts.filter(isHexId).map((id) => ['account token', `/accounts/${id}/tokens/verify`] as const),
	] as const) {
		try {
			const { result } = await get({ path, query: {} }, 'a valid token');
			return describeToken(`${kind}${source}`, isObject(result) ? result : {}, facts);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
		}
	}
	return note(
		'credential',
		`the state of the token${source} is unknown: it may be an account token without a visible zone`,
		`Look it up: ${TOKEN_PAGE}`,
	);
}

function describeToken(name: string, result: Record<string, unknown>, { needs, now }: CredentialFacts): Finding {
	const { status = 'unknown', expires_on: ends, not_before: begins } = result;
	const renew: [string, ...string[]] = [`Renew or roll it: ${TOKEN_PAGE}`, ...createToken(needs)];
	if (status !== 'active') return fix('credential', `${name}: ${showStatus(status)}`, renew);
	if (isTime(begins) && Date.parse(begins) > now)
		return fix('credential', `${name}: valid only from ${showDate(begins)}`, renew);
	if (!isTime(ends)) return ok('credential', `${name}: active, without an end`);
	const daysLeft = Math.floor((Date.parse(ends) - now) / DAY_MS);
	if (daysLeft < 0) return fix('credential', `${name}: ended on ${showDate(ends)}`, renew);
	if (daysLeft > SOON_DAYS) return ok('credential', `${name}: active until ${showDate(ends)}`);
	return note('credential', `${name}: active, and ends in ${daysLeft} days, on ${showDate(ends)}`, ...renew);
}

function isTime(value: unknown): value is string {
	return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
