/** Keeps unfinished calls on Redis, so that any replica can finish them. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { quote } from '../../base/sanitize.js';
import type { Lease, PendingWork, Unfinished, UnfinishedCall, WorkRule } from '../../call/unfinished.js';
import { type InputError, Refused } from '../../errors.js';
import { createHandle, isHandle } from '../handles.js';
import { countLeft, createHead, isCountOf, isKept, isRequest, type JournalHead, parseHead } from '../journal-head.js';
import { refuseLeased, refuseMore, refuseUnknownHandle } from '../refusals.js';
import { JournalLease, type LeasedCall } from './journal-lease.js';
import { type Holding, JournalStore, type Seen } from './journal-store.js';
import type { LateReleases } from './late-releases.js';
import { type Redis, RedisError } from './redis.js';
import { orRefused } from './refusal.js';

const HOUR_MS = 60 * 60_000;
/** How long a process may be silent before another one may take its call over. */
const LEASE_MS = 15_000;
/** How far the clocks of replicas may be apart. */
const CLOCK_SKEW_MS = 5 * 60_000;
/** One call. A message of 10 MB and a file of 24 MB are all that a caller can give. */
const MAX_CALL_BYTES = 50_000_000;
/** All calls of a principal: no one of many fills the memory that all share. */
const MAX_TOTAL_BYTES = 100_000_000;

/** What a journal on Redis needs. */
export interface RedisJournalOptions {
	readonly redis: Redis;
	/** Id of the principal whose calls they are. */
	readonly principal: string;
	/** How long an unfinished call can be resumed. */
	readonly keepHours: number;
	/** Which calls may be seen and finished. */
	readonly rule: WorkRule;
	/** What could not be released while Redis was away; of this process. */
	readonly lateReleases: LateReleases;
	readonly clock: Clock;
	readonly log: Log;
	/** Bytes of one call; 50 MB when absent. */
	readonly maxBytes?: number;
	/** Bytes of all calls together; 100 MB when absent. */
	readonly maxTotalBytes?: number;
}

/** What is known of a call, without its requests. */
interface Glimpse {
	readonly head: JournalHead;
	readonly seen: Seen;
	/** Items of each kind that are left. */
	readonly remaining: Readonly<Record<string, number>>;
}

/**
 * The unfinished calls of one principal. All requests are stored before the first is sent, and each that is accepted sets one
 * bit. A call that Redis loses costs at most that its requests are sent again.
 */
export class RedisJournal implements Unfinished {
	private readonly options: RedisJournalOptions;
	private readonly store: JournalStore;
	private readonly keepMs: number;

	constructor(options: RedisJournalOptions) {
		const { redis, principal, keepHours, maxBytes = MAX_CALL_BYTES, maxTotalBytes = MAX_TOTAL_BYTES } = options;
		this.options = options;
		this.keepMs = keepHours * HOUR_MS;
		const bounds = { leaseMs: LEASE_MS, keepMs: this.keepMs, maxBytes, maxTotalBytes };
		this.store = new JournalStore(redis, principal, bounds);
	}

	async begin(work: PendingWork): Promise<Lease> {
		const { rule, clock } = this.options;
		const holding = createHolding(createHandle());
		const head = JSON.stringify(createHead(work, await rule.owner(), clock.now(), this.keepMs));
		const begun = this.store.begin(holding, head, work.requests).catch((error: unknown) => {
			// It may have been stored all the same. Nothing of it is sent.
			this.options.lateReleases.add({ store: this.store, holding, done: [], isFinished: true });
			throw error;
		});
		const outcome = await orRefused(
			(reason) => `The plan of this call cannot be saved: ${reason}.`,
			begun,
			'Until then, send at most 100 items of one kind per call.',
		);
		if (outcome === 'full') throw refuseMore('Redis holds 20 unfinished calls of yours, and keeps no more.');
		if (outcome === 'heavy')
			throw refuseMore('With this call, your unfinished calls in Redis would take more than 100 MB.');
		if (outcome === 'large')
			throw refuseMore('Redis holds unfinished calls of less than 50 MB each, and keeps no more.');
		if (outcome === 'torn') throw tornPlan();
		return this.hold({ holding, work, remaining: [...work.requests.keys()], head });
	}

