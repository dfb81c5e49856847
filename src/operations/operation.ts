/** Defines the record of an operation: the one place where a tool is written down. Everything that follows from it is derived. */
import type { Refused } from '../errors.js';
import type { z } from '../zod.js';
import type { Composition, Steps } from './composite.js';
import type { EnvironmentRef, Outcome, ZoneRef } from './outcome.js';
import type { PermissionGroup } from './permission.js';
import type { Requirement } from './requirement.js';
import type { ListSummary } from './wording.js';

export type { ReadAnswer } from './composite.js';
export type { EnvironmentRef, Outcome, UnfinishedCall, ZoneRef, ZoneState } from './outcome.js';

/** Families of tools that `--toolsets` knows, in listing order. */
export const TOOLSETS = ['purge', 'reserve', 'tiered', 'variants', 'regions', 'zone'] as const;
/** One family of tools. */
export type Toolset = (typeof TOOLSETS)[number];

/**
 * Method and path in one string. `{name}` takes an argument, and `[…]` is left out when its argument is absent. Arguments
 * that are not in the path become the query of a GET, and the body of every other method.
 */
export type Route = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;

/** An operation that sends requests to one route, in contrast to a composite. */
export type RoutedOperation = Extract<Operation, { route: Route }>;

/** An operation whose own outcome is put into words. */
export type SummarizedOperation = Extract<Operation, { route: Route } | { run: unknown }>;

/** The operation that finishes what others began. */
export type ResumingOperation = Extract<Operation, { resumes: true }>;

/** What a composite is given to build its result from. */
export type CompositeContext<Args = Record<string, never>> = Composition<Operation, Args>;

/** The operation whose changes are calls of other operations. */
export type SteppedOperation = Extract<Operation, { plan: unknown }>;

/** Kind (the name of a list argument) → the body of one request that carries some of its items. */
export type Split = Readonly<Record<string, (items: readonly unknown[]) => unknown>>;

/** The fields that every record has. */
interface CommonFields<Args> {
	/** Name of the tool: Cloudflare's method path in snake case. At most 33 characters, so that it fits clients that prefix it. */
	readonly name: string;
	/** Title for the user, such as in a client's list of tools. */
	readonly title: string;
	/**
	 * Description for the model, at most 600 characters: what the tool does, when another one is better, what it costs, and
	 * whether it can be undone.
	 */
	readonly description: string;
	readonly toolset: Toolset;
	/** The permission group that the token needs. Read or Edit follows from `danger`. */
	readonly permission: PermissionGroup;
	/** What the zone needs for it; absent where every zone has it. */
	readonly requires?: Requirement;
	/** `false` when calling it twice has another effect than calling it once. Becomes MCP's `idempotentHint`. */
	readonly idempotent?: false;
	/**
	 * `true` for purges and invalidations, which do no harm when they are sent twice. So a request without a usable answer is
	 * sent again, and each request takes its turn in the rate limits for purges.
	 */
	readonly repeatable?: true;
	/** `true` for a change that can remove something stored. Becomes MCP's `destructiveHint`, as `destroy` does. */
	readonly removes?: true;
	/** Arguments from the API's documentation. The tests of the catalogue run them. */
	readonly example: Record<string, unknown>;
	/** Brings valid arguments into the one form in which they are digested, shown and sent. */
	canonicalize?(args: Args): Args;
	/** Checks rules between arguments. Returns what is wrong and what to write instead, or undefined. */
	check?(args: Args): string | undefined;
	/** The host that tells which zone is meant, so that the call need not name it. */
	zoneOf?(args: Args): string;
	/** Yields the host names in the arguments and where each stands. All of them must belong to the zone. */
	hosts?(args: Args): Iterable<readonly [kind: string, index: number | undefined, host: string]>;
}

/** A record whose own outcome is put into words. */
interface Summarized<Args, Result> {
	/** Puts the outcome into words as a colleague would: facts first, 1 to 6 lines besides the rows of a list. */
	summarize(outcome: Outcome<Args, Result>): string | ListSummary;
}

/** A setting on which the effect of a change depends. */
interface Dependency<Args> {
	readonly route: Route;
	/** Says what the change lacks, where the setting has this value; null where it was never set. */
	remark(value: unknown, args: Args): string | undefined;
}

/** The fields of an operation that sends requests to one route. */
interface RequestFields<Args, Result> extends CommonFields<Args>, Summarized<Args, Result> {
	readonly route: Route;
	/** Builds the body where the rule of {@link Route} does not fit. */
	body?(args: Args, current: Result | null | undefined): unknown;
	/** Builds the query where the rule of {@link Route} does not fit. */
	query?(args: Args): Readonly<Record<string, unknown>>;
	/** Lists that are cut at Cloudflare's limit of items per request. Each request carries items of one kind. */
	readonly split?: Split;
	/** The read that precedes a change: of the value that is replaced, or of the state that the change depends on. */
	readonly current?: {
		readonly route: Route;
		/** `true` when the change cannot be computed without it, so that a failed read stops the call. */
		readonly required?: true;
		/** Its name in a dry run, where it is not the value that the change replaces. */
		readonly label?: string;
	};
	/**
	 * Settings that decide whether the change has an effect. They are read while the change is sent, and what cannot be read is
	 * not mentioned.
	 */
	readonly depends?: readonly Dependency<Args>[];
	/**
	 * Finds what stands in the way of the change as things are. The call is refused before the user is asked, and a dry run
	 * says so. `read` gives the result of another operation, or undefined where it cannot be read.
	 */
	obstacle?(
		current: Result | null | undefined,
		read: (operation: Operation) => Promise<unknown>,
	): Promise<Refused | undefined>;
	/** The tool to call for Production in place of this one: everything of Production is everything of all environments. */
	readonly insteadOfProduction?: string;
	/** `true` when the answer is a list of zones, of which only those that `--zones` allows are shown. */
	readonly listsZones?: true;
	/** Moves items that Cloudflare accepted but kept otherwise than they were sent to those that failed. */
	reconcile?(result: Result, sent: readonly unknown[]): Result;
	/** Says that there is nothing to read or to delete. The API answers such a call with an error, and it is none. */
	unset?(args: Args, zone: ZoneRef): string;
	/** Arguments that choose rows of a list by the value of that field, over all pages. The API has no parameter for them. */
	readonly filters?: readonly string[];
	/** The list that a batch changes. A dry run and a question for consent read it, and show the batch in groups of one line. */
	readonly preview?: {
		readonly list: Operation;
		/** `stored` are the rows of the list; undefined where they could not be read. */
		describe(args: Args, stored: readonly unknown[] | undefined): readonly string[];
	};
	/** Narrows the answer to what was asked for, where the API has no parameter for it. */
	select?(result: Result, args: Args): Result;
	readonly run?: never;
	readonly plan?: never;
	readonly resumes?: never;
}

