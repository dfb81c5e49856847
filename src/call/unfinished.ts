/** Calls that send several requests, kept until they are done, so that nothing of them is lost with a process or a client. */
import type { UnfinishedCall, ZoneRef } from '../operations/operation.js';
import type { Plan } from './plan/plan.js';

export type { UnfinishedCall };

/** How long an unfinished call can be resumed. */
export const KEEP_HOURS = 24;

/** What of a call is kept. */
export interface PendingWork {
	readonly tool: string;
	readonly zone: ZoneRef & { readonly account: string; readonly accountId: string };
	/** Arguments that are no lists. */
	readonly args: Readonly<Record<string, unknown>>;
	/** All requests, in their order. */
	readonly requests: readonly { readonly kind: string; readonly items: readonly unknown[] }[];
}

/** A piece of work in the hands of this process. */
export interface Lease {
	/** The handle that finishes it. */
	readonly resume: string;
	readonly work: PendingWork;
	/** Indexes of the requests that are left, in their order. */
	readonly remaining: readonly number[];
	/** Notes that a request was accepted. */
	done(index: number): Promise<void>;
	/** Gives it back: forgotten when `finished`, else free for whoever has the handle. */
	release(finished: boolean): Promise<void>;
}

/** Where unfinished work is kept. */
export interface Unfinished {
	/** Keeps a new piece of work, before its first request leaves. Throws Refused when it cannot be kept. */
	begin(work: PendingWork): Promise<Lease>;
	/** Takes up an old one. Throws InputError for an unknown handle, Refused while another process has it. */
	lease(resume: string, tool: string): Promise<Lease>;
	/** All calls that can still be resumed, oldest first. */
	list(): Promise<readonly UnfinishedCall[]>;
}

/** The work of a plan of several requests. */
export function toPendingWork(
	tool: string,
	zone: PendingWork['zone'],
	args: Readonly<Record<string, unknown>>,
	plan: Plan,
): PendingWork {
	const rest = Object.fromEntries(Object.entries(args).filter(([name]) => !(name in plan.items)));
	return { tool, zone, args: rest, requests: plan.requests.map(({ kind = '', items }) => ({ kind, items })) };
}
