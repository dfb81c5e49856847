/** Confirms a destructive call by a form: only a user who types the exact zone name consents. */
import { Cancel, type Signal } from '../../base/cancel.js';
import { type Clock, repeatEvery } from '../../base/clock.js';
import { Refused } from '../../errors.js';
import { HEARTBEAT_MS, type Progress } from '../progress.js';

/** What came back from a form. `invalid` covers clients that fail and answers without a zone name. */
export type FormAnswer =
	| { readonly kind: 'typed'; readonly text: string }
	| { readonly kind: 'declined' | 'cancelled' | 'invalid' };

/** What the form says: the consequence of the call, and the zone name that confirms it. */
interface FormQuestion {
	readonly consequence: string;
	readonly zoneName: string;
}

/** Shows the user a form and returns the answer. When `cancel` aborts, the form closes and its answer no longer counts. */
export type AskUser = (question: FormQuestion, cancel: Cancel) => Promise<FormAnswer>;

/** The call that needs consent, and how it reaches its user. */
interface FormCall {
	readonly tool: string;
	readonly askUser: AskUser;
	/** Closes the form when it aborts. */
	readonly signal: Signal | undefined;
	readonly progress: Progress | undefined;
}

/** The user may be away from the keyboard; a form that stays open longer counts as refused. */
const FORM_TIMEOUT_MS = 5 * 60_000;

/** After MAX_REFUSALS within REFUSALS_WINDOW_MS, the tool's form is not shown until the oldest refusal is that old. */
const MAX_REFUSALS = 3;
const REFUSALS_WINDOW_MS = 10 * 60_000;

const REFUSALS: Readonly<Record<FormAnswer['kind'] | 'unanswered', string>> = {
	typed: 'The text typed in the confirmation form is not the zone name.',
	declined: 'The confirmation form was declined.',
	cancelled: 'The confirmation form was closed without an answer.',
	invalid: 'The confirmation form came back without a usable answer.',
	unanswered: 'The confirmation form was not answered within 5 minutes.',
};

/** Shows forms, and counts refusals so that a model cannot wear the user down by asking again and again. */
export class Forms {
	/** Times of refusals in milliseconds since 1970, by tool. */
	private readonly refusals = new Map<string, readonly number[]>();
	private readonly clock: Clock;

	constructor(clock: Clock) {
		this.clock = clock;
	}

	/** Returns only when the user typed exactly the zone name; every other answer throws Refused. */
	async confirm(call: FormCall, question: FormQuestion): Promise<void> {
		const { tool } = call;
		if (this.recentRefusals(tool).length >= MAX_REFUSALS)
			throw new Refused(
				`The form for ${tool} was refused ${MAX_REFUSALS} times within 10 minutes, so it is not shown again for now.`,
				{ advice: 'Stop trying. The user can ask for it again in 10 minutes.' },
			);
		const answer = await this.show(call, question);
		if (answer.kind === 'typed' && answer.text === question.zoneName) return;
		// A mistyped zone name does not count as a refusal.
		if (answer.kind !== 'typed') this.refusals.set(tool, [...this.recentRefusals(tool), this.clock.now()]);
		throw new Refused(REFUSALS[answer.kind], {
			advice:
				'Ask the user before you try again. If this client declines forms without showing them, the operator can start the server with --confirm code.',
		});
	}

	private recentRefusals(tool: string): readonly number[] {
		const since = this.clock.now() - REFUSALS_WINDOW_MS;
		return (this.refusals.get(tool) ?? []).filter((time) => time > since);
	}

	/** Shows the form until it is answered, its call is cancelled or FORM_TIMEOUT_MS have passed. */
	private async show(
		{ askUser, signal, progress }: FormCall,
		question: FormQuestion,
	): Promise<FormAnswer | { readonly kind: 'unanswered' }> {
		const form = new Cancel();
		const unfollow = signal && form.follow(signal);
		const over = new Cancel();
		const stopHeartbeat =
			progress &&
			repeatEvery(this.clock, HEARTBEAT_MS, () => progress(0, undefined, 'waiting for the user to confirm'));
		try {
			const answer = await Promise.race([askUser(question, form), this.timeout(over)]);
			if (answer.kind === 'unanswered') form.abort('The form was not answered in time.');
			return answer;
		} finally {
			over.abort();
			unfollow?.();
			stopHeartbeat?.();
		}
	}

	/** Resolves after FORM_TIMEOUT_MS, and never when `over` aborts first. */
	private async timeout(over: Cancel): Promise<{ readonly kind: 'unanswered' }> {
		const end = this.clock.now() + FORM_TIMEOUT_MS;
		await this.clock.sleep(FORM_TIMEOUT_MS, over);
		if (this.clock.now() < end) await new Promise<never>(() => undefined);
		return { kind: 'unanswered' };
	}
}
