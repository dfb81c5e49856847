/** Offers the user of a terminal to keep the token in the keychain of the system. */
import { describeProblem } from '../../config/credential-form.js';
import type { Keychain, RunProgram } from './keychain.js';

/** The user of a terminal. */
export interface User {
	/** Asks for a secret without echo. Returns undefined when the user cancels. */
	askHidden(question: string): Promise<string | undefined>;
	/** Called with each secret, before anything that may hold it is shown. */
	protect(secret: string): void;
	readonly run: RunProgram;
}

/** The user cancelled the whole command. */
export class Cancelled extends Error {
	override name = 'Cancelled';
}

/** How often a text that cannot be a token is asked for again. */
const MAX_ATTEMPTS = 3;

/** Why there is a question, and the token of the environment, if it has one. */
interface Situation {
	readonly why: string;
	readonly envToken: string | undefined;
}

/**
 * Asks for the token and keeps it. Returns whether the keychain has it, and lines about it for the report. Throws Cancelled.
 */
export async function offerKeychain(
	keychain: Keychain,
	user: User,
	{ why, envToken }: Situation,
): Promise<{ isKept: boolean; lines: readonly string[] }> {
	const old = await keychain.read(user.run);
	if (old !== undefined) user.protect(old);
	const enter =
		old !== undefined ? 'take the token that it has' : envToken ? 'take CLOUDFLARE_API_TOKEN' : 'go on without';
	const intro = `${why}\n${keychain.title} can keep the token, and the server then reads it from there.\n`;
	const typed = await askForToken(user, `${intro}API token (not shown; Enter to ${enter}): `);
	const token = typed ?? (old === undefined ? envToken : undefined);
	if (token === undefined && old === undefined) return { isKept: false, lines: [] };
	if (token !== undefined && !(await keychain.keep(user.run, token)))
		return { isKept: false, lines: [`${keychain.title} did not keep the token.`] };
	return { isKept: true, lines: [`${keychain.title} has the token. The file does not hold it.`] };
}

/** Returns undefined where the user gives none. Throws Cancelled. */
async function askForToken(user: User, question: string): Promise<string | undefined> {
	let text = question;
	for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
		const typed = await user.askHidden(text);
		if (typed === undefined) throw new Cancelled();
		if (typed === '') return undefined;
		user.protect(typed);
		const problem = describeProblem('this text', typed, 'token');
		if (problem === undefined) return typed;
		text = `${problem.replace(/^./, (first) => first.toUpperCase())}.\nAPI token: `;
	}
	throw new Cancelled();
}
