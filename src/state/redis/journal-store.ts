/** Stores the unfinished calls of one principal on Redis, and parses what comes back. */

import { CLAIM, COMMIT, HOLD, LOOK, PUSH, READ, RELEASE } from './journal-scripts.js';
import { principalKey } from './keys.js';
import { isBroken, type Redis, type Reply } from './redis.js';

/** Unfinished calls of one principal. */
const MAX_CALLS = 20;
const MAX_HEAD_BYTES = 65_536;
/** A call carries 100,000 items at most, and so no more requests. */
const MAX_REQUESTS = 100_000;
/** Requests that cross the wire at once: 100 with 100 URLs each are about 1 MB. */
const REQUESTS_PER_COMMAND = 100;
/** How long requests are kept that no head was written for. */
const DRAFT_MS = 10 * 60_000;
/** How long a fence outlives a call that is finished: a process that was stopped for longer sends again what was sent. */
const FENCE_MS = 10 * 60_000;

/** How long and how large things may be. */
export interface Bounds {
	/** A lease that is not renewed. */
	readonly leaseMs: number;
	/** How long a call is kept. */
	readonly keepMs: number;
	/** One call. */
	readonly maxBytes: number;
	/** All calls of the principal together. */
	readonly maxTotalBytes: number;
}

/** A call, and the process that works on it. */
export interface Holding {
	readonly resume: string;
	/** Made for each lease, so that no lease is taken for another. */
	readonly holder: string;
}

/** What is read of a call without its requests. None of it is checked. */
export interface Seen {
	/** JSON. */
	readonly head: string;
	/** How many requests it has. */
	readonly count: number;
	/** Indexes of the requests that are done, smallest first. */
	readonly done: readonly number[];
}

/** The keys of one principal. Every method throws RedisError. */
export class JournalStore {
	private readonly redis: Redis;
	private readonly bounds: Bounds;
	private readonly keys: ReturnType<typeof keysOf>;

	constructor(redis: Redis, principal: string, bounds: Bounds) {
		this.redis = redis;
		this.bounds = bounds;
		this.keys = keysOf(principal);
	}

	/**
	 * Stores a call and leases it. `full`: the principal has too many. `heavy`: they would be too large together. `large`: this
	 * one is. `torn`: its requests are not those that were sent.
	 */
	async begin(
		{ resume, holder }: Holding,
		head: string,
		requests: readonly unknown[],
	): Promise<'begun' | 'full' | 'heavy' | 'torn' | 'large'> {
		const { leaseMs, keepMs, maxBytes, maxTotalBytes } = this.bounds;
		const { keys } = this;
		let bytes = Buffer.byteLength(head);
		for (let first = 0; first < requests.length; first += REQUESTS_PER_COMMAND) {
			const texts = requests.slice(first, first + REQUESTS_PER_COMMAND).map((request) => JSON.stringify(request));
			for (const text of texts) bytes += Buffer.byteLength(text);
			if (bytes > maxBytes) {
				await this.dropRequests(resume);
				return 'large';
			}
			if ((await PUSH.run(this.redis, [keys.requests(resume)], [first, DRAFT_MS, ...texts])) !== 1) return 'torn';
		}
		const answer = await COMMIT.run(
			this.redis,
			[keys.head(resume), keys.requests(resume), keys.lease(resume), keys.index, keys.sizes],
			[holder, resume, head, requests.length, leaseMs, keepMs, MAX_CALLS, bytes, maxTotalBytes],
		);
		return answer === 'begun' || answer === 'full' || answer === 'heavy' ? answer : 'torn';
	}

	/** Deletes the requests of a call that is not stored. */
	async dropRequests(resume: string): Promise<void> {
		await this.redis.send(['UNLINK', this.keys.requests(resume)]);
	}

	/** The handles of all calls, in no order. Some of them may have no call. */
	async handles(): Promise<readonly string[]> {
		const answer = await this.redis.send(['ZRANGE', this.keys.index, '0', String(MAX_CALLS - 1)]);
		return Array.isArray(answer) ? answer.filter((one) => typeof one === 'string') : [];
	}

	/** What a list shows of a call. */
	async look(resume: string): Promise<Seen | 'none' | 'broken'> {
		const { keys } = this;
		const run = LOOK.run(this.redis, [keys.head(resume), keys.done(resume)], [MAX_HEAD_BYTES, MAX_REQUESTS / 8]);
		const [state, ...seen] = await orBroken(run);
		return state === 'seen' ? toSeen(seen) : state === 'none' ? 'none' : 'broken';
	}

