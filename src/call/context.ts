/** Declares what all calls share, and what belongs to one call. */

import { AGENT, type Reader } from '../base/audience.js';
import type { Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import type { Api } from '../cloudflare/api.js';
import type { EdgeFetch } from '../cloudflare/edge/edge-fetch.js';
import type { CallLimits, Zone, Zones } from '../cloudflare/zones.js';
import type { ZoneArgument } from '../operations/input.js';
import type { EnvironmentRef, Operation } from '../operations/operation.js';
import type { Block, ConfirmPolicy } from '../operations/scope.js';
import type { AuditLog, AuditRecord } from './audit.js';
import type { ClientInfo } from './audit-entry.js';
import type { Codes } from './consent/codes.js';
import type { AskUser, Forms } from './consent/forms.js';
import type { LaterForm } from './consent/later-form.js';
import type { Seals } from './consent/seals.js';
import type { OnProblem } from './problem.js';
import type { Progress } from './progress.js';
import type { Snapshots } from './snapshots.js';
import type { Unfinished } from './unfinished.js';
import type { ZoneRule } from './zone-rule.js';

/** What all calls share. */
export interface Deps {
	readonly operations: ReadonlyMap<string, Operation>;
	/** What forbids an operation, if anything. */
	blockOf(operation: Operation): Block | undefined;
	/** What forbids reading a part of an allowed composite, if anything. */
	blockOfPart(part: Operation): Block | undefined;
	readonly api: Api;
	/** Fetches URLs of zones, as visitors do. */
	readonly edge: EdgeFetch;
	readonly zones: Zones;
	readonly zoneRule: ZoneRule;
	readonly codes: Codes;
	readonly seals: Seals;
	readonly forms: Forms;
	readonly audit: AuditLog;
	readonly unfinished: Unfinished;
	readonly snapshots: Snapshots;
	readonly clock: Clock;
	/** The value as a reader may see it: without secrets and without invisible characters. */
	toOutput<Value>(value: Value): Value;
	readonly settings: {
		/** The default zone. */
		readonly zone?: string | undefined;
		readonly zoneArgument: ZoneArgument;
		/** The zone plan whose limits are kept, or `auto` for the plan that Cloudflare gives for the zone. */
		readonly zonePlan: string;
		/** Custom hostnames that need no look-up, in canonical form. */
		readonly customHostnames?: readonly string[] | undefined;
		/** The folder that urls_file may read from. */
		readonly filesRoot?: string | undefined;
		readonly confirm: ConfirmPolicy;
		/** What blocks calls that need consent; undefined where `confirm` is not `block`. */
		readonly consentBlock?: Block | undefined;
		/** The API is simulated: nothing changes at Cloudflare. */
		readonly isSandbox: boolean;
		/** Many share the server, so that its files are not those of the caller. */
		readonly isShared: boolean;
	};
}

/** What belongs to one call. */
export interface Context {
	/** Aborts when the call is cancelled. */
	readonly signal?: Signal | undefined;
	/** Aborts when the server closes: requests under way are finished, and a plan of several sends no more. */
	readonly closing?: Signal | undefined;
	/** Aborts when the client has gone without cancelling the call: a request under way is finished, and no other change is sent. */
	readonly gone?: Signal | undefined;
	/** Start of the call's time limit, in milliseconds since 1970. */
	readonly began?: number | undefined;
	/** The client, as it introduced itself. */
	readonly clientInfo?: ClientInfo | undefined;
	/** False for an MCP client that has not introduced itself: it is unknown whether it can show the user a form. */
	readonly isIntroduced?: boolean | undefined;
	/** Present when the client can show the user a form while the call waits. */
	readonly askUser?: AskUser | undefined;
	/** Present when the client can show the user a form after the call, and bring the answer with the next one. */
	readonly laterForm?: LaterForm | undefined;
	/** The folders that the client lets this server read. */
	roots?: (() => Promise<readonly string[]>) | undefined;
	/** Told how far the call is, after each of several requests and at least every HEARTBEAT_MS. */
	readonly progress?: Progress | undefined;
	/** Time limit of the call in milliseconds; none for clients that are told of progress. */
	readonly timeoutMs?: number | undefined;
	/** Who reads the answer; an agent when absent. */
	readonly reader?: Reader | undefined;
	/** Told what went wrong, as data. */
	readonly onProblem?: OnProblem | undefined;
	/** The call is to change something, so that its look-ups count as part of a change. */
	readonly isChange?: boolean | undefined;
	/** Names the request that brought the call, over HTTP, in the audit log and in the lines of the log. */
	readonly requestId?: string | undefined;
	/** Names the call in the audit log and in the lines of the log. A call that brings an answer has the name of that which asked. */
	readonly callId?: string | undefined;
}

/** How a change is asked for. */
export interface Asked {
	readonly isDryRun: boolean;
	/** The code that the caller gives as proof of consent. */
	readonly confirm: string | undefined;
	/** Whether URLs are looked at before and after the change. */
	readonly verifies?: boolean | undefined;
}

/** A call whose arguments were not checked yet. */
export interface StartedCall {
	readonly deps: Deps;
	readonly context: Context;
	readonly auditRecord: AuditRecord;
}

/** A call whose arguments were checked. */
export interface Call extends StartedCall {
	/** Canonical, without zone, dry_run and confirm. */
	readonly args: Readonly<Record<string, unknown>>;
	readonly zone: Zone | undefined;
	/** Sends requests, and notes those that could change something in the audit record. */
	readonly api: Api;
}

/** A call that works on a zone. */
export interface ZoneCall extends Call {
	readonly zone: Zone;
	/** The name or id by which the caller named the zone. */
	readonly reference: string;
	/** The environment, of a call that names one. */
	readonly environment?: EnvironmentRef | undefined;
}

/** How long the requests of this call may take. */
export function limitsOf({ deps, context }: Pick<Call, 'deps' | 'context'>): CallLimits {
	const { signal, timeoutMs, isChange, callId, requestId, began = deps.clock.now() } = context;
	const deadline = timeoutMs === undefined ? undefined : began + timeoutMs;
	return { signal, deadline, isForChange: isChange, callId, requestId };
}

/** The call with no more than this time from now on, for work that must leave the rest of its time to the change. */
export function withTimeLimit(call: ZoneCall, limitMs: number): ZoneCall {
	const { deps, context } = call;
	const now = deps.clock.now();
	const { began = now, timeoutMs = Number.POSITIVE_INFINITY } = context;
	return { ...call, context: { ...context, began, timeoutMs: Math.min(timeoutMs, now - began + limitMs) } };
}

/** Who reads the answer of this call. */
export function readerOf({ context }: Pick<Call, 'context'>): Reader {
	return context.reader ?? AGENT;
}

/** The zone plan whose limits are kept. */
export function zonePlanOf({ deps, zone }: Pick<ZoneCall, 'deps' | 'zone'>): string {
	return deps.settings.zonePlan === 'auto' ? zone.plan : deps.settings.zonePlan;
}
