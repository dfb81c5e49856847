/** Asks the user by a form that leaves with the result of the call. The answer comes with the same call, made again. */
import { Refused } from '../../errors.js';
import type { FormAnswer, FormQuestion } from './forms.js';
import type { OpenSeal, Seals } from './seals.js';

/** A form that is answered later. */
export interface LaterForm {
	/**
	 * The answer that came with the call, once, if it answers exactly this question. Undefined where the question must be
	 * asked. Throws Refused where the answer was used before.
	 */
	answerTo(fingerprint: string): Promise<FormAnswer | undefined>;
	/** Lets a question go out with the result. */
	ask(question: FormQuestion, fingerprint: string, callId: string): void;
}

/** What a form is made of. */
export interface SealedFormOptions {
	readonly seals: Seals;
	readonly principal: string;
	readonly tool: string;
	/** The seal that came with the call. */
	readonly seal?: string | undefined;
	/** The answer that came with the call, where it is one. */
	readonly answer?: FormAnswer | undefined;
	/** Lets a question and its seal go out with the result. */
	send(question: FormQuestion, seal: string): void;
}

/** A form whose question and answer belong together by a seal. */
export class SealedForm implements LaterForm {
	/** The call that asked the question that the call answers. */
	readonly callId: string | undefined;
	/** Whether the answer was used by another call meanwhile. */
	wasUsed = false;
	private readonly options: SealedFormOptions;
	private readonly opened: OpenSeal | undefined;
	private answer: FormAnswer | undefined;

	/** Throws SealError where the seal is not acceptable, also without an answer. */
	constructor(options: SealedFormOptions) {
		const { seals, seal, answer } = options;
		this.options = options;
		this.opened = seal === undefined ? undefined : seals.open(options, seal);
		this.callId = this.opened?.callId;
		this.answer = answer;
	}

	async answerTo(fingerprint: string): Promise<FormAnswer | undefined> {
		const { opened, answer } = this;
		if (!opened || !answer) return undefined;
		if (opened.fingerprint === fingerprint) {
			this.answer = undefined;
			if (await opened.take()) return answer;
		} else if (!(await opened.isUsed())) return undefined;
		this.wasUsed = true;
		throw new Refused('The answer to the confirmation form was used already. Each answer works once.', {
			advice: 'Call again without it to ask the user anew.',
		});
	}

	ask(question: FormQuestion, fingerprint: string, callId: string): void {
		const { seals, send } = this.options;
		send(question, seals.close(this.options, { callId, fingerprint }));
	}
}