/** The fields of a composite: an operation that is built from reads of other operations. */
interface CompositeFields<Args, Result> extends CommonFields<Args>, Summarized<Args, Result> {
	run(context: CompositeContext<Args>): Promise<Result>;
	/** Time limit of the whole call, where it has one of its own. */
	readonly timeLimitMs?: number;
	readonly danger: 'read';
	readonly plan?: never;
	readonly route?: never;
	readonly split?: never;
	readonly needsConsent?: never;
	readonly consequence?: never;
	readonly resumes?: never;
}

/** The fields of a composite that changes something. The user must consent where one of its steps says so. */
interface SteppedFields<Args> extends CommonFields<Args> {
	plan(context: CompositeContext<Args>): Promise<Steps<Operation>>;
	readonly danger: 'change';
	readonly run?: never;
	readonly route?: never;
	readonly split?: never;
	readonly needsConsent?: never;
	readonly consequence?: never;
	readonly resumes?: never;
	readonly summarize?: never;
}

/**
 * The fields of the operation that sends what is left of another call. Its requests, its consequence and its summary are
 * those of the operation that began the call.
 */
interface ResumingFields<Args> extends CommonFields<Args> {
	readonly resumes: true;
	readonly danger: 'change';
	readonly plan?: never;
	readonly route?: never;
	readonly run?: never;
	readonly split?: never;
	readonly needsConsent?: never;
	readonly consequence?: never;
	readonly summarize?: never;
}

/** The fields of a record whose calls, all of them or some, need the user's consent. */
interface ConsentFields<Args> {
	/**
	 * Tells the user who decides, in one or two sentences, what is lost, where, and how much. Two calls that differ must have
	 * different texts: the consent to one is none to the other.
	 */
	consequence(args: Args, zone: ZoneRef, environment: EnvironmentRef | undefined): string;
}

/**
 * The fields of a record besides its schemas. `danger` is `read` when nothing changes, `change` when it can be set back or
 * the cache refills by itself, and `destroy` when the user must consent to every call.
 */
type RecordFields<Args, Result> =
	| (RequestFields<Args, Result> & {
			readonly danger: 'read' | 'change';
			readonly needsConsent?: never;
			readonly consequence?: never;
	  })
	| (RequestFields<Args, Result> &
			ConsentFields<Args> & {
				readonly danger: 'change';
				/** Whether these arguments amount to a call that destroys, such as a purge of a whole host. */
				needsConsent(args: Args): boolean;
			})
	| (RequestFields<Args, Result> & ConsentFields<Args> & { readonly danger: 'destroy'; readonly needsConsent?: never })
	| CompositeFields<Args, Result>
	| SteppedFields<Args>
	| ResumingFields<Args>;

/** The schemas of a record. */
interface RecordSchemas<Input, Output> {
	/** Arguments besides `zone`, `dry_run` and `confirm`. Strict, and every field is described. */
	readonly input: Input;
	/** The part of Cloudflare's `result` that is shown. Every other field is left out, so that fields it adds later do no harm. */
	readonly output: Output;
}

/** One operation, with the types of its arguments and its result erased. */
export type Operation = RecordFields<never, never> & RecordSchemas<z.AnyZodObject, z.ZodTypeAny>;

/** Types a record: what its functions take is inferred from its schemas. */
export function defineOperation<Shape extends z.ZodRawShape, Output extends z.ZodTypeAny>(
	record: RecordFields<z.output<z.ZodObject<Shape, 'strict'>>, z.output<Output>> &
		RecordSchemas<z.ZodObject<Shape, 'strict'>, Output>,
): Operation {
	return record as unknown as Operation;
}

/** Whether the user must consent to a call with these arguments. */
export function needsConsent(operation: Operation, args: Readonly<Record<string, unknown>>): boolean {
	return operation.danger === 'destroy' || (operation.needsConsent?.(args as never) ?? false);
}

/** Whether some call of the tool needs consent, so that it takes `confirm`. A resumed call may, and so may a step. */
export function takesConfirm({ consequence, resumes, plan }: Operation): boolean {
	return consequence !== undefined || resumes === true || plan !== undefined;
}

/** True when the operation is about one zone, so that its tool takes `zone`. */
export function needsZone(operation: Operation): boolean {
	return operation.route?.includes('{zone_id}') ?? !operation.resumes;
}
