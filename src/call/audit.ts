/** Keeps the audit log: for each call that could change something, a line before the first change and a line with its outcome. */
import { randomUUID } from 'node:crypto';
import { sanitize } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import type { Api } from '../cloudflare/api.js';
import { ApiError, CancelledError, type Changed, Failure, InputError, Refused } from '../errors.js';
import type { Operation, ZoneRef } from '../operations/operation.js';
import { digestRaw } from './digest.js';
import type { Plan } from './plan/plan.js';
import type { CallResult } from './result.js';

/** How consent to a call was obtained. */
type Consent = 'none' | 'form' | 'code' | 'skipped' | 'refused';

/** One line. It holds no argument values, since they may be confidential. */
export interface AuditEntry {
	/** ISO 8601, when the line was written. */
	readonly time: string;
	/** Joins the line of a call's start with that of its end. */
	readonly call: string;
	readonly version: string;
	readonly tool: string;
	readonly zone: { readonly id: string; readonly name: string } | null;
	/** SHA-256 of the canonical arguments, in hexadecimal. */
	readonly args_sha256: string;
	/** Items by kind. */
	readonly items: Readonly<Record<string, number>>;
	readonly consent: Consent;
	/** What Cloudflare said of a failure, or why the call was refused. */
	readonly reason?: string;
	/** `started` before the first change is sent; every call ends with one of the others. */
	readonly outcome:
		| 'started'
		| 'done'
		| 'partial'
		| 'dry_run'
		| 'confirmation_required'
		| 'refused'
		| 'invalid'
		| 'interrupted'
		| 'failed';
	readonly changed?: Changed;
	/** HTTP statuses of all attempts at a change that may have reached the API, in order; 0 for an attempt without an answer. */
	readonly http: readonly number[];
	readonly cf_rays: readonly string[];
	readonly duration_ms?: number;
	readonly client: ClientInfo | null;
}

/** The client, as it introduced itself. */
export interface ClientInfo {
	readonly name: string;
	readonly version: string;
}

/** What an audit log is made of. */
interface AuditOptions {
	/** Version of this server. */
	readonly version: string;
	/** Milliseconds since 1970. */
	now(): number;
	/** Appends a line to the file, and throws when it cannot. Without it, lines are kept in memory only. */
	readonly write?: ((line: string) => void) | undefined;
	/** Told when the line of an outcome could not be written. The line of the start is in the log by then. */
	onLost(problem: string): void;
}

/** Lines kept in memory for the resource cf-cache://audit/recent. */
const MAX_RECENT = 50;

/** The audit log of a process. */
export class AuditLog {
	private readonly options: AuditOptions;
	private readonly entries: AuditEntry[] = [];

	constructor(options: AuditOptions) {
		this.options = options;
	}

	/** Opens the record of one call. */
	open(operation: Operation, raw: unknown, client: ClientInfo | undefined): AuditRecord {
		return new AuditRecord({ operation, raw, client, ...this.options, append: (entry) => this.append(entry) });
	}

	/** The last MAX_RECENT lines of this process, oldest first. */
	recent(): readonly AuditEntry[] {
		return this.entries;
	}

	private append(entry: AuditEntry): void {
		this.options.write?.(`${JSON.stringify(entry)}\n`);
		this.entries.push(entry);
		if (this.entries.length > MAX_RECENT) this.entries.shift();
	}
}

interface RecordOptions extends Pick<AuditOptions, 'version' | 'now' | 'onLost'> {
	readonly operation: Operation;
	/** The arguments as they came. */
	readonly raw: unknown;
	readonly client: ClientInfo | undefined;
	/** Adds a line to the log, and throws when it cannot. */
	append(entry: AuditEntry): void;
}

type Ending = Pick<AuditEntry, 'outcome' | 'changed' | 'reason' | 'duration_ms'>;

/** The record of one call, filled in as the call goes on. A call that only reads leaves no line. */
export class AuditRecord {
	zone: ZoneRef | undefined;
	/** SHA-256 of the canonical arguments; until they are known, the line has that of the raw ones. */
	digest: string | undefined;
	consent: Consent = 'none';
	plan: Plan | undefined;
	private readonly options: RecordOptions;
	private readonly beganMs: number;
	private readonly id: string;
	private readonly statuses: number[] = [];
	private readonly rays: string[] = [];

	constructor(options: RecordOptions) {
		this.options = options;
		this.beganMs = options.now();
		this.id = this.leavesLines ? randomUUID() : '';
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
		} catch (error) {
			throw new Refused(`The audit log cannot be written (${reasonOf(error)}), so no change is allowed.`, {
				advice: 'Ask the operator to make the audit log writable.',
				cause: error,
			});
		}
	}

	/** Writes the line of the outcome. */
	end(outcome: { result: CallResult } | { error: unknown }): void {
		if (!this.leavesLines) return;
		const { operation, now, append, onLost } = this.options;
		try {
			append(this.toEntry({ ...describeOutcome(outcome), duration_ms: Math.round(now() - this.beganMs) }));
		} catch (error) {
			onLost(`the audit line of ${operation.name} (call ${this.id}) could not be written (${reasonOf(error)})`);
		}
	}

	private get leavesLines(): boolean {
		return this.options.operation.danger !== 'read';
	}

	private toEntry(ending: Ending): AuditEntry {
		const { version, now, operation, raw, client } = this.options;
		const { id, zone, digest, plan, consent, statuses, rays } = this;
		return {
			time: new Date(now()).toISOString(),
			call: id,
			version,
			tool: operation.name,
			zone: zone ? { id: zone.id, name: zone.name } : null,
			args_sha256: digest ?? digestRaw(raw),
			items: plan?.items ?? {},
			consent,
			http: [...statuses],
			cf_rays: [...rays],
			client: client ? { name: sanitize(client.name, 100), version: sanitize(client.version, 40) } : null,
			...ending,
		};
	}
}

/** An API that notes in the record every attempt that may have changed something. */
export function withAudit(api: Api, record: AuditRecord): Api {
	const attempted = (status: number, ray: string | undefined) => record.noteAttempt(status, ray);
	return (request, about) => api(request, request.method === 'GET' ? about : { ...about, attempted });
}

function describeOutcome(outcome: { result: CallResult } | { error: unknown }): Ending {
	if ('result' in outcome) return { outcome: outcome.result.structuredContent?.status ?? 'done' };
	const { error } = outcome;
	return {
		outcome: kindOf(error),
		changed: error instanceof Failure ? error.changed : 'unknown',
		// The message of an InputError quotes arguments, so it stays out.
		...(error instanceof ApiError && error.source !== undefined && { reason: error.source }),
		...(error instanceof Refused && { reason: sanitize(error.message, 200) }),
	};
}

function kindOf(error: unknown): AuditEntry['outcome'] {
	if (error instanceof Refused) return 'refused';
	if (error instanceof InputError) return 'invalid';
	return error instanceof CancelledError ? 'interrupted' : 'failed';
}

function reasonOf(error: unknown): string {
	return codeOf(error) ?? sanitize(error instanceof Error ? error.message : String(error), 100);
}
