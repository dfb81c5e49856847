/** Judges whether a purge or an invalidation shows at URLs, by what a visitor got before and after it. */
import { quote, showAirport } from '../base/sanitize.js';
import type { CacheStatus, Probe } from './inspect/evidence.js';
import { formatList, formatNumber } from './wording.js';

/** What was sent. */
export type Effect = 'purge' | 'invalidate';

/** What a visitor got, and when, in milliseconds since 1970. */
export interface Sight {
	readonly probe: Probe;
	readonly atMs: number;
}

/** One URL that was looked at. */
export interface Checked {
	readonly url: string;
	/** Undefined where the URL could not be fetched. */
	readonly before: Sight | undefined;
	readonly after: Sight | undefined;
}

/** What a URL shows after a purge or an invalidation. */
export type Verdict = 'gone' | 'refilled' | 'invalidated' | 'marked' | 'stays' | 'uncached' | 'unknown';

/** By the status after the call. The age decides about a HIT. */
const VERDICTS: Readonly<Record<Effect, Readonly<Record<Exclude<CacheStatus, 'HIT'>, Verdict>>>> = {
	purge: {
		MISS: 'gone',
		EXPIRED: 'gone',
		REVALIDATED: 'stays',
		UPDATING: 'stays',
		STALE: 'stays',
		BYPASS: 'uncached',
		DYNAMIC: 'uncached',
		NONE: 'uncached',
	},
	invalidate: {
		MISS: 'gone',
		EXPIRED: 'invalidated',
		REVALIDATED: 'invalidated',
		UPDATING: 'marked',
		STALE: 'marked',
		BYPASS: 'uncached',
		DYNAMIC: 'uncached',
		NONE: 'uncached',
	},
};

/** The verdict on one URL. `answeredMs` is when Cloudflare had accepted the call, in milliseconds since 1970. */
export function judgeUrl({ before, after }: Checked, effect: Effect, answeredMs: number): Verdict {
	if (!after) return 'unknown';
	const { cacheStatus, age } = after.probe;
	if (cacheStatus !== 'HIT') return VERDICTS[effect][cacheStatus];
	if (age === undefined) return 'unknown';
	const secondsSince = (ms: number) => Math.floor((after.atMs - ms) / 1000);
	// A copy that was not touched has grown as old as the time that has passed.
	const least =
		before?.probe.age === undefined ? secondsSince(answeredMs) : before.probe.age + secondsSince(before.atMs);
	return age >= least ? 'stays' : 'refilled';
}

/** Whether another look may show more: a data centre may be late, and a HIT may come without its age. */
export function isOpen({ after }: Checked, verdict: Verdict): boolean {
	return verdict === 'unknown' || (verdict === 'stays' && after?.probe.cacheStatus === 'HIT');
}

/** Whether the origin answered a purge with the very version that was cached before. A 304 is no such answer. */
function isSameVersion({ before, after }: Checked, effect: Effect): boolean {
	if (effect !== 'purge' || !before || !after) return false;
	if (after.probe.cacheStatus !== 'MISS' && after.probe.cacheStatus !== 'EXPIRED') return false;
	const [old, now] = [before.probe, after.probe];
	if (old.etag !== undefined || now.etag !== undefined) return old.etag === now.etag;
	return old.lastModified !== undefined && old.lastModified === now.lastModified;
}

/** How a verdict is counted, and what is said once about it. */
const WORDS: Readonly<Record<Effect, Readonly<Record<Verdict, readonly [count: string, advice?: string]>>>> = {
	purge: {
		gone: ['gone'],
		refilled: ['gone and cached anew'],
		invalidated: ['gone'],
		marked: ['not purged'],
		stays: [
			'not purged',
			'What stays may be a version by device, country or header, another spelling of the URL, or cached by a rule for GET alone. Purge its prefix or tag; cache_inspect shows the key.',
		],
		uncached: ['not served from the cache', 'Where nothing is served from the cache, a purge shows no effect.'],
		unknown: ['unknown'],
	},
	invalidate: {
		gone: ['gone'],
		refilled: ['checked and cached anew'],
		invalidated: ['invalidated'],
		marked: ['marked', 'Of what is marked, visitors may still get the old copy.'],
		stays: [
			'not invalidated',
			'What stays may be another version or spelling of the URL; cache_inspect shows the key.',
		],
		uncached: ['not served from the cache', 'Where nothing is served from the cache, an invalidation shows no effect.'],
		unknown: ['unknown'],
	},
};

