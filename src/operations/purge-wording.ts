/** Puts purges and invalidations into words: what they destroy, and what they did. */
import { quote } from '../base/sanitize.js';
import type { EnvironmentRef, Outcome, ZoneRef } from './operation.js';
import { describeOthers, type Selection, wholeHostsOf } from './purge-selection.js';
import { formatCount, formatCounts, formatList } from './wording.js';
import { remarks } from './zone.js';

/** `example.com`, or `environment "Staging" (023e…) of example.com`, without a name that was not read. */
export function describePlace(zone: ZoneRef, environment: EnvironmentRef | undefined): string {
	if (!environment) return zone.name;
	const { id, name } = environment;
	return `environment ${name === undefined ? id : `${quote(name, 100)} (${id})`} of ${zone.name}`;
}

/** `Cloudflare accepted the purge of 250 URLs of example.com in 3 requests. …`, and what the next request gets. */
function describeAccepted(
	what: string,
	next: string,
	{ zone, environment, items, requests }: Outcome<Selection, unknown>,
): string {
	const how = requests > 1 ? ` in ${requests} requests` : '';
	return withState(
		`Cloudflare accepted the ${what} of ${formatCounts(items)} of ${describePlace(zone, environment)}${how}. It does not tell what was cached.\n${next}`,
		zone,
	);
}

/** The text, and why the zone does not cache as usual, because its visitors see no effect then. */
export function withState(text: string, { state }: ZoneRef): string {
	return state ? `${text}\nThe zone does not cache as usual now: ${remarks(state).join(', ')}.` : text;
}

/** What the next request gets after an invalidation. */
export const NEXT_REVALIDATE =
	'The next request is revalidated with the origin (CF-Cache-Status: REVALIDATED or EXPIRED).\nThe old copy may still be served (UPDATING or STALE) under stale-while-revalidate, or while the origin fails.';
/** Cloudflare's page on Cache Reserve: other purges keep what it stores, and refresh it on the next request. */
export const RESERVE_KEEPS = "Only a purge by URL frees Cache Reserve's storage.";
const RESERVE_BILLS = 'With Cache Reserve, an invalidation by URL is a billed Class A operation.';

/** A purge that was accepted, and what the next request gets. */
export function describePurge(outcome: Outcome<Selection, unknown>): string {
	// With Tiered Cache, a lower tier shows EXPIRED after a purge by anything but URLs (Cloudflare's pages on each kind).
	const { tags, hosts, prefixes } = outcome.items;
	const next = (status: string) => `The next request goes to the origin (CF-Cache-Status: ${status}).`;
	if (!tags && !hosts && !prefixes) return describeAccepted('purge', next('MISS'), outcome);
	return describeAccepted('purge', `${next('MISS, or EXPIRED with Tiered Cache')}\n${RESERVE_KEEPS}`, outcome);
}

/** An invalidation that was accepted, and what the next request gets. */
export function describeInvalidation(outcome: Outcome<Selection, unknown>): string {
	const { urls, files } = outcome.items;
	const next = urls || files ? `${NEXT_REVALIDATE}\n${RESERVE_BILLS}` : NEXT_REVALIDATE;
	return describeAccepted('invalidation', next, outcome);
}

/** What a call destroys that takes in whole hosts. */
export function describeWholeHosts(
	{ verb, also, effect }: { verb: string; also: string; effect: string },
	selection: Selection,
	zone: ZoneRef,
	environment: EnvironmentRef | undefined,
): string {
	const hosts = wholeHostsOf(selection);
	const place = `${describePlace(zone, environment)} (${zone.plan})`;
	const others = describeOthers(selection);
	return [
		`${verb} for ${formatCount(hosts.length, 'whole_hosts')} of ${place}, in every data centre: ${formatList(hosts)}.`,
		...(others ? [`It also ${also} ${others}.`] : []),
		effect,
	].join(' ');
}
