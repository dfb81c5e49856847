/** Keeps and lists what was purged, as the account's audit log tells it. */
import { type Answer, Failure, markInvented, succeed } from './answers.js';
import { type Call, formatTime } from './call.js';
import { forbidden } from './failures.js';
import type { Zone } from './zones.js';

/** Purges of one zone that are kept. */
const MAX_RECORDS = 1_000;

/** Puts a purge that was accepted on record. */
export function recordPurge(zone: Zone, { body, behavior }: Call): void {
	zone.purges.unshift({ at: behavior.now(), request: body.parsed?.value });
	zone.purges.length = Math.min(zone.purges.length, MAX_RECORDS);
}

/** GET /accounts/{account_id}/logs/audit. Both ends of the range are required. */
export function listAuditLog({ visible, parameters, query }: Call): Answer {
	const own = visible.filter(({ facts }) => facts.account.id === parameters.account_id);
	if (own.length === 0) throw forbidden();
	const [since, before] = ['since', 'before'].map((name) => Date.parse(query.get(name) ?? '')) as [number, number];
	if (!(since <= before)) {
		throw new Failure(400, { code: 1001, message: 'since and before are required' }).invented('all of it');
	}
	const limit = Number(query.get('limit') ?? 100);
	const entries = own
		.flatMap((zone) => zone.purges.map((record) => ({ zone, ...record })))
		.filter(({ at }) => at >= since && at <= before)
		.sort((one, other) => other.at - one.at)
		.slice(0, limit)
		.map(({ zone, at, request }) => ({
			action: { time: formatTime(at), type: 'create', result: 'success' },
			actor: { type: 'user', email: 'user@example.com', context: 'api_token', token_name: 'Sandbox token' },
			resource: { product: 'purge_cache', request },
			zone: { id: zone.facts.id, name: zone.facts.name },
		}));
	return markInvented(succeed(entries, { result_info: { count: entries.length, cursor: '' } }), 'actor');
}
