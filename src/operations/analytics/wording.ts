/** Puts the analytics of a zone's cache into words. Pure. */
import { formatBytes, formatPercent } from '../../base/amounts.js';
import { bareWords, quote, showHost } from '../../base/sanitize.js';
import type { Outcome } from '../operation.js';
import { formatNumber, type ListSummary } from '../wording.js';
import type { Analytics } from './figures.js';
import { describePurge } from './purge-history.js';

/** Cloudflare's cache statuses as the analytics name them, bare. */
const showStatus = bareWords('dynamic', 'bypass', 'miss', 'expired');

/** Sentences about the whole, and one row for each path that reaches the origin. */
export function describeAnalytics({
	args,
	zone,
	result,
}: Outcome<{ host?: string | undefined }, Analytics>): ListSummary {
	const { requests, hours, uncached, purges = [] } = result;
	const where = args.host === undefined ? zone.name : `${args.host} (${zone.name})`;
	if (requests === 0)
		return {
			sentences: [`${where}: no requests in the last ${hours} h.`, ...describeLimits(result)],
			rows: purges.map(describePurge),
		};
	return {
		sentences: [
			`${where}, last ${hours} h: ${describeRatio(result)}`,
			...describeShares(result),
			...describeReserve(result),
			...describeLimits(result),
			...(uncached.length > 0 ? ['Most requests that the cache did not serve:'] : []),
		],
		rows: [
			...uncached.map(
				(one) =>
					`${formatNumber(one.requests)} ${showStatus(one.status)} · ${showHost(one.host)} ${quote(one.path, 120)} · ${formatBytes(one.bytes)}`,
			),
			...purges.map(describePurge),
		],
	};
}

function describeRatio({ eligible, served, hit_ratio: ratio }: Analytics): string {
	if (ratio === undefined) return `too few eligible requests (${formatNumber(eligible)}) for a hit ratio.`;
	const fetched = formatNumber(eligible - served);
	return `${formatPercent(ratio)} of ${formatNumber(eligible)} eligible requests were served from the cache, ${fetched} went to the origin.`;
}

function describeShares({ requests, bytes, ineligible_ratio: ratio }: Analytics): string[] {
	const share = ratio === undefined ? '' : ` ${formatPercent(ratio)} of them are not eligible (DYNAMIC or BYPASS).`;
	return [`${formatNumber(requests)} requests, ${formatBytes(bytes)} sent to visitors.${share}`];
}

function describeReserve({ reserve, hours }: Analytics): string[] {
	if (!reserve) return [];
	const { stored_bytes: stored, objects, usd_a_month: usd } = reserve;
	return [
		`Cache Reserve stores ${formatBytes(stored)} in ${formatNumber(objects)} objects: about ${usd.toFixed(2)} USD a month, from its size now and the operations of ${hours} h.`,
	];
}

function describeLimits({ sample_interval: interval, limit_hours: limit, missing }: Analytics): string[] {
	return [
		...(interval === undefined ? [] : [`Sampled by Cloudflare: one request of about ${formatNumber(interval)}.`]),
		...(limit === undefined ? [] : [`The zone's plan shows ${formatNumber(limit)} h at once.`]),
		...(missing === undefined ? [] : [`Not in the zone's plan: ${missing.map((one) => quote(one, 60)).join(', ')}.`]),
	];
}
