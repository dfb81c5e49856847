/** Confirms a destructive call by a form: only a user who types the zone name consents. */
import type { Wording } from '../../base/audience.js';
import { Cancel, type Signal } from '../../base/cancel.js';
import { type Clock, repeatEvery } from '../../base/clock.js';
import { isTypedAs } from '../../base/identifiers.js';
import { Refused } from '../../errors.js';
import { HEARTBEAT_MS, type Progress } from '../progress.js';

/** What came back from a form. `invalid` covers clients that fail and answers without a zone name. */
export type FormAnswer =
	| { readonly kind: 'typed'; readonly text: string }
	| { readonly kind: 'declined' | 'cancelled' | 'invalid' };

/** What the form says: the consequence of the call, and the zone name that confirms it. */
export interface FormQuestion {
	readonly consequence: string;
	readonly zoneName: string;
}

/** Shows the user a form and returns the answer. When `cancel` aborts, the form closes and its answer no longer counts. */
export type AskUser = (question: FormQuestion, cancel: Cancel) => Promise<FormAnswer>;

/** The call that needs consent, and how it reaches its user. */
interface FormCall {
	readonly askUser: AskUser;
	/** Closes the form when it aborts. */
	readonly signal: Signal | undefined;
	readonly progress: Progress | undefined;
}

/** The user may be away from the keyboard; a form that stays open longer counts as refused. */
const FORM_TIMEOUT_MINUTES = 5;
const FORM_TIMEOUT_MS = FORM_TIMEOUT_MINUTES * 60_000;

/** After MAX_REFUSALS within REFUSALS_WINDOW_MS, no form is shown until the oldest refusal is that old. */
const MAX_REFUSALS = 3;
const REFUSALS_WINDOW_MINUTES = 10;
const REFUSALS_WINDOW_MS = REFUSALS_WINDOW_MINUTES * 60_000;
/** Wrong texts within REFUSALS_WINDOW_MS that count as slips. Each further one counts as a refusal. */
const MAX_SLIPS = 2;

const REFUSALS: Readonly<Record<FormAnswer['kind'] | 'unanswered', Wording>> = {
	typed: {
		agent: 'The text typed in the confirmation form is not the zone name.',
		shell: 'What you typed is not the zone name.',
	},
	declined: 'The confirmation form was declined.',
	cancelled: {
		agent: 'The confirmation form was closed without an answer.',
		shell: 'The question was left without an answer.',
	},
	invalid: 'The confirmation form came back without a usable answer.',
	unanswered: {
		agent: `The confirmation form was not answered within ${FORM_TIMEOUT_MINUTES} minutes.`,
		shell: `The question was not answered within ${FORM_TIMEOUT_MINUTES} minutes.`,
	},
};

const AFTER_REFUSAL: Wording = {
	agent:
		'Ask the user before you try again. If this client declines forms without showing them, the operator can start the server with --confirm code.',
	shell: 'Run the command again if you want it.',
};

/**
 * Shows forms to one user: one open at a time, and none for a while after several refusals, whatever tools they were for. So a
 * model cannot wear the user down by asking again and again.
 */
export class Forms {
	/** Times of refusals and of slips, in milliseconds since 1970. */
	private refusals: readonly number[] = [];
	private slips: readonly number[] = [];
	private isOpen = false;
	private readonly clock: Clock;

	constructor(clock: Clock) {
		this.clock = clock;
	}

	/** Returns only when the user typed the zone name; every other answer throws Refused. */
	async confirm(call: FormCall, question: FormQuestion): Promise<void> {
		if (this.isOpen)
			throw new Refused('A confirmation form is open already, and only one is shown at a time.', {
				advice: 'Wait until the user has answered it, then call again if it is still needed.',
			});
		this.refuseMore();
		this.isOpen = true;
		try {
			this.judge(await this.show(call, question), question);
		} finally {
			this.isOpen = false;
		}
	}

	/** Returns only when the answer is the zone name. Counts every other answer, and throws Refused. */
	judge(answer: FormAnswer | { readonly kind: 'unanswered' }, { zoneName }: FormQuestion): void {
		if (answer.kind === 'typed' && isTypedAs(answer.text, zoneName)) return;
		this.noteRefusal(answer.kind);
		throw new Refused(REFUSALS[answer.kind], {
			advice: AFTER_REFUSAL,
		});
	}

	/** Throws Refused while no further form may be shown, because the user has refused several. */
	refuseMore(): void {
		this.refusals = this.recent(this.refusals);
		if (this.refusals.length >= MAX_REFUSALS)
			throw new Refused(
				`Confirmation forms were refused ${MAX_REFUSALS} times within ${REFUSALS_WINDOW_MINUTES} minutes, so none is shown for now.`,
				{ advice: `Stop trying. The user can ask for it again in ${REFUSALS_WINDOW_MINUTES} minutes.` },
			);
	}

	/** Whether a form is open, or refusals still count. */
	get isInUse(): boolean {
		return this.isOpen || this.recent(this.refusals).length > 0 || this.recent(this.slips).length > 0;
	}

	private noteRefusal(kind: FormAnswer['kind'] | 'unanswered'): void {
		const now = this.clock.now();
		this.slips = this.recent(this.slips);
		if (kind === 'typed' && this.slips.length < MAX_SLIPS) this.slips = [...this.slips, now];
		else this.refusals = [...this.refusals, now];
	}

	private recent(times: readonly number[]): readonly number[] {
		const since = this.clock.now() - REFUSALS_WINDOW_MS;
		return times.filter((time) => time > since);
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

	/** Resolves after FORM_TIMEOUT_MS, or when `over` aborts. A comparison of clocks could miss the end: timers fire early. */
	private async timeout(over: Cancel): Promise<{ readonly kind: 'unanswered' }> {
		await this.clock.sleep(FORM_TIMEOUT_MS, over);
		return { kind: 'unanswered' };
	}
}
