/** Fits a text to its reader: a model behind an MCP client, or the person at a shell. */

/** Who reads a text. The person at a shell is user, operator and client in one. */
type Audience = 'agent' | 'shell';

/** A reader, with what a text for them is made of. */
export interface Reader {
	readonly audience: Audience;
	/** The flags of the command, quoted for a shell, which a command that continues it repeats. Empty for an agent. */
	readonly flags: string;
}

/** The reader of every answer over MCP. */
export const AGENT: Reader = { audience: 'agent', flags: '' };

/** A text that is the same for every reader, or one for each. */
export type Wording = string | Readonly<Record<Audience, string>>;

/** The text as this reader gets it. */
export function wordFor(wording: Wording, { audience }: Pick<Reader, 'audience'>): string {
	return typeof wording === 'string' ? wording : wording[audience];
}

/** Several texts as one, with a space between them. */
export function joinWordings(...parts: readonly Wording[]): Wording {
	const joinFor = (audience: Audience) => parts.map((part) => wordFor(part, { audience })).join(' ');
	return { agent: joinFor('agent'), shell: joinFor('shell') };
}

/** What an agent asks the operator for, and what the person at a shell does. `what` begins with a verb and has no full stop. */
export function askOperator(what: string): Wording {
	return { agent: `Ask the operator to ${what}.`, shell: `${capitalize(what)}.` };
}

/** The same as a statement, behind `finding` and a colon where there is one. */
export function operatorMust(what: string, finding?: string): Wording {
	if (finding !== undefined) return { agent: `${finding}: the operator must ${what}.`, shell: `${finding}: ${what}.` };
	return { agent: `The operator must ${what}.`, shell: `${capitalize(what)}.` };
}

/** What to do about a token that lacks something. */
export const CHANGE_TOKEN: Wording = {
	agent: 'Do not retry until the operator has changed the token.',
	shell: 'Change the token, then call again.',
};

function capitalize(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