/** The order in which verdicts are told. */
const ORDER: readonly Verdict[] = ['gone', 'refilled', 'invalidated', 'marked', 'stays', 'uncached', 'unknown'];
const MAX_URL_CHARACTERS = 100;

/** A verification, as it is answered. */
export interface Verification {
	readonly sentences: readonly string[];
	readonly urls: readonly Readonly<Record<string, unknown>>[];
}

/** Puts a verification into words. `total` is how many URLs the call named. */
export function describeVerification(
	checked: readonly Checked[],
	{ effect, answeredMs, total }: { effect: Effect; answeredMs: number; total: number },
): Verification {
	const judged = checked.map((one) => ({ one, verdict: judgeUrl(one, effect, answeredMs) }));
	const groups = ORDER.flatMap((verdict) => {
		const members = judged.filter((each) => each.verdict === verdict).map(({ one }) => one);
		return members.length > 0 ? [{ verdict, members }] : [];
	});
	const counts = groups.map((group) => describeGroup(effect, group, checked.length));
	const same = checked.filter((one) => isSameVersion(one, effect));
	const colo = checked.find(({ after }) => after?.probe.colo)?.after?.probe.colo;
	return {
		sentences: [
			`Checked ${describePart(checked.length, total)}${colo ? ` at ${showAirport(colo)}` : ''}: ${counts.join(', ')}.`,
			...groups.flatMap(({ verdict }) => WORDS[effect][verdict][1] ?? []),
			...(same.length > 0
				? [`The origin still serves the old version of ${nameUrls(same)}: deploy the new one, and then purge again.`]
				: []),
			'Other data centres, countries and devices were not looked at.',
		],
		urls: judged.map(({ one, verdict }) => toRow(one, verdict, isSameVersion(one, effect))),
	};
}

/** `the URL`, `all 4 URLs` or `5 of 120 URLs`. */
export function describePart(count: number, total: number): string {
	if (total === 1) return 'the URL';
	return count === total ? `all ${count} URLs` : `${count} of ${formatNumber(total)} URLs`;
}

/** `4 gone`, or `1 not purged (HIT, age 3,120 s): "https://…"`, of so many URLs in all. One that is alone is not counted. */
function describeGroup(
	effect: Effect,
	{ verdict, members }: { verdict: Verdict; members: readonly Checked[] },
	checked: number,
): string {
	const [word] = WORDS[effect][verdict];
	const count = checked === 1 ? word : `${members.length} ${word}`;
	if (verdict !== 'stays' && verdict !== 'marked' && verdict !== 'unknown') return count;
	return `${count}${describeSight(members[0])}: ${nameUrls(members)}`;
}

function describeSight(checked: Checked | undefined): string {
	if (!checked?.after) return '';
	const { cacheStatus, age } = checked.after.probe;
	return ` (${cacheStatus}${age === undefined ? '' : `, age ${formatNumber(age)} s`})`;
}

function nameUrls(checked: readonly Checked[]): string {
	return formatList(checked.map(({ url }) => quote(url, MAX_URL_CHARACTERS)));
}

function toRow({ url, before, after }: Checked, verdict: Verdict, isSame: boolean): Verification['urls'][number] {
	return {
		url,
		verdict,
		...(before && { before: before.probe.cacheStatus }),
		...(after && { after: after.probe.cacheStatus }),
		...(after?.probe.age !== undefined && { age: after.probe.age }),
		...(isSame && { same_version: true }),
	};
}
