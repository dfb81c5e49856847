/** Removes the secrets of one principal, whose tokens change, and those of the operator. */
import { Redactor } from '../base/redact.js';

/** Texts that are known at once. Access tokens follow each other, and each costs every text of every answer some time. */
const MAX_TEXTS = 16;

/** A secret, with the redactor of it alone: compiling one pattern for all of them anew with each token takes too long. */
interface Known {
	readonly text: string;
	readonly redactor: Redactor;
}

/** The redactor of a principal. */
export class OwnRedactor {
	private readonly operator: Redactor;
	/** The one that was named longest ago first. */
	private known: readonly Known[] = [];

	constructor(operator: Redactor) {
		this.operator = operator;
	}

	/** Removes these texts too, from now on. Where there are too many, those named longest ago are forgotten. */
	protect(texts: readonly string[]): void {
		for (const text of texts) {
			const named = this.known.find((one) => one.text === text) ?? { text, redactor: redactorOf(text) };
			this.known = [...this.known.filter((one) => one !== named), named].slice(-MAX_TEXTS);
		}
	}

	/** As {@link Redactor.redact}. */
	readonly redact = <Value>(value: Value): Value => this.operator.redact(this.redactOwn(value));

	/** As {@link Redactor.toOutput}. */
	readonly toOutput = <Value>(value: Value): Value => this.operator.toOutput(this.redactOwn(value));

	private redactOwn<Value>(value: Value): Value {
		return this.known.reduce((shown, { redactor }) => redactor.redact(shown), value);
	}
}

function redactorOf(text: string): Redactor {
	const redactor = new Redactor();
	redactor.add(text);
	return redactor;
}
