/** Limits purges by account and plan, and calls of any sort by token. */
import { type Bucket, fillBucket, msUntilTokens, type Rate, takeTokens } from './bucket.js';
import type { Caller } from './credentials.js';
import { tooManyCalls, tooManyPurges } from './failures.js';
import type { Selection } from './selectors.js';
import type { Zone } from './zones.js';

/** What a sandbox allows. */
export interface Limits {
	/** Counts a call. Throws 971 when the caller has used up its calls. */
	admit(caller: Caller, counted: boolean): void;
	/** Takes the tokens of a purge. Throws 1134, and takes nothing, when they are not there. */
	spend(zone: Zone, selection: Selection): void;
	/** Returns the headers that say how many calls the caller has left. */
	describe(caller: Caller | undefined): Record<string, string>;
}

interface Window {
	endsAt: number;
	used: number;
}

const MAX_CALLS = 1200;
/** What a sandbox without limits says that it allows. A client that keeps to the limit would wait for nothing. */
const UNLIMITED = 1_000_000;
const WINDOW_MS = 300_000;
const PLANS: Record<Zone['plan'], { requests: Rate; files: Rate }> = {
	free: { requests: { tokens: 5, perMs: 60_000, burst: 25 }, files: perSecond(800) },
	pro: { requests: perSecond(5, 25), files: perSecond(1500) },
	business: { requests: perSecond(10, 50), files: perSecond(1500) },
	enterprise: { requests: perSecond(50, 500), files: perSecond(3000) },
};

/** Allows everything, and says so in its headers. */
export const NO_LIMITS: Limits = {
	admit: () => undefined,
	spend: () => undefined,
	describe: () => rateLimitHeaders(UNLIMITED, 300, UNLIMITED),
};

/** Allows what Cloudflare documents. Time counts in whole milliseconds. */
export function startLimits(now: () => number): Limits {
	const clock = () => Math.floor(now());
	return { ...limitCalls(clock), ...limitPurges(clock) };
}

function limitCalls(clock: () => number): Pick<Limits, 'admit' | 'describe'> {
	const windows = new Map<string, Window>();
	const look = (caller: Caller | undefined, time: number): Window => {
		const window = windows.get(keyOf(caller));
		return window !== undefined && time < window.endsAt ? window : { endsAt: time + WINDOW_MS, used: 0 };
	};
	return {
		admit: (caller, counted) => {
			const time = clock();
			const window = look(caller, time);
			if (window.used >= MAX_CALLS) throw tooManyCalls(toSeconds(window.endsAt - time));
			if (!counted) return;
			window.used += 1;
			windows.set(keyOf(caller), window);
		},
		describe: (caller) => {
			const time = clock();
			const { endsAt, used } = look(caller, time);
			return rateLimitHeaders(MAX_CALLS - used, toSeconds(endsAt - time));
		},
	};
}

function limitPurges(clock: () => number): Pick<Limits, 'spend'> {
	const buckets = new Map<string, Bucket>();
	return {
		spend: ({ plan, facts }, { files, ...otherKinds }) => {
			const time = clock();
			const costOf = (group: 'requests' | 'files', count: number) => {
				const name = `${facts.account.id} ${plan} ${group}`;
				const bucket = buckets.get(name) ?? fillBucket(PLANS[plan][group], time);
				buckets.set(name, bucket);
				return { bucket, count, waitMs: msUntilTokens(bucket, count, time) };
			};
			const costs = files === undefined ? [] : [costOf('files', files.length)];
			if (files === undefined || Object.keys(otherKinds).length > 0) costs.push(costOf('requests', 1));
			const waitMs = Math.max(...costs.map((cost) => cost.waitMs));
			if (waitMs > 0) throw tooManyPurges(toSeconds(waitMs));
			for (const { bucket, count } of costs) takeTokens(bucket, count);
		},
	};
}

/** All callers with e-mail and key count as one user. No token is taken for it, because tokens contain no space. */
function keyOf(caller: Caller | undefined): string {
	return caller === undefined ? 'no caller' : (caller.token ?? 'the user');
}

function perSecond(tokens: number, burst = tokens): Rate {
	return { tokens, perMs: 1000, burst };
}

function toSeconds(ms: number): number {
	return Math.ceil(ms / 1000);
}

function rateLimitHeaders(left: number, seconds: number, quota = MAX_CALLS): Record<string, string> {
	return {
		Ratelimit: `"default";r=${left};t=${seconds}`,
		'Ratelimit-Policy': `"default";q=${quota};w=${WINDOW_MS / 1000}`,
	};
}
