/** Questions to the user of a terminal. */
import { createInterface } from 'node:readline/promises';
import type { AskUser } from '../call/consent/codes.js';

/** Asks on a terminal for the zone name. */
export function askOnTerminal(
	input: NodeJS.ReadableStream,
	output: NodeJS.WritableStream,
	signal: AbortSignal,
): AskUser {
	return async ({ consequence, zoneName }) => {
		const terminal = createInterface({ input, output });
		try {
			// The end of the input answers nothing, and leaves the question open for ever.
			const ended = new Promise<never>((_, reject) =>
				terminal.once('close', () => reject(new Error('the input ended'))),
			);
			const question = `${consequence}\nTo confirm, type the zone name (${zoneName}): `;
			return { kind: 'typed', text: await Promise.race([terminal.question(question, { signal }), ended]) };
		} catch {
			return { kind: 'cancelled' };
		} finally {
			terminal.close();
		}
	};
}
