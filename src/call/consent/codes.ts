/** Consent: the proof that a destructive call is wanted, bound to this tool, this zone, these arguments, this moment. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../base/json.js';
import { Refused } from '../../errors.js';

/** What a person answered to a form. */
export type FormAnswer =
	| { readonly kind: 'typed'; readonly text: string }
	| { readonly kind: 'declined' | 'cancelled' | 'invalid' | 'unanswered' };

/** Shows a person the consequence and lets them type the zone name. */
export type AskUser = (question: { consequence: string; zoneName: string }) => Promise<FormAnswer>;

/** What is to be done: everything that a code is bound to. */
export interface Intent {
	readonly tool: string;
	readonly zoneId: string;
	/** Canonical, without zone, dry_run and confirm. */
	readonly args: Readonly<Record<string, unknown>>;
	/** What was shown with it: the plan shown is the plan run. */
	readonly shown: { readonly zone: string; readonly plan: string; readonly items: Readonly<Record<string, number>> };
}

/** A code and when it ends. */
export interface Code {
	readonly confirm: string;
	/** ISO 8601. */
	readonly expiresAt: string;
}

/** Two-step codes. */
export interface Codes {
	issue(intent: Intent): Code;
	/** Takes a code, once. Throws Refused with the reason. */
	redeem(code: string, intent: Intent): void;
}

const AGAIN = 'Call again without confirm to get the plan and a new code.';

/**
 * Codes that live `ttl` seconds. `secret` keys the HMAC: random per process, or shared by replicas that serve one client.
 */
export function createCodes(secret: string | Buffer, ttl: number, now: () => number): Codes {
	const used = new Map<string, number>();

	const sign = (intent: Intent, expiry: number) =>
		createHmac('sha256', secret)
			.update(canonicalJson([intent.tool, intent.zoneId, intent.args, intent.shown, expiry]))
			.digest('base64url')
			.slice(0, 22);

	return {
		issue(intent) {
			const expiry = Math.floor(now() / 1000) + ttl;
			return {
				confirm: `${expiry.toString(36)}-${sign(intent, expiry)}`,
				expiresAt: new Date(expiry * 1000).toISOString(),
			};
		},
		redeem(code, intent) {
			const [, stamp, mac] = /^([0-9a-z]{1,9})-([\w-]{22})$/.exec(code.trim()) ?? [];
			if (!stamp || !mac)
				throw new Refused('The confirm argument is not a code that this server issued.', { advice: AGAIN });
			const expiry = Number.parseInt(stamp, 36);
			if (!timingSafeEqual(Buffer.from(sign(intent, expiry)), Buffer.from(mac)))
				throw new Refused(
					'The code was not issued for exactly this call: tool, zone or arguments differ, or another process issued it.',
					{
						advice: AGAIN,
					},
				);
			const seconds = now() / 1000;
			if (seconds >= expiry) throw new Refused('The code has expired.', { advice: AGAIN });
			for (const [other, end] of used) if (end <= seconds) used.delete(other);
			if (used.has(mac)) throw new Refused('The code was used already: a code works once.', { advice: AGAIN });
			used.set(mac, expiry);
		},
	};
}

/** Forms shown to people. */
export interface Forms {
	/** Returns only when the person typed exactly the zone name; everything else throws Refused. */
	ask(tool: string, ask: AskUser, consequence: string, zoneName: string): Promise<void>;
}

/** So many refusals of one tool within the window, and its form is not shown again before one of them is older than that. */
const PATIENCE = { refusals: 3, window: 10 * 60_000 };

const WHAT: Readonly<Record<FormAnswer['kind'], string>> = {
	typed: 'The text typed in the confirmation form is not the zone name.',
	declined: 'The confirmation form was declined.',
	cancelled: 'The confirmation form was closed without an answer.',
	invalid: 'The confirmation form came back without a usable answer.',
	unanswered: 'The confirmation form was not answered in time.',
};

/** Forms that do not wear a person down. `now` in milliseconds. */
export function createForms(now: () => number): Forms {
	const refusals = new Map<string, number[]>();

	const recentOf = (tool: string) => (refusals.get(tool) ?? []).filter((time) => time > now() - PATIENCE.window);

	return {
		async ask(tool, ask, consequence, zoneName) {
			if (recentOf(tool).length >= PATIENCE.refusals)
				throw new Refused(
					`The form for ${tool} was refused ${PATIENCE.refusals} times within ten minutes, so it is not shown again for now.`,
					{
						advice: 'Stop trying. The person can ask for it again in ten minutes.',
					},
				);
			const answer = await ask({ consequence, zoneName });
			if (answer.kind === 'typed' && answer.text === zoneName) return;
			// A slip of the fingers is no refusal.
			if (answer.kind !== 'typed') refusals.set(tool, [...recentOf(tool), now()]);
			throw new Refused(WHAT[answer.kind], {
				advice:
					'Ask the person before trying again. If this client declines forms without showing them, the operator can start the server with --confirm code.',
			});
		},
	};
}
