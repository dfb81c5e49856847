/** Declares how calls of several requests are kept until they are done, so that a crash of the process loses none of them. */
import type { Signal } from '../base/cancel.js';
import type { UnfinishedCall, ZoneRef } from '../operations/operation.js';
import type { Plan } from './plan/plan.js';

export type { UnfinishedCall };

/** How long an unfinished call can be resumed. */
export const KEEP_HOURS = 24;

/** The credential and the API that a call was begun with. Only the same two may see it and finish it. */
export interface Owner {
	/** `sandbox`, or the root URL of the API. */
	readonly api: string;
	/** Tells credentials apart: the beginning of a SHA-256. */
	readonly credential: string;
}

/** What is stored of a call beside its arguments. */
export interface WorkFacts {
	readonly owner: Owner;
	readonly tool: string;
	readonly zone: PendingWork['zone'];
}

/** Decides which stored calls this server may see and finish. What is stored is an input, never a proof. */
export interface WorkRule {
	/** Whose work is begun now. */
	owner(): Promise<Owner>;
	/** Whether this server may know of a stored call. */
	admits(facts: WorkFacts): Promise<boolean>;
	/** The work, checked as if a caller had sent it. Throws a Failure when a caller could not have. */
	check(work: PendingWork): Promise<PendingWork>;
}

/** The part of a call that is stored. */
export interface PendingWork {
	readonly tool: string;
	readonly zone: ZoneRef & { readonly account: string; readonly accountId: string };
	/** All arguments except the lists that were split into requests. */
	readonly args: Readonly<Record<string, unknown>>;
	/** All requests, in their order. */
	readonly requests: readonly { readonly kind: string; readonly items: readonly unknown[] }[];
}

/** The sole right of this process to work on a stored call. */
export interface Lease {
	/** The handle that resumes the call. */
	readonly resume: string;
	readonly work: PendingWork;
	/** Indexes of the requests that are not done, in their order. */
	readonly remaining: readonly number[];
	/** False once the store has lost the call for good, so that its handle is of no use. Absent where that cannot happen. */
	readonly isKept?: boolean | undefined;
	/** Aborts when another process has taken the call over: this one sends no more of it. Absent where that cannot happen. */
	readonly lost?: Signal | undefined;
	/** Notes that a request was accepted, by its index. */
	done(index: number): Promise<void>;
	/** Ends the lease: deletes the call when `finished`, else leaves it to the next call with its handle. */
	release(finished: boolean): Promise<void>;
}

/** The store of unfinished calls. */
export interface Unfinished {
	/** Stores a call before its first request is sent. Throws Refused when it cannot be stored. */
	begin(work: PendingWork): Promise<Lease>;
	/** Leases a stored call. Throws InputError for a handle that this server does not list, Refused while another call has the lease. */
	lease(resume: string): Promise<Lease>;
	/** All calls that this server may resume, oldest first. */
	list(): Promise<readonly UnfinishedCall[]>;
}

/** What is stored of a plan of several requests. */
export function toPendingWork(
	tool: string,
	zone: PendingWork['zone'],
	args: Readonly<Record<string, unknown>>,
	plan: Plan,
): PendingWork {
	const rest = Object.fromEntries(Object.entries(args).filter(([name]) => !(name in plan.items)));
	const { state: _, ...kept } = zone;
	return { tool, zone: kept, args: rest, requests: plan.requests.map(({ kind = '', items }) => ({ kind, items })) };
}
