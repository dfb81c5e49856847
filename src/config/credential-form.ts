/** Tells a text that can be a credential from one that cannot, which is never sent. */
import { explainPlaceholder, isUnfilledPlaceholder } from './parsers.js';

const FORMS = {
	token: { pattern: /^[\w-]+$/, rule: 'is not a token: a token has only letters, digits, _ and -' },
	email: { pattern: /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/, rule: 'is not an email address' },
} as const;

/** What a text has to look like. */
export type CredentialForm = keyof typeof FORMS;

/** Says why a text cannot be a credential, without repeating it: it may hold one. Returns undefined where it can be. */
export function describeProblem(source: string, text: string, form: CredentialForm): string | undefined {
	if (isUnfilledPlaceholder(text)) return explainPlaceholder(source);
	return FORMS[form].pattern.test(text) ? undefined : `the value of ${source} ${FORMS[form].rule}`;
}
