/** Keeps the audit log: for each call that could change something, a line before the first change and a line with its outcome. */
import { randomUUID } from 'node:crypto';
import { askOperator } from '../base/audience.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../base/metrics.js';
import { sanitize } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import { type Api, isRead } from '../cloudflare/api.js';
import { ApiError, InputError, Refused } from '../errors.js';
import type { Operation, ZoneRef } from '../operations/operation.js';
import type { AuditEntry, AuditOrigin, ClientInfo, Consent } from './audit-entry.js';
import { describeOutcome, type Ending, type Outcome } from './audit-outcome.js';
import { AuditTrail } from './audit-trail.js';
import { compactEntry, type ShownArguments, showArguments } from './audit-values.js';
import { digestRaw } from './digest.js';
import type { Plan } from './plan/plan.js';

/** What an audit log is made of. */
interface AuditOptions {
	/** Version of this server. */
	readonly version: string;
	readonly origin: AuditOrigin;
	/** Adds the arguments to the lines. */
	readonly withValues: boolean;
	/** Names the credential in use for readers; undefined while none was read. */
	credentialId(): string | undefined;
	/** Removes secrets. */
	toOutput<Value>(value: Value): Value;
	/** Milliseconds since 1970. */
	now(): number;
	/** Appends a line to the file, and throws when it cannot. Without it, lines are kept in memory only. */
	readonly write?: ((line: string) => void) | undefined;
	/** Gets the beginning and the end of every call, and each line of an outcome that could not be written. */
	readonly log: Log;
	/** Name of the principal. Absent on a server of one client, whose lines name none. */
	readonly principal?: string | undefined;
	/** Where the lines of earlier logs of this principal are. The log goes on with them. */
	readonly trail?: AuditTrail | undefined;
	readonly metrics?: Metrics | undefined;
}

/** The call that a record is opened for. */
interface OpenedCall {
	readonly clientInfo?: ClientInfo | undefined;
	readonly callId?: string | undefined;
	readonly requestId?: string | undefined;
}

/** The audit log of a principal. */
export class AuditLog {
	private readonly options: AuditOptions;
	private readonly trail: AuditTrail;
	private readonly shared: RecordOptions;

	constructor(options: AuditOptions) {
		this.options = options;
		this.trail = options.trail ?? new AuditTrail();
		this.shared = { ...options, trail: this.trail, append: (entry) => this.append(entry) };
	}

	/** Opens the record of one call, or that of the call `callId`, which it goes on with. Its end must follow. */
	open(operation: Operation, raw: unknown, { clientInfo: client, callId, requestId }: OpenedCall = {}): AuditRecord {
		this.trail.underWay++;
		return new AuditRecord(this.shared, { operation, raw, client, callId, requestId });
	}

	/** The last MAX_RECENT lines, oldest first. */
	recent(): readonly AuditEntry[] {
		return this.trail.entries;
	}

	private append(entry: AuditEntry): void {
		const line = this.options.toOutput(compactEntry(entry));
		this.options.write?.(`${JSON.stringify(line)}\n`);
		// A client may read these entries, and arguments are for the operator.
		const { args: _, args_left_out: __, ...shown } = line;
		this.trail.add(shown);
	}
}

/** What the records of one log share. */
interface RecordOptions extends Omit<AuditOptions, 'write' | 'toOutput' | 'trail'> {
	/** Counts the calls under way. */
	readonly trail: AuditTrail;
	/** Adds a line to the log, and throws when it cannot. */
	append(entry: AuditEntry): void;
}

/** The call that a record is about. */
interface RecordedCall {
	readonly operation: Operation;
	/** The arguments as they came. */
	readonly raw: unknown;
	readonly client: ClientInfo | undefined;
	/** The call that this one goes on with. */
	readonly callId: string | undefined;
	readonly requestId: string | undefined;
}

/** The record of one call, filled in as the call goes on. A call that only reads leaves no line. */
export class AuditRecord {
	zone: ZoneRef | undefined;
	/** SHA-256 of the canonical arguments; until they are known, the line has that of the raw ones. */
	digest: string | undefined;
	/** The arguments; undefined until they are known to be well-formed. */
	args: Readonly<Record<string, unknown>> | undefined;
	consent: Consent = 'none';
	plan: Plan | undefined;
	private readonly options: RecordOptions;
	private readonly call: RecordedCall;
	private readonly beganMs: number;
	private hasStarted = false;
	/** Joins the lines of a call, in this log and in that on stderr. */
	readonly id: string;
	private readonly statuses: number[] = [];
	private readonly rays: string[] = [];

