/** Declares what operations are given: a request whose caller, route and zone are known. */
import type { Answer } from './answers.js';
import type { Body } from './body.js';
import type { Caller } from './credentials.js';
import type { Origin } from './edge/origin.js';
import type { Limits } from './limits.js';
import type { Zone } from './zones.js';

/** How the sandbox behaves where it has a choice. */
export interface Behavior {
	/** Milliseconds since 1970. */
	now: () => number;
	/** How long a Cache Reserve clear runs. */
	clearTakesMs: number;
	/** What GET answers when Smart Tiered Cache was never set. */
	smartMissing: '404' | 'off';
	/** Answers in place of the zones' origin servers. */
	origin: Origin;
}

/** One request to an operation. */
export interface Call {
	caller: Caller;
	/** The zones this caller can see. */
	visible: Zone[];
	parameters: Record<string, string>;
	/** As sent, without the query; some errors quote it. */
	path: string;
	query: URLSearchParams;
	contentType: string;
	body: Body;
	behavior: Behavior;
	limits: Limits;
}

/** An operation. The caller needs any one of `permissions`; without them every caller may run it. */
export type Route = { permissions?: readonly string[] } & (
	| { handle: (call: Call) => Answer }
	| { handleZone: (zone: Zone, call: Call) => Answer }
);

/** Formats a time (milliseconds since 1970) as the API does. */
export function formatTime(ms: number): string {
	return new Date(ms).toISOString();
}
