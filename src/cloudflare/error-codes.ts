/** Says what to do next after a refusal, by Cloudflare's error codes and statuses. */
import { ErrorCode } from '../errors.js';

/** What the advice may depend on. */
interface Refusal {
	/** HTTP status. */
	readonly status: number;
	/** The permission the operation needs, by Cloudflare's name. */
	readonly permission: string;
	/** How long to wait, where the answer says so. */
	readonly retryAfterSeconds: number | undefined;
}

type AdviceText = string | ((refusal: Refusal) => string);

const WAIT: AdviceText = ({ retryAfterSeconds }) =>
	retryAfterSeconds
		? `Wait ${retryAfterSeconds} s, then call again.`
		: 'Wait a minute, then call again with fewer items.';
const CREDENTIAL =
	'The credential is malformed. The operator must set CLOUDFLARE_API_TOKEN to the API token alone (no quotes, no "Bearer"), or CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY.';
const PERMISSION: AdviceText = ({ permission }) =>
	`The token lacks a permission or does not cover this zone: it needs ${permission} on it. Do not retry until the operator has changed the token.`;
const ZONE_ID =
	'Give the zone by name, or check the id with zones_list. The operation may also be unavailable for this zone or account.';

const BY_CODE: Readonly<Record<(typeof ErrorCode)[keyof typeof ErrorCode], AdviceText>> = {
	[ErrorCode.callsLimited]: WAIT,
	[ErrorCode.tokenInvalid]: 'The token is not valid: the operator must set a valid API token.',
	[ErrorCode.nothingSelected]: 'The request selected nothing: give at least one item.',
	[ErrorCode.selectorNotAList]: 'A selector must be a list.',
	[ErrorCode.otherZone]: 'Only content of this zone can be purged: give the zone that the URL belongs to.',
	[ErrorCode.mixedSelectors]:
		'purge_everything cannot be combined with selectors: use the purge_everything tool, or selectors only.',
	[ErrorCode.purgesLimited]: WAIT,
	[ErrorCode.notEntitled]:
		"The zone's plan or subscription does not include this. Do not retry: cache_overview shows what the zone has.",
	[ErrorCode.urlsUnsupported]:
		'This environment selects requests by IP, country, ASN or threat score: purge by tags, hosts or prefixes instead of URLs.',
	[ErrorCode.notSet]: 'The setting was never set, so the default applies and there is nothing to delete.',
	[ErrorCode.mappingExists]: 'This IP already has a mapping: use origin_cloud_regions_update.',
	[ErrorCode.badValue]: "A value is malformed: check it against Cloudflare's message.",
	[ErrorCode.reserveOn]: 'Turn Cache Reserve off first (cache_reserve_edit), then call again.',
	[ErrorCode.reserveClearing]:
		'A clear is running, for up to 24 hours. Turn Cache Reserve on when cache_reserve_clear_status says it has completed.',
	[ErrorCode.unknownRegion]: 'See origin_cloud_regions_supported for valid vendors and regions.',
	[ErrorCode.mappingMissing]: 'This IP has no mapping: see origin_cloud_regions_list.',
	[ErrorCode.tooManyMappings]: 'The zone has its maximum of 3,500 mappings: delete some first.',
	[ErrorCode.badHeaders]: CREDENTIAL,
	[ErrorCode.badKey]: CREDENTIAL,
	[ErrorCode.badAuthorization]: CREDENTIAL,
	[ErrorCode.unknownRoute]: ZONE_ID,
	[ErrorCode.unroutable]: ZONE_ID,
	[ErrorCode.credentialMissing]: 'No credential was sent: the operator must set CLOUDFLARE_API_TOKEN.',
	[ErrorCode.zoneForbidden]: PERMISSION,
	[ErrorCode.authenticationFailed]: (refusal) =>
		refusal.status === 401
			? 'The token is unknown, expired or disabled: the operator must set a valid one.'
			: PERMISSION(refusal),
	[ErrorCode.unauthenticated]: PERMISSION,
	[ErrorCode.requestsLimited]: WAIT,
};

/** One or two sentences for the reader of an error. Of several codes the last known one counts: it is the most specific. */
export function adviceFor(codes: readonly number[], refusal: Refusal): string {
	// A fault of the API says nothing about the token or the arguments, whatever its code.
	const code = refusal.status >= 500 ? undefined : codes.findLast(isKnown);
	const advice = code === undefined ? byStatus(refusal.status) : BY_CODE[code];
	return typeof advice === 'string' ? advice : advice(refusal);
}

function isKnown(code: number): code is keyof typeof BY_CODE {
	return Object.hasOwn(BY_CODE, code);
}

function byStatus(status: number): AdviceText {
	if (status === 429) return WAIT;
	if (status === 401 || status === 403) return PERMISSION;
	if (status >= 500) return 'Cloudflare has an internal error: call again later.';
	return "Check the arguments against Cloudflare's message.";
}
