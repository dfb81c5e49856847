/** Reads a secret from a terminal without showing it. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/**
 * Asks for one line that is not echoed. Returns it without white space around it, or undefined when the user cancels with
 * Ctrl-C or Ctrl-D, or `stop` is aborted.
 */
export function askHidden(
	input: NodeJS.ReadableStream,
	output: NodeJS.WritableStream,
	{ question, stop }: { readonly question: string; readonly stop: AbortSignal },
): Promise<string | undefined> {
	// The line editor runs for the sake of backspace and paste; what it would show goes nowhere.
	const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
	const editor = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
	return new Promise((resolve) => {
		const end = (answer: string | undefined) => {
			stop.removeEventListener('abort', cancel);
			editor.removeAllListeners();
			editor.close();
			output.write('\n');
			resolve(answer);
		};
		const cancel = () => end(undefined);
		editor.once('line', (line) => end(line.trim()));
		editor.once('SIGINT', cancel);
		editor.once('close', cancel);
		stop.addEventListener('abort', cancel, { once: true });
		output.write(question);
		// A signal that came before is not told of again.
		if (stop.aborted) cancel();
	});
}
