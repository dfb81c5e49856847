/** Reads the answers of the GraphQL API, whose envelope and errors are its own: they have no codes, and HTTP says 200. */
import { CHANGE_TOKEN, joinWordings } from '../base/audience.js';
import type { EnvelopeError } from './envelope.js';
import type { Meaning } from './error-codes.js';

/** The path below the API root. */
export const GRAPHQL_PATH = '/graphql';

/** Seen in answers of 2026: `zone '…' does not have access to the field 'x'`, or `… to the path 'x'`. */
const LACKS_FIELD = /does not have access to the (?:field|path) ['"]?([\w.]+)/i;
const OUT_OF_RANGE = /time range wider than|data older than|too many rows|limit must be/i;
const NOT_ALLOWED = /not authorized|unauthorized|does not have permission|authentication error/i;

/** Tells what the errors of a query mean. `permission` is the one it needs, by Cloudflare's name. */
export function explainQuery(errors: readonly EnvelopeError[], permission: string): Meaning {
	const text = errors.map(({ message }) => message).join('\n');
	const field = LACKS_FIELD.exec(text)?.[1]?.split('.').at(-1);
	if (field) return { reason: 'field', field, advice: "The zone's plan does not include this field of the analytics." };
	if (OUT_OF_RANGE.test(text)) return { reason: 'range', advice: "Ask for fewer hours: the zone's plan limits them." };
	if (NOT_ALLOWED.test(text))
		return {
			reason: 'permission',
			advice: joinWordings(`The token needs ${permission} on the zone.`, CHANGE_TOKEN),
		};
	return {
		reason: 'query',
		advice: 'Call again later. If the error stays, report it to the maintainers of this server.',
	};
}
