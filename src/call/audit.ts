/** The audit trail: one line per call that could change something, and one before the first change leaves. */
import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../base/json.js';
import { sanitize } from '../base/sanitize.js';
import { inSlices } from '../base/slices.js';
import { codeOf } from '../base/system-error.js';
import { ApiError, CancelledError, type Changed, Failure, InputError, Refused } from '../errors.js';
import type { Operation, ZoneRef } from '../operations/operation.js';
import type { Plan } from './plan/plan.js';
import type { CallResult } from './result.js';

/** How consent to a call was obtained. */
export type Consent = 'none' | 'form' | 'code' | 'skipped' | 'resumed' | 'refused';

/** One line. Argument values are never in it: they may hold what was to be kept out of sight. */
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
	readonly reason?: string;
	/** `started` before the first change leaves; every call ends with one of the others. */
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
	/** HTTP statuses of all attempts at a change that may have reached the API, in order; 0 for one without an answer. */
	readonly http: readonly number[];
	readonly cf_rays: readonly string[];
	readonly duration_ms?: number;
	readonly client: { readonly name: string; readonly version: string } | null;
}

/** The client as it introduced itself. */
export type ClientInfo = { readonly name: string; readonly version: string };

/** Keeps the trail of all calls. */
export interface AuditLog {
	/** Opens the trail of one call; that of a call which only reads leaves no line. */
	open(operation: Operation, raw: unknown, client: ClientInfo | undefined): AuditRecord;
	/** The last lines of this process, oldest first. */
	recent(): readonly AuditEntry[];
}

/** The trail of one call, filled as it goes on. */
export interface AuditRecord {
	zone: ZoneRef | undefined;
	/** SHA-256 of the canonical arguments, once they are known; before that of the raw ones. */
	digest: string | undefined;
	consent: Consent;
	reason: string | undefined;
	plan: Plan | undefined;
	/** Told of each attempt at a change that may have reached the API; status 0 when no answer came. */
	answered(status: number, ray: string | undefined): void;
	/** Writes the line that precedes a change. Throws Refused when it cannot be written: then nothing may be sent. */
	start(): void;
	/** Writes the line of the outcome. */
	end(outcome: { result: CallResult } | { error: unknown }): void;
}

/** Lines kept in memory for the resource. */
const RECENT = 50;

/** The trail's keeper. `write` appends one line to the log and throws when it cannot; without it nothing is written. */
export function createAuditLog(options: {
	version: string;
	now: () => number;
	write?: ((line: string) => void) | undefined;
	/** Told when the line of an outcome could not be written: the change itself has its line of the start. */
	onLost(problem: string): void;
}): AuditLog {
	const { version, now, write } = options;
	const recent: AuditEntry[] = [];

	const keep = (entry: AuditEntry) => {
		write?.(`${JSON.stringify(entry)}\n`);
		recent.push(entry);
		if (recent.length > RECENT) recent.shift();
	};

	return {
		recent: () => recent,
		open(operation, raw, client) {
			const began = now();
			const audited = operation.danger !== 'read';
			const call = audited ? randomUUID() : '';
			const http: number[] = [];
			const rays: string[] = [];
			const trail: AuditRecord = {
				zone: undefined,
				digest: undefined,
				consent: 'none',
				reason: undefined,
				plan: undefined,
				answered(status, ray) {
					http.push(status);
					if (ray) rays.push(ray);
				},
				start() {
					try {
						keep(compile({ outcome: 'started' }));
					} catch (error) {
						throw new Refused(
							`The audit log cannot be written (${reasonOf(error)}), and without it nothing may be changed.`,
							{
								advice: 'The operator must make the audit log writable.',
								cause: error,
							},
						);
					}
				},
				end(outcome) {
					if (!audited) return;
					try {
						keep(compile({ ...describeOutcome(outcome), duration_ms: Math.round(now() - began) }));
					} catch (error) {
						options.onLost(
							`the audit line of ${operation.name} (call ${call}) could not be written (${reasonOf(error)})`,
						);
					}
				},
			};
			const compile = (end: Pick<AuditEntry, 'outcome'> & Partial<AuditEntry>): AuditEntry => ({
				time: new Date(now()).toISOString(),
				call,
				version,
				tool: operation.name,
				zone: trail.zone ? { id: trail.zone.id, name: trail.zone.name } : null,
				args_sha256: trail.digest ?? digest(raw),
				items: trail.plan?.items ?? {},
				consent: trail.consent,
				...(trail.reason !== undefined && { reason: trail.reason }),
				http: [...http],
				cf_rays: [...rays],
				client: client ? { name: sanitize(client.name, 100), version: sanitize(client.version, 40) } : null,
				...end,
			});
			return trail;
		},
	};
}

/** SHA-256 of canonical arguments: of their JSON with sorted keys, long lists piece by piece. */
export async function digestArguments(args: Readonly<Record<string, unknown>>): Promise<string> {
	const hash = createHash('sha256');
	for (const name of Object.keys(args).sort()) {
		const value = args[name];
		hash.update(`${JSON.stringify(name)}:`);
		if (!Array.isArray(value)) hash.update(canonicalJson(value) ?? '');
		else for await (const slice of inSlices(value)) hash.update(canonicalJson(slice));
	}
	return hash.digest('hex');
}

function digest(raw: unknown): string {
	let text = '';
	try {
		text = canonicalJson(raw ?? {}) ?? '';
	} catch {
		// Nested too deep to be written: such arguments are refused, and the line of it must not be lost.
	}
	return createHash('sha256').update(text).digest('hex');
}

function describeOutcome(
	outcome: { result: CallResult } | { error: unknown },
): Pick<AuditEntry, 'outcome' | 'changed' | 'reason'> {
	if ('result' in outcome) return { outcome: outcome.result.structuredContent?.status ?? 'done' };
	const { error } = outcome;
	const kind =
		error instanceof Refused
			? 'refused'
			: error instanceof InputError
				? 'invalid'
				: error instanceof CancelledError
					? 'interrupted'
					: 'failed';
	return {
		outcome: kind,
		changed: error instanceof Failure ? error.changed : 'unknown',
		// What was wrong with arguments quotes them, so it stays out.
		...(error instanceof ApiError && error.source !== undefined && { reason: error.source }),
		...(error instanceof Refused && { reason: sanitize(error.message, 200) }),
	};
}

function reasonOf(error: unknown): string {
	return codeOf(error) ?? sanitize((error as Error).message, 100);
}
