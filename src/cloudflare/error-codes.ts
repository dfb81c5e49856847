/** Says why the API refused and what to do next, by the error codes of an answer and only then by its status. */
import { CHANGE_TOKEN, joinWordings, operatorMust, type Wording } from '../base/audience.js';
import { ErrorCode, type RefusalReason } from '../errors.js';
import type { EnvelopeError } from './envelope.js';

/** What the advice may depend on. */
interface Refusal {
	/** HTTP status. */
	readonly status: number;
	/** The permission the operation needs, by Cloudflare's name. */
	readonly permission: string;
	/** How long to wait, where the answer says so. */
	readonly retryAfterSeconds: number | undefined;
}

/** What a refusal means. */
export interface Meaning {
	/** Undefined where the answer does not tell. */
	readonly reason?: RefusalReason;
	/** The field or dataset of a query that the zone's plan lacks. Without it, the rest of the query can be answered. */
	readonly field?: string;
	/** One or two sentences. */
	readonly advice: Wording;
}

type MeaningOf = (refusal: Refusal, message: string) => Meaning;

/** Advice that is the same for every refusal with this code. */
const advise =
	(advice: Wording, reason?: RefusalReason): MeaningOf =>
	() => ({ advice, ...(reason && { reason }) });

const wait: MeaningOf = ({ retryAfterSeconds }) => ({
	advice: retryAfterSeconds
		? `Wait ${retryAfterSeconds} s, then call again.`
		: 'Wait a minute, then call again with fewer items.',
});

const malformedCredential = advise(
	joinWordings(
		'The credential is malformed.',
		operatorMust(
			'set CLOUDFLARE_API_TOKEN to the API token alone (no quotes, no "Bearer"), or CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY',
		),
	),
	'credential',
);
const unknownToken = advise(operatorMust('set a valid one', 'The token is unknown, expired or disabled'), 'credential');

const missingPermission: MeaningOf = ({ permission }) => ({
	reason: 'permission',
	advice: joinWordings(
		`The token lacks a permission or does not cover this zone: it needs ${permission} on it.`,
		CHANGE_TOKEN,
	),
});

const unknownPath = advise(
	'Give the zone by name, or check the id with zones_list. The operation may also be unavailable for this zone or account.',
);

const notEntitled = advise(
	"The zone's plan or subscription does not include this. Do not retry: cache_overview shows what the zone has.",
	'plan',
);

/** 9109 has three causes, and only its message tells them apart. */
const forbidden: MeaningOf = (refusal, message) => {
	if (/\blocation\b|\bIP\b/i.test(message))
		return {
			reason: 'address',
			advice: joinWordings(
				'The token may not be used from this IP address.',
				operatorMust("add the address to the token's Client IP Address Filtering, or use another token"),
			),
		};
	if (/access token/i.test(message)) return unknownToken(refusal, message);
	const { permission } = refusal;
	return {
		reason: 'permission',
		advice: `The token lacks a permission or does not cover this zone: it needs ${permission} on it. Or there is no such zone: zones_list shows those that the token sees.`,
	};
};

const BY_CODE: Readonly<Record<(typeof ErrorCode)[keyof typeof ErrorCode], MeaningOf>> = {
	[ErrorCode.callsLimited]: wait,
	[ErrorCode.tokenInvalid]: advise(operatorMust('set a valid API token', 'The token is not valid'), 'credential'),
	[ErrorCode.nothingSelected]: advise('The request selected nothing: give at least one item.'),
	[ErrorCode.selectorNotAList]: advise('A selector must be a list.'),
	// Also "Unable to purge" of the purge endpoints, which has other statuses.
	[ErrorCode.settingNotEntitled]: (refusal, message) =>
		(refusal.status === 401 || refusal.status === 403 ? notEntitled : byStatus(refusal.status))(refusal, message),
	[ErrorCode.otherZone]: advise('Only content of this zone can be purged: give the zone that the URL belongs to.'),
	[ErrorCode.mixedSelectors]: advise(
		'purge_everything cannot be combined with selectors: use the purge_everything tool, or selectors only.',
	),
	[ErrorCode.purgesLimited]: wait,
	[ErrorCode.notEntitled]: notEntitled,
	[ErrorCode.urlsUnsupported]: advise(
		'This environment selects requests by IP, country, ASN or threat score: purge by tags, hosts or prefixes instead of URLs.',
	),
	[ErrorCode.notSet]: advise('The setting was never set, so the default applies and there is nothing to delete.'),
	[ErrorCode.mappingExists]: advise('This IP already has a mapping: use origin_cloud_regions_update.'),
	[ErrorCode.badValue]: advise("A value is malformed: check it against Cloudflare's message."),
	[ErrorCode.reserveOn]: advise('Turn Cache Reserve off first (cache_reserve_edit), then call again.'),
	[ErrorCode.reserveClearing]: advise(
		'A clear is running, for up to 24 hours. Turn Cache Reserve on when cache_reserve_clear_status says it has completed.',
	),
	[ErrorCode.unknownRegion]: advise('See origin_cloud_regions_supported for valid vendors and regions.'),
	[ErrorCode.mappingMissing]: advise('This IP has no mapping: see origin_cloud_regions_list.'),
	[ErrorCode.tooManyMappings]: advise('The zone has its maximum of 3,500 mappings: delete some first.'),
	[ErrorCode.badHeaders]: malformedCredential,
	[ErrorCode.badKey]: malformedCredential,
	[ErrorCode.badAuthorization]: malformedCredential,
	[ErrorCode.unknownRoute]: unknownPath,
	[ErrorCode.unroutable]: unknownPath,
	[ErrorCode.keyUnknown]: advise(
		operatorMust(
			'correct CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY',
			'The e-mail address or the Global API Key is wrong',
		),
		'credential',
	),
	[ErrorCode.credentialMissing]: advise(
		operatorMust('set CLOUDFLARE_API_TOKEN', 'No credential was sent'),
		'credential',
	),
	[ErrorCode.zoneForbidden]: forbidden,
	[ErrorCode.authenticationFailed]: (refusal, message) =>
		(refusal.status === 401 ? unknownToken : missingPermission)(refusal, message),
	[ErrorCode.unauthenticated]: missingPermission,
	[ErrorCode.noEntrypoint]: advise('The zone has no rules of this kind.'),
	[ErrorCode.requestsLimited]: wait,
};

/** What a refusal means. Of several errors the last one with a known code counts: it is the most specific. */
export function explainRefusal(errors: readonly EnvelopeError[], refusal: Refusal): Meaning {
	// A fault or a rate limit says nothing about the token or the arguments, whatever its code.
	const saysMore = refusal.status < 500 && refusal.status !== 429;
	const known = saysMore ? errors.findLast(({ code }) => isKnown(code)) : undefined;
	const meaningOf = known && isKnown(known.code) ? BY_CODE[known.code] : byStatus(refusal.status);
	return meaningOf(refusal, known?.message ?? '');
}

function isKnown(code: number): code is keyof typeof BY_CODE {
	return Object.hasOwn(BY_CODE, code);
}

/** Advice without a reason: the status alone does not tell a missing permission from a wrong credential. */
function byStatus(status: number): MeaningOf {
	if (status === 429) return wait;
	if (status === 401 || status === 403) return (...args) => ({ advice: missingPermission(...args).advice });
	if (status >= 500) return advise('Cloudflare has an internal error: call again later.');
	return advise("Check the arguments against Cloudflare's message.");
}