	async lease(resume: string): Promise<Lease> {
		const leased = await orRefused(
			(reason) => `Handle ${quote(resume, 40)} cannot be opened: ${reason}.`,
			this.open(resume),
		);
		if (leased === 'leased') throw refuseLeased(resume);
		if (leased === 'none') throw await this.unknownHandle(resume);
		return this.hold(leased);
	}

	async list(): Promise<UnfinishedCall[]> {
		const calls: UnfinishedCall[] = [];
		try {
			for (const resume of (await this.store.handles()).filter(isHandle)) {
				const found = await this.glimpse(resume, await this.store.look(resume));
				if (!found) continue;
				const { tool, zone, started, expires } = found.head;
				const { id, name } = zone;
				calls.push({ resume, tool, zone: { id, name }, remaining: found.remaining, started, expires });
			}
		} catch (error) {
			if (!(error instanceof RedisError)) throw error;
			this.options.log('warn', `unfinished calls cannot be listed: ${error.message}`);
			return [];
		}
		return calls.sort((a, b) => a.started.localeCompare(b.started));
	}

	/** Leases a call that this server may know of. Throws RedisError. */
	private async open(resume: string): Promise<LeasedCall | 'none' | 'leased'> {
		// A server that may not know of the call must not hold it up either.
		if (!isHandle(resume) || !(await this.glimpse(resume, await this.store.look(resume)))) return 'none';
		const holding = createHolding(resume);
		const claimed = await this.store.claim(holding);
		if (claimed === 'leased') return 'leased';
		const found = await this.glimpse(resume, claimed);
		const leased = found && (await this.read(holding, found));
		if (leased) return leased;
		await this.store.release(holding, false);
		return 'none';
	}

	/** The requests of a call that this process holds; undefined when no call of this server could have been stored so. */
	private async read(holding: Holding, { head, seen }: Glimpse): Promise<LeasedCall | undefined> {
		const stored = await this.store.requests(holding.resume, seen.count);
		const requests = Array.isArray(stored) ? stored.filter(isRequest) : [];
		if (requests.length !== seen.count || !isCountOf(head, requests)) return this.setAside(holding.resume);
		try {
			const { tool, zone, args } = head;
			const work = await this.options.rule.check({ tool, zone, args, requests });
			const done = new Set(seen.done);
			const remaining = [...requests.keys()].filter((index) => !done.has(index));
			return { holding, work, remaining, head: seen.head };
		} catch {
			return this.setAside(holding.resume);
		}
	}

	/** What a list shows of a call; undefined when there is none, it has expired, is done, or the rule does not admit it. */
	private async glimpse(resume: string, seen: Seen | 'none' | 'leased' | 'broken'): Promise<Glimpse | undefined> {
		if (seen === 'none' || seen === 'leased') return undefined;
		const head = seen === 'broken' ? undefined : tryParse(seen.head);
		if (!head || seen === 'broken') return this.setAside(resume);
		if (!isKept(head, this.options.clock.now(), this.keepMs, CLOCK_SKEW_MS)) return undefined;
		const remaining = countLeft(head, seen.done);
		if (Object.keys(remaining).length === 0) return undefined;
		return (await this.options.rule.admits(head)) ? { head, seen, remaining } : undefined;
	}

	private async setAside(resume: string): Promise<undefined> {
		this.options.log('warn', `unfinished call ${resume} cannot be read: what Redis holds of it is no call`);
		await this.store.setAside(resume);
		return undefined;
	}

	private hold(leased: LeasedCall): Lease {
		const { clock, lateReleases, log } = this.options;
		return new JournalLease(leased, { store: this.store, clock, lateReleases, log, renewEveryMs: LEASE_MS / 3 });
	}

	private async unknownHandle(resume: string): Promise<InputError> {
		const why = 'was begun by another principal, or with another credential or scope';
		return refuseUnknownHandle(resume, await this.list(), { keepHours: this.options.keepHours, why });
	}
}

function createHolding(resume: string): Holding {
	return { resume, holder: randomBytes(12).toString('base64url') };
}

function tryParse(text: string): JournalHead | undefined {
	try {
		return parseHead(text);
	} catch {
		return undefined;
	}
}

function tornPlan(): Refused {
	return new Refused('The plan of this call cannot be saved: Redis has lost a part of it.', {
		advice: { again: 'repeat' },
	});
}
