/** What a request has become once caller, route and zone are known. */
import type { Answer } from './answers.js';
import type { Body } from './body.js';
import type { Caller } from './credentials.js';
import type { Limits } from './limits.js';
import type { Zone } from './zones.js';

/** The choices a test or a demo may make about the sandbox's behaviour. */
export interface Behaviour {
	now: () => number;
	clearTakesMs: number;
	smartMissing: '404' | 'off';
}

/** One request, ready to be acted on. */
export interface Call {
	caller: Caller;
	/** The zones this caller can see. */
	visible: Zone[];
	parameters: Record<string, string>;
	/** As sent, without the query: some errors quote it. */
	path: string;
	query: URLSearchParams;
	contentType: string;
	body: Body;
	behaviour: Behaviour;
	limits: Limits;
}

/** An operation: who may run it (any one of the groups; absent = any caller) and what it does. */
export type Route = { permissions?: readonly string[] } & (
	| { act: (call: Call) => Answer }
	| { actOn: (zone: Zone, call: Call) => Answer }
);

/** The clock's time as the API writes it. */
export function writeTime(ms: number): string {
	return new Date(ms).toISOString();
}