	constructor(options: RecordOptions, call: RecordedCall) {
		this.options = options;
		this.call = call;
		this.id = call.callId ?? randomUUID();
		this.beganMs = options.now();
		const { operation, client, requestId: request } = call;
		options.log('debug', 'call begins', { call: this.id, request, tool: operation.name, client: client?.name });
	}

	/** Notes an attempt at a change that may have reached the API; status 0 when no answer came. */
	noteAttempt(status: number, ray: string | undefined): void {
		this.statuses.push(status);
		if (ray) this.rays.push(ray);
	}

	/** Writes the line that precedes a change. Throws Refused when it cannot be written: then nothing may be sent. */
	start(): void {
		try {
			this.options.append(this.toEntry({ outcome: 'started' }));
			this.hasStarted = true;
		} catch (error) {
			throw new Refused(`The audit log cannot be written (${reasonOf(error)}), so no change is allowed.`, {
				advice: askOperator('make the audit log writable'),
				cause: error,
			});
		}
	}

	/** Writes the line of the outcome, and logs it. */
	end(outcome: Outcome): void {
		const { now, append, log, trail, metrics } = this.options;
		const { operation } = this.call;
		const tookMs = now() - this.beganMs;
		const ending = describeOutcome(outcome, Math.round(tookMs));
		trail.underWay--;
		this.logEnd(ending, outcome);
		const { name: tool } = operation;
		metrics?.callEnded({ tool, outcome: ending.outcome, consent: this.consent, seconds: tookMs / 1_000 });
		if (!this.leavesLines) return;
		try {
			append(this.toEntry(ending));
		} catch (error) {
			log('error', `the audit line of ${operation.name} (call ${this.id}) could not be written (${reasonOf(error)})`);
		}
	}

	/** Arguments stay out of this log too, and so do messages that may quote them: those of the API and of wrong arguments. */
	private logEnd({ outcome, changed, reason, duration_ms }: Ending, ended: Outcome): void {
		const { options, call, id, zone, plan, consent } = this;
		const error = 'error' in ended ? ended.error : undefined;
		const quotes = error instanceof ApiError || error instanceof InputError;
		options.log('info', 'call', {
			tool: call.operation.name,
			zone: zone?.name,
			outcome,
			changed,
			...plan?.items,
			consent: consent === 'none' ? undefined : consent,
			ms: duration_ms,
			call: id,
			request: call.requestId,
			reason: reason ?? (error instanceof Error && !quotes ? error.message : undefined),
		});
	}

	private get leavesLines(): boolean {
		return this.call.operation.danger !== 'read';
	}

	private toEntry(ending: Ending): AuditEntry {
		const { version, origin, now, credentialId, principal } = this.options;
		const { operation, raw, client, requestId } = this.call;
		const { id, zone, digest, plan, consent, statuses, rays } = this;
		return {
			time: new Date(now()).toISOString(),
			call: id,
			version,
			tool: operation.name,
			zone: zone ? { id: zone.id, name: zone.name } : null,
			args_sha256: digest ?? digestRaw(raw),
			...this.shownArguments(),
			items: plan?.items ?? {},
			consent,
			http: [...statuses],
			cf_rays: [...rays],
			client: client ? { name: client.name, version: client.version } : null,
			...(principal !== undefined && { principal }),
			...(requestId !== undefined && { request: requestId }),
			...origin,
			credential: credentialId() ?? null,
			...ending,
		};
	}

	private shownArguments(): ShownArguments {
		const { options, args, hasStarted } = this;
		return options.withValues && args && !hasStarted ? showArguments(args) : {};
	}
}

/** An API that notes in the record every attempt that may have changed something. */
export function withAudit(api: Api, record: AuditRecord): Api {
	const attempted = (status: number, ray: string | undefined) => record.noteAttempt(status, ray);
	return (request, about) => api(request, isRead(request) ? about : { ...about, attempted });
}

function reasonOf(error: unknown): string {
	return codeOf(error) ?? sanitize(error instanceof Error ? error.message : String(error), 100);
}
