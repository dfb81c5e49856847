/** What calls share, and what belongs to one of them. */

import type { Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import type { Api } from '../cloudflare/api.js';
import type { CallLimits, Zone, Zones } from '../cloudflare/zones.js';
import type { ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import type { ConfirmPolicy } from '../operations/scope.js';
import type { AuditLog, AuditRecord, ClientInfo } from './audit.js';
import type { AskUser, Codes, Forms } from './consent/codes.js';
import type { Unfinished } from './unfinished.js';
import type { ZoneRule } from './zone-rule.js';

/** What calls share. */
export interface Deps {
	readonly operations: ReadonlyMap<string, Operation>;
	/** The flag that forbids an operation, if any. */
	blockingFlag(operation: Operation): string | undefined;
	/** The same for a read that is part of an allowed operation. */
	blockingFlagOfPart(part: Operation): string | undefined;
	readonly api: Api;
	readonly zones: Zones;
	readonly zoneRule: ZoneRule;
	readonly codes: Codes;
	readonly forms: Forms;
	readonly audit: AuditLog;
	readonly unfinished: Unfinished;
	readonly clock: Clock;
	/** Takes every secret out of a value, whatever form it has there. */
	redact<Value>(value: Value): Value;
	readonly settings: {
		/** The default zone. */
		readonly zone?: string | undefined;
		readonly zoneArgument: ZoneArgument;
		/** auto reads the zone's plan. */
		readonly plan: string;
		/** A folder whose files may be named in calls. */
		readonly filesRoot?: string | undefined;
		readonly confirm: ConfirmPolicy;
	};
}

/** What belongs to one call. */
export interface Context {
	readonly signal?: Signal | undefined;
	/** Aborted when the server is to close: requests under way are still heard, and no more of a plan are sent. */
	readonly closing?: Signal | undefined;
	/** When the call began, and the patience with it (milliseconds since 1970). */
	readonly began?: number | undefined;
	/** The client, as it introduced itself. */
	readonly clientInfo?: ClientInfo | undefined;
	/** Present when the client can show a person a form. */
	readonly askUser?: AskUser | undefined;
	/** Folders that the client lets its server read. */
	roots?: (() => Promise<readonly string[]>) | undefined;
	/** Told how far a call is, in items, after each of several requests and at least every few seconds. */
	progress?: ((done: number, total: number | undefined, message: string) => void) | undefined;
	/** How long the client waits for requests (milliseconds); without end where it is told of progress. */
	readonly timeoutMs?: number | undefined;
}

/** One call on its way. */
export interface Call {
	readonly deps: Deps;
	readonly context: Context;
	/** Canonical, without zone, dry_run and confirm. */
	readonly args: Readonly<Record<string, unknown>>;
	readonly zone: Zone | undefined;
	readonly auditRecord: AuditRecord;
	/** Sends requests, and notes those that could change something in the trail. */
	readonly api: Api;
}

/** How long a request of this call is waited for; without end, where the client is told of progress. */
export function limitsOf({ deps, context }: Pick<Call, 'deps' | 'context'>): CallLimits {
	const { signal, timeoutMs, began = deps.clock.now() } = context;
	return { signal, deadline: timeoutMs === undefined ? undefined : began + timeoutMs };
}
