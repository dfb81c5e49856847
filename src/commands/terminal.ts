/** Asks the user of a terminal. */
import { createInterface } from 'node:readline/promises';
import type { AskUser } from '../call/consent/forms.js';

/**
 * Returns a question for the zone name. The end of the input cancels it. Ctrl-C does too, and calls `interrupt`: while the
 * question is open, the terminal sends no signal for it.
 */
export function askOnTerminal(
	input: NodeJS.ReadableStream,
	output: NodeJS.WritableStream,
	interrupt: () => void,
): AskUser {
	return async ({ consequence, zoneName }, cancel) => {
		const terminal = createInterface({ input, output });
		terminal.once('SIGINT', () => {
			interrupt();
			terminal.close();
		});
		try {
			// Node never settles the question when the input ends, so the end rejects it here.
			const ended = new Promise<never>((_, reject) =>
				terminal.once('close', () => reject(new Error('the input ended'))),
			);
			const question = `${consequence}\nTo confirm, type the zone name (${zoneName}): `;
			return {
				kind: 'typed',
				text: await Promise.race([terminal.question(question, { signal: cancel.native }), ended]),
			};
		} catch {
			// What follows would stand behind the question.
			output.write('\n');
			return { kind: 'cancelled' };
		} finally {
			terminal.close();
		}
	};
}