	/** Leases a call. `leased`: another process works on it. */
	async claim({ resume, holder }: Holding): Promise<Seen | 'none' | 'leased' | 'broken'> {
		const { keys } = this;
		const run = CLAIM.run(
			this.redis,
			[keys.head(resume), keys.requests(resume), keys.done(resume), keys.lease(resume), keys.index],
			[holder, resume, this.bounds.leaseMs, MAX_HEAD_BYTES, MAX_REQUESTS / 8],
		);
		const [state, ...seen] = await orBroken(run);
		if (state === 'seen') return toSeen(seen);
		return state === 'none' || state === 'leased' ? state : 'broken';
	}

	/** The requests of a call, as they were stored; `broken` where they are none that were. */
	async requests(resume: string, count: number): Promise<unknown[] | 'broken'> {
		const requests: unknown[] = [];
		let left = this.bounds.maxBytes;
		for (let first = 0; first < count; first += REQUESTS_PER_COMMAND) {
			const range = [first, first + REQUESTS_PER_COMMAND - 1, left];
			const texts = await READ.run(this.redis, [this.keys.requests(resume)], range).catch(brokenOrThrow);
			if (!Array.isArray(texts)) return 'broken';
			for (const text of texts) {
				left -= Buffer.byteLength(String(text));
				requests.push(parse(text));
			}
		}
		return requests;
	}

	/** Notes requests as done, and renews the lease where `renews`. Answers what the holder is by now. */
	async hold({ resume, holder }: Holding, done: Iterable<number>, renews: boolean): Promise<'held' | 'lost' | 'gone'> {
		const { keys } = this;
		const answer = await HOLD.run(
			this.redis,
			[keys.head(resume), keys.done(resume), keys.lease(resume)],
			[holder, renews ? this.bounds.leaseMs : 0, ...done],
		);
		return answer === 'lost' || answer === 'gone' ? answer : 'held';
	}

	/** Ends a lease, and deletes the call where it is finished. Does nothing for a holder who has lost it. */
	async release({ resume, holder }: Holding, isFinished: boolean): Promise<void> {
		const { keys } = this;
		await RELEASE.run(
			this.redis,
			[keys.head(resume), keys.requests(resume), keys.done(resume), keys.lease(resume), keys.index, keys.sizes],
			[holder, resume, isFinished ? 1 : 0, FENCE_MS],
		);
	}

	/** Takes a call that cannot be read off the list. What is stored of it ends with its time. */
	async setAside(resume: string): Promise<void> {
		await this.redis.send(['ZREM', this.keys.index, resume]);
	}
}

function keysOf(principal: string) {
	const key = (rest: string) => principalKey(principal, rest);
	return {
		index: key('jx'),
		sizes: key('jb'),
		head: (resume: string) => key(`j:${resume}`),
		requests: (resume: string) => key(`j:${resume}:r`),
		done: (resume: string) => key(`j:${resume}:d`),
		lease: (resume: string) => key(`j:${resume}:l`),
	};
}

function brokenOrThrow(error: unknown): undefined {
	if (!isBroken(error)) throw error;
}

async function orBroken(run: Promise<Reply>): Promise<readonly Reply[]> {
	const answer = await run.catch(brokenOrThrow);
	return Array.isArray(answer) ? answer : ['broken'];
}

function toSeen([head, n, hex]: readonly Reply[]): Seen | 'broken' {
	const count = Number(n);
	if (typeof head !== 'string' || typeof hex !== 'string') return 'broken';
	if (!Number.isSafeInteger(count) || count < 1 || count > MAX_REQUESTS) return 'broken';
	return { head, count, done: indexesOf(Buffer.from(hex, 'hex')).filter((index) => index < count) };
}

/** The set bits. Redis counts them from the highest of the first byte. */
function indexesOf(bitmap: Buffer): number[] {
	const indexes: number[] = [];
	bitmap.forEach((byte, at) => {
		for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) indexes.push(at * 8 + bit);
	});
	return indexes;
}

/** The value of a text; undefined where it is not JSON. */
function parse(text: Reply | undefined): unknown {
	try {
		return JSON.parse(String(text));
	} catch {
		return undefined;
	}
}
