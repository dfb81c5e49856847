/** Removes the secrets of one principal, whose tokens change, and those of the operator. */
import { Redactor } from '../base/redact.js';

/** Texts that are known at once. Access tokens follow each other, and each costs every text of every answer some time. */
const MAX_TEXTS = 16;
/** How many of the last ones stay when there are too many. */
const KEPT_TEXTS = 8;

/** The redactor of a principal. */
export class OwnRedactor {
	private readonly operator: Redactor;
	private redactor: Redactor;
	/** The oldest first. */
	private texts: readonly string[] = [];

	constructor(operator: Redactor) {
		this.operator = operator;
		this.redactor = new Redactor(operator);
	}

	/** Removes these texts too, from now on. */
	protect(texts: readonly string[]): void {
		const added = texts.filter((text) => !this.texts.includes(text));
		if (added.length === 0) return;
		const isFull = this.texts.length + added.length > MAX_TEXTS;
		const kept = isFull ? this.texts.slice(-KEPT_TEXTS) : this.texts;
		if (isFull) {
			this.redactor = new Redactor(this.operator);
			for (const text of kept) this.redactor.add(text);
		}
		for (const text of added) this.redactor.add(text);
		this.texts = [...kept, ...added];
	}

	/** As {@link Redactor.redact}. */
	readonly redact = <Value>(value: Value): Value => this.redactor.redact(value);

	/** As {@link Redactor.toOutput}. */
	readonly toOutput = <Value>(value: Value): Value => this.redactor.toOutput(value);
}
