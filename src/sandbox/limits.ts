/** How much may be asked: purges per account and plan, calls of any sort per token. */
import { awaitTokens, type Bucket, fillBucket, type Rate, takeTokens } from './bucket.js';
import type { Caller } from './credentials.js';
import { tooManyCalls, tooManyPurges } from './failures.js';
import type { Selection } from './selectors.js';
import type { Zone } from './zones.js';

/** What a sandbox allows. */
export interface Limits {
	/** Counts a call, or fails with 971. */
	admit(caller: Caller, counted: boolean): void;
	/** Takes what a purge costs; fails with 1134, taking nothing, when it is not there. */
	spend(zone: Zone, selection: Selection): void;
	/** Gives the headers that tell a caller what is left of the calls. */
	describe(caller: Caller | undefined): Record<string, string>;
}

interface Window {
	endsAt: number;
	used: number;
}

const MOST_CALLS = 1200;
const WINDOW = 300_000;
const PLANS: Record<Zone['plan'], { requests: Rate; files: Rate }> = {
	free: { requests: { tokens: 5, per: 60_000, burst: 25 }, files: perSecond(800) },
	pro: { requests: perSecond(5, 25), files: perSecond(1500) },
	business: { requests: perSecond(10, 50), files: perSecond(1500) },
	enterprise: { requests: perSecond(50, 500), files: perSecond(3000) },
};

/** Allows everything, and always tells the same. */
export const NO_LIMITS: Limits = {
	admit: () => undefined,
	spend: () => undefined,
	describe: () => tellCalls(1199, 300),
};

/** Allows what the documents say. The clock is read in whole milliseconds. */
export function startLimits(now: () => number): Limits {
	const clock = () => Math.floor(now());
	return { ...limitCalls(clock), ...limitPurges(clock) };
}

function limitCalls(clock: () => number): Pick<Limits, 'admit' | 'describe'> {
	const windows = new Map<string, Window>();
	const look = (caller: Caller | undefined, time: number): Window => {
		const window = windows.get(nameCaller(caller));
		return window !== undefined && time < window.endsAt ? window : { endsAt: time + WINDOW, used: 0 };
	};
	return {
		admit: (caller, counted) => {
			const time = clock();
			const window = look(caller, time);
			if (window.used >= MOST_CALLS) throw tooManyCalls(inSeconds(window.endsAt - time));
			if (!counted) return;
			window.used += 1;
			windows.set(nameCaller(caller), window);
		},
		describe: (caller) => {
			const time = clock();
			const { endsAt, used } = look(caller, time);
			return tellCalls(MOST_CALLS - used, inSeconds(endsAt - time));
		},
	};
}

function limitPurges(clock: () => number): Pick<Limits, 'spend'> {
	const buckets = new Map<string, Bucket>();
	return {
		spend: ({ plan, facts }, { files, ...others }) => {
			const time = clock();
			const take = (group: 'requests' | 'files', count: number) => {
				const name = `${facts.account.id} ${plan} ${group}`;
				const bucket = buckets.get(name) ?? fillBucket(PLANS[plan][group], time);
				buckets.set(name, bucket);
				return { bucket, count, wait: awaitTokens(bucket, count, time) };
			};
			const costs = files === undefined ? [] : [take('files', files.length)];
			if (files === undefined || Object.keys(others).length > 0) costs.push(take('requests', 1));
			const wait = Math.max(...costs.map((cost) => cost.wait));
			if (wait > 0) throw tooManyPurges(inSeconds(wait));
			for (const { bucket, count } of costs) takeTokens(bucket, count);
		},
	};
}

// Whoever comes with e-mail and key is one user here; a token cannot contain a space.
function nameCaller(caller: Caller | undefined): string {
	return caller === undefined ? 'no caller' : (caller.token ?? 'the user');
}

function perSecond(tokens: number, burst = tokens): Rate {
	return { tokens, per: 1000, burst };
}

function inSeconds(ms: number): number {
	return Math.ceil(ms / 1000);
}

function tellCalls(left: number, seconds: number): Record<string, string> {
	return {
		Ratelimit: `"default";r=${left};t=${seconds}`,
		'Ratelimit-Policy': `"default";q=${MOST_CALLS};w=${WINDOW / 1000}`,
	};
}
