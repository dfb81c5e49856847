/** Tells who purged a zone, from the audit log that Cloudflare keeps of an account. */
import { isHexId } from '../../base/identifiers.js';
import { isObject } from '../../base/json.js';
import { quote, showDate } from '../../base/sanitize.js';
import { Failure } from '../../errors.js';
import { z } from '../../zod.js';
import { bounded, MAX_ID_CHARACTERS, rows } from '../fields.js';
import { type CompositeContext, defineOperation } from '../operation.js';
import { formatCounts } from '../wording.js';
import { zoneGet } from '../zone.js';

/** Purges that an answer shows. */
const MAX_PURGES = 10;
/** Entries that are looked through: the log holds every change of the account, and has no documented filter for purges. */
const MAX_ENTRIES = 100;
/** Kinds of items in the body of a purge. Cloudflare's `files` are the URLs of our tools. */
const KINDS = { files: 'urls', tags: 'tags', hosts: 'hosts', prefixes: 'prefixes' } as const;

const word = z.string().max(320).optional().catch(undefined);
const entry = z.object({
	action: z.object({ time: z.string().max(40), result: word }),
	actor: z.object({ email: word, type: word, token_name: word }).partial().optional().catch(undefined),
	resource: z.object({ product: z.string(), request: z.unknown() }),
	zone: z.object({ id: z.string() }),
});

/** Lists the audit log of an account, newest first. It is no tool: it tells of everything that happened in the account. */
const auditLogs = defineOperation({
	name: 'cache_analytics',
	title: 'List audit logs',
	description: 'Lists the audit log of an account.',
	toolset: 'zone',
	permission: 'Account Settings',
	danger: 'read',
	route: 'GET /accounts/{account_id}/logs/audit',
	input: z
		.object({
			account_id: bounded(MAX_ID_CHARACTERS).refine(isHexId),
			since: bounded(MAX_ID_CHARACTERS),
			before: bounded(MAX_ID_CHARACTERS),
			direction: z.enum(['desc']),
			limit: z.number().int(),
		})
		.strict(),
	output: rows(entry),
	summarize: ({ result }) => `${result.length} entries.`,
	example: { account_id: '01a7362d577a6c3019a474fd6f485823', since: '', before: '', direction: 'desc', limit: 1 },
});

/** A purge or an invalidation that Cloudflare has on record. */
export const recordedPurge = z.object({
	time: z.string(),
	by: z.string().optional(),
	token: z.string().optional(),
	/** `everything`, or counts of what was named. */
	what: z.string(),
	result: z.string().optional(),
});
type RecordedPurge = z.output<typeof recordedPurge>;

/** The last purges of the zone within a range; undefined where the token may not read them. Never throws a Failure. */
export async function readPurges(
	{ zone, read }: Pick<CompositeContext, 'zone' | 'read'>,
	range: { readonly since: string; readonly until: string },
): Promise<RecordedPurge[] | undefined> {
	try {
		const { result: facts } = await read(zoneGet);
		const account = isObject(facts) && isObject(facts.account) ? facts.account.id : undefined;
		if (typeof account !== 'string' || !isHexId(account)) return undefined;
		const { since, until: before } = range;
		const asked = { account_id: account, since, before, direction: 'desc', limit: MAX_ENTRIES };
		const { result } = await read(auditLogs, asked);
		return (result as z.output<typeof entry>[])
			.filter((one) => one.resource.product === 'purge_cache' && one.zone.id === zone.id)
			.slice(0, MAX_PURGES)
			.map(toPurge);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return undefined;
	}
}

function toPurge({ action, actor, resource }: z.output<typeof entry>): RecordedPurge {
	const by = actor?.email ?? actor?.type;
	return {
		time: action.time,
		...(by !== undefined && { by }),
		...(actor?.token_name !== undefined && { token: actor.token_name }),
		what: describeBody(resource.request),
		...(action.result !== undefined && { result: action.result }),
	};
}

function describeBody(request: unknown): string {
	if (!isObject(request)) return 'not recorded';
	if (request.purge_everything === true) return 'everything';
	const counts = Object.entries(KINDS).map(([name, kind]) => {
		const items = request[name];
		return [kind, Array.isArray(items) ? items.length : 0] as const;
	});
	return formatCounts(Object.fromEntries(counts)) || 'not recorded';
}

/** A purge in one line, such as `Purged 2026-11-26T10:02:00Z by "ops@example.com", token "deploy": 3 tags`. */
export function describePurge({ time, by, token, what, result }: RecordedPurge): string {
	const failed = result !== undefined && result !== 'success' ? ` (${quote(result, 30)})` : '';
	const who = `${by === undefined ? '' : ` by ${quote(by, 100)}`}${token === undefined ? '' : `, token ${quote(token, 60)}`}`;
	return `Purged ${showDate(time)}${who}: ${what}${failed}`;
}
