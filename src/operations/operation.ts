/** The record type: all that is known of one operation. Whatever can be computed from it is computed, not written. */
import type { z } from '../zod.js';

/** Families of tools that `--toolsets` knows, in listing order. */
export const TOOLSETS = ['purge', 'reserve', 'tiered', 'variants', 'regions', 'zone'] as const;
/** One family of tools. */
export type Toolset = (typeof TOOLSETS)[number];

/** Cloudflare's permission groups (all of them in the Zone category) that operations here need. */
export type PermissionGroup = 'Cache Purge' | 'Zone Settings' | 'Zone' | 'Zone Versioning';

/**
 * Method and path in one string. `{name}` takes an argument, `[…]` is left out when its argument is absent; arguments
 * not in the path become the query of a GET and the body of everything else.
 */
export type Route = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;

/** The zone that a call works on. */
export interface ZoneRef {
	/** 32 hexadecimal characters. */
	readonly id: string;
	/** Domain name. */
	readonly name: string;
	/** Plan as Cloudflare's `legacy_id` names it: free, pro, business, enterprise. */
	readonly plan: string;
}

/** Cloudflare's page counters, on list answers. */
export interface PageInfo {
	readonly page?: number;
	readonly per_page?: number;
	readonly count?: number;
	readonly total_count?: number;
	readonly total_pages?: number;
}

/** What a finished call knows when it is put into words. */
export interface Outcome<Args, Result> {
	readonly args: Args;
	/** The zone; for operations without one a placeholder with empty fields. */
	readonly zone: ZoneRef;
	/** Cloudflare's `result`. */
	readonly result: Result;
	/** The current value before the change; null when never set, undefined when not read. */
	readonly before: Result | null | undefined;
	readonly page: PageInfo | undefined;
	/** How many items of each kind were sent; empty for operations that do not split. */
	readonly items: Readonly<Record<string, number>>;
	/** How many requests were sent. */
	readonly requests: number;
}

/** An operation that is one kind of request. */
export type RoutedOperation = Extract<Operation, { route: Route }>;

/** How a composite operation calls another one: the inner call passes the same guard and throws the same failures. */
export type Inner = (operation: Operation, args?: Record<string, unknown>) => Promise<InnerAnswer>;

/** A call of which a part was not done; its handle finishes it. */
export interface UnfinishedCall {
	readonly resume: string;
	readonly tool: string;
	readonly zone: { readonly id: string; readonly name: string };
	/** Items by kind that are left. */
	readonly remaining: Readonly<Record<string, number>>;
	/** ISO 8601. */
	readonly started: string;
	readonly expires: string;
}

/** Answer of an inner call. */
export interface InnerAnswer {
	readonly result: unknown;
	readonly page: PageInfo | undefined;
}

/** Kind (the name of a list argument) → body of one request with some of its items. */
export type Split = Readonly<Record<string, (items: readonly unknown[]) => unknown>>;

interface Described<Args, Result> {
	/** Wire name: Cloudflare's method path in snake case, ≤ 33 characters so that prefixed names fit every client. */
	readonly name: string;
	/** For people, e.g. in a client's tool list. */
	readonly title: string;
	/** For the model, ≤ 600 characters: what it does, when to prefer its neighbour, what it costs, whether it can be undone. */
	readonly description: string;
	readonly toolset: Toolset;
	/** The permission group the token needs; Read or Edit follows from `danger`. */
	readonly permission: PermissionGroup;
	/** False when doing it twice differs from doing it once. */
	readonly idempotent?: false;
	/** Purges: doing it again does no harm, so it is repeated when no answer came, and it draws from a purge bucket. */
	readonly repeatable?: true;
	/** Arguments taken from the API documents; every test of the whole catalogue runs it. */
	readonly example: Record<string, unknown>;
	/** Rules between fields: what is wrong, and what to write instead. */
	check?(args: Args): string | undefined;
	/** What a colleague would say, facts first, 1 to 6 lines. */
	summarize(outcome: Outcome<Args, Result>): string;
}

interface Routed<Args, Result> extends Described<Args, Result> {
	readonly route: Route;
	/** The body where the default rule does not fit; may throw a Failure when the current value forbids the change. */
	body?(args: Args, current: Result | null | undefined): unknown;
	/** The query where the default rule does not fit. */
	query?(args: Args): Readonly<Record<string, unknown>>;
	/** Lists that are split at the documented limit and sent one request per kind. */
	readonly split?: Split;
	/** What is read before a change: the value it replaces, or the state it depends on. */
	readonly current?: {
		readonly route: Route;
		/** The change cannot be computed without it. */
		readonly required?: true;
		/** What it is called in a dry run, where it is not the value that the change replaces. */
		readonly label?: string;
	};
	/** Host names in the arguments, with where they stand: all must lie in the zone. */
	hosts?(args: Args): Iterable<readonly [kind: string, index: number, host: string]>;
	/** The answer is a list of zones, of which only the allowed ones are shown. */
	readonly listsZones?: true;
	/** Narrows the answer to what was asked, where the API has no parameter for it. */
	select?(result: Result, args: Args): Result;
	readonly run?: never;
}

interface Composite<Args, Result> extends Described<Args, Result> {
	/** Built from other operations. */
	run(inner: Inner, zone: ZoneRef, unfinished: readonly UnfinishedCall[]): Promise<Result>;
	readonly danger: 'read';
	readonly route?: never;
	readonly split?: never;
	readonly consequence?: never;
}

interface Schemas<Input, Output> {
	/** Arguments besides `zone`, `dry_run` and `confirm`: strict, every field described. */
	readonly input: Input;
	/** Cloudflare's `result`; loose, since unknown fields pass. */
	readonly output: Output;
}

/** One operation. */
export type Operation = Behaviour<never, never> & Schemas<z.AnyZodObject, z.ZodTypeAny>;

/**
 * The danger of an operation. read: changes nothing. change: can be set back, or refills by itself. destroy: needs the
 * consent of a person, and cannot be written without its consequence.
 */
type Behaviour<Args, Result> =
	| (Routed<Args, Result> & { readonly danger: 'read' | 'change'; readonly consequence?: never })
	| (Routed<Args, Result> & {
			readonly danger: 'destroy';
			/** One sentence for the person who decides: what is lost, where, how much. */
			consequence(args: Args, zone: ZoneRef): string;
	  })
	| Composite<Args, Result>;

/** Writes a record with its argument and result types inferred from its schemas. */
export function defineOperation<Shape extends z.ZodRawShape, Output extends z.ZodTypeAny>(
	record: Behaviour<z.output<z.ZodObject<Shape, 'strict'>>, z.output<Output>> &
		Schemas<z.ZodObject<Shape, 'strict'>, Output>,
): Operation {
	return record as unknown as Operation;
}

/** True when the operation works on one zone, so that its tool takes `zone`. */
export function needsZone(operation: Operation): boolean {
	return operation.route?.includes('{zone_id}') ?? true;
}

/** The permission by Cloudflare's own name, e.g. `Zone › Cache Purge` or `Zone Settings › Edit`. */
export function permissionOf(operation: Operation): string {
	if (operation.permission === 'Cache Purge') return 'Zone › Cache Purge';
	return `${operation.permission} › ${operation.danger === 'read' ? 'Read' : 'Edit'}`;
}
