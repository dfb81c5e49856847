/** Defines what a call is about, and what is known of it when it has ended. */
import type { PageInfo } from '../base/page-info.js';

/** Fields of Cloudflare's zone that decide whether it caches. */
export interface ZoneState {
	readonly status?: string | undefined;
	readonly paused?: boolean | undefined;
	/** Seconds until development mode ends. */
	readonly development_mode?: number | undefined;
}

/** The zone that a call is about. */
export interface ZoneRef {
	/** 32 hexadecimal characters. */
	readonly id: string;
	/** Domain name. */
	readonly name: string;
	/** The zone plan, as Cloudflare's `legacy_id` names it: free, pro, business, enterprise. */
	readonly plan: string;
	/** What keeps its cache from working as usual; absent where nothing does, or where it is unknown. */
	readonly state?: ZoneState | undefined;
}

/** The Version Management environment that a call is about. */
export interface EnvironmentRef {
	/** 1 to 32 hexadecimal characters. */
	readonly id: string;
	/** Undefined where it was not read, or could not be. */
	readonly name: string | undefined;
}

/** Everything that a finished call knows and `summarize` may put into words. */
export interface Outcome<Args, Result> {
	readonly args: Args;
	/** The zone. An operation without a zone gets a placeholder with empty fields. */
	readonly zone: ZoneRef;
	/** The environment, of a call that names one. */
	readonly environment: EnvironmentRef | undefined;
	/** Cloudflare's `result`. */
	readonly result: Result;
	/** The value before the change: null when it was never set, undefined when it was not read. */
	readonly before: Result | null | undefined;
	readonly page: PageInfo | undefined;
	/** How many items of each kind were sent. Empty when the operation has no `split`. */
	readonly items: Readonly<Record<string, number>>;
	/** How many requests were sent. */
	readonly requests: number;
}

/** A call of several requests that was not finished. Its handle `resume` sends what is left. */
export interface UnfinishedCall {
	readonly resume: string;
	readonly tool: string;
	readonly zone: { readonly id: string; readonly name: string };
	/** How many items of each kind are left. */
	readonly remaining: Readonly<Record<string, number>>;
	/** ISO 8601. */
	readonly started: string;
	/** ISO 8601. */
	readonly expires: string;
}
