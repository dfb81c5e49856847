/** Cloudflare's error codes and statuses → what to do next. Sources: API reference, changelog and field reports of 2026. */

/** What the advice may depend on. */
export interface Situation {
	readonly status: number;
	/** The permission the operation needs, by Cloudflare's name. */
	readonly permission: string;
	/** Seconds to wait, when the answer said so. */
	readonly retryAfter: number | undefined;
}

type Advice = string | ((situation: Situation) => string);

const wait = ({ retryAfter }: Situation) =>
	retryAfter ? `Wait ${retryAfter} s, then call again.` : 'Wait a minute, then call again with fewer items.';
const credential =
	'The credential is malformed: set CLOUDFLARE_API_TOKEN to an API token alone (no quotes, no "Bearer"), or a Global API Key as CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY.';
const permission = ({ permission }: Situation) =>
	`The token lacks a right or does not cover this zone: it needs ${permission} on it. Do not retry before the operator has changed the token.`;
const zoneId =
	'Give the zone by name, or check the id with zones_list. The operation may also not be available for this zone or account.';

const BY_CODE: Readonly<Record<number, Advice>> = {
	971: wait,
	1000: 'The token is not valid: the operator must set a current API token.',
	1012: 'Nothing was selected in the request: give at least one item.',
	1014: 'A selector must be a list.',
	1082: 'Only content of this zone can be purged: give the zone that the URL belongs to.',
	1092: 'purge_everything goes alone: use the tool of that name, or selectors.',
	1134: wait,
	1135: "The zone's plan or subscription does not include this. Nothing to retry; cache_overview shows what the zone has.",
	1136: 'This environment selects requests by IP, country, ASN or threat score: purge by tags, hosts or prefixes instead of URLs.',
	1142: 'It was never set: the default holds, and there is nothing to delete.',
	1145: 'A mapping for this IP exists: use origin_cloud_regions_update.',
	1146: 'A value has the wrong form: check it against the message.',
	1152: 'Turn Cache Reserve off first (cache_reserve_edit), then call again.',
	1153: 'A clear is running: see cache_reserve_clear_status, and turn Cache Reserve on when it has completed (up to 24 hours).',
	1157: 'See origin_cloud_regions_supported for valid vendors and regions.',
	1163: 'There is no mapping for this IP: see origin_cloud_regions_list.',
	1164: 'The zone has its maximum of 3,500 mappings: delete some first.',
	6003: credential,
	6103: credential,
	6111: credential,
	7000: zoneId,
	7003: zoneId,
	9106: 'No credential was sent: the operator must set CLOUDFLARE_API_TOKEN.',
	9109: permission,
	10000: (situation) =>
		situation.status === 401
			? 'The token is unknown, expired or disabled: the operator must set a current one.'
			: permission(situation),
	10001: permission,
	10429: wait,
};

/** What to do next after a refusal, most specific code first. */
export function adviceFor(codes: readonly number[], situation: Situation): string {
	// Whatever a fault is called, it says nothing of the token or the arguments.
	const known = situation.status >= 500 ? [] : codes.map((code) => BY_CODE[code]);
	const advice = known.findLast((one) => one !== undefined) ?? byStatus(situation);
	return typeof advice === 'string' ? advice : advice(situation);
}

function byStatus({ status }: Situation): Advice {
	if (status === 429) return wait;
	if (status === 401 || status === 403) return permission;
	if (status >= 500) return 'Cloudflare has a fault: call again later.';
	return 'Check the arguments against the message.';
}
