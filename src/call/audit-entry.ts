/** Declares what one line of the audit log holds. */
import type { Changed } from '../errors.js';
import type { ConfirmPolicy } from '../operations/scope.js';

/** How consent to a call was obtained. */
export const CONSENTS = ['none', 'form', 'code', 'skipped', 'refused'] as const;
/** One of {@link CONSENTS}. */
export type Consent = (typeof CONSENTS)[number];

/**
 * `started` before the first change is sent; every call ends with one of the others. After `asked`, the call goes on
 * under the same id when the user's answer comes.
 */
export const OUTCOMES = [
	'started',
	'done',
	'partial',
	'dry_run',
	'confirmation_required',
	'asked',
	'refused',
	'invalid',
	'interrupted',
	'failed',
] as const;

/** Where calls are made from, and what they work on. */
export interface AuditOrigin {
	/** Host of the API, or `sandbox`. */
	readonly api: string;
	/** The policy of consent in force, whichever flag or variable set it. */
	readonly policy: ConfirmPolicy;
	/** Process id of the server, and the user and the machine that it runs as. */
	readonly pid: number;
	readonly user: string | null;
	readonly host: string;
}

/** One line. It holds argument values only where the operator asked for them, since they may be confidential. */
export interface AuditEntry extends AuditOrigin {
	/** ISO 8601, when the line was written. */
	readonly time: string;
	/** Joins the line of a call's start with that of its end. */
	readonly call: string;
	readonly version: string;
	readonly tool: string;
	readonly zone: { readonly id: string; readonly name: string } | null;
	/** SHA-256 of the canonical arguments, in hexadecimal. */
	readonly args_sha256: string;
	/** The arguments, if the operator asked for them, in the first line of a call: names of headers, but never their values. */
	readonly args?: Readonly<Record<string, unknown>>;
	/** How many items of each list are not in `args`, because the line would be too long. */
	readonly args_left_out?: Readonly<Record<string, number>>;
	/** Items by kind. */
	readonly items: Readonly<Record<string, number>>;
	readonly consent: Consent;
	/** What Cloudflare said of a failure, or why the call was refused. */
	readonly reason?: string;
	readonly outcome: (typeof OUTCOMES)[number];
	readonly changed?: Changed;
	/** HTTP statuses of the first 1,000 attempts at a change that may have reached the API, in order; 0 for an attempt without an answer. */
	readonly http: readonly number[];
	readonly cf_rays: readonly string[];
	readonly duration_ms?: number;
	/** Tells credentials apart: the beginning of a SHA-256; null while none was read. */
	readonly credential: string | null;
	readonly client: ClientInfo | null;
	/** Name of the principal. Over HTTP only. */
	readonly principal?: string;
	/** Id of the request that brought the call. Over HTTP only. */
	readonly request?: string;
}

/** The client, as it introduced itself. */
export interface ClientInfo {
	readonly name: string;
	readonly version: string;
}
