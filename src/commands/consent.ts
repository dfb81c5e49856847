/** Obtains consent from the user of `call`: typed on a terminal, or given with the command. A code would end with the process. */
import { isTypedAs } from '../base/identifiers.js';
import { quote } from '../base/sanitize.js';
import type { AskUser } from '../call/consent/forms.js';
import { Refused } from '../errors.js';

/** Takes the zone name that was given with --confirm-zone for what the user types. Throws Refused for another zone. */
export function answerWith(typed: string): AskUser {
	return async ({ consequence, zoneName }) => {
		if (isTypedAs(typed, zoneName)) return { kind: 'typed', text: typed };
		throw new Refused(`${consequence} This needs --confirm-zone ${zoneName}, and ${quote(typed, 100)} was given.`, {
			advice: 'Check which zone you mean, then run the command again.',
		});
	};
}

/** Refuses where there is no terminal to ask on. */
export const refuseToAsk: AskUser = async ({ consequence, zoneName }) => {
	throw new Refused(`${consequence} This needs your consent, and there is no terminal to ask on.`, {
		advice: `Run the command in a terminal, or add --confirm-zone ${zoneName} if you want exactly this.`,
	});
};
