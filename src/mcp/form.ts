/** Puts the question for consent into MCP's form, and reads what came back. All revisions have the same form. */
import { isObject } from '../base/json.js';
import type { FormAnswer, FormQuestion } from '../call/consent/forms.js';

/** The parameters of elicitation/create, without the mode. */
export interface FormParams {
	readonly message: string;
	readonly requestedSchema: {
		type: 'object';
		properties: Record<string, { type: 'string'; title: string; description: string }>;
		required: string[];
	};
}

/** The form in which the user types the zone name. */
export function toForm({ consequence, zoneName }: FormQuestion): FormParams {
	return {
		message: `${consequence}\nTo confirm, type the zone name: ${zoneName}`,
		requestedSchema: {
			type: 'object',
			properties: { zone: { type: 'string', title: 'Zone name', description: `Type ${zoneName} to confirm` } },
			required: ['zone'],
		},
	};
}

/** What the user did with the form; undefined where `answer` is no answer to a form. Content without a name is `invalid`. */
export function readFormAnswer(answer: unknown): FormAnswer | undefined {
	const { action, content } = isObject(answer) ? answer : {};
	if (action === 'decline') return { kind: 'declined' };
	if (action === 'cancel') return { kind: 'cancelled' };
	if (action !== 'accept') return undefined;
	return isObject(content) && typeof content.zone === 'string'
		? { kind: 'typed', text: content.zone }
		: { kind: 'invalid' };
}
