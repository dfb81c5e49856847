/** Runs one tool from a shell, through the same steps as a call over MCP. */
import type { AskUser } from '../call/consent/forms.js';
import { performCall } from '../call/perform.js';
import type { CallResult } from '../call/result.js';
import type { Product } from '../compose.js';
import { readArguments } from './call-arguments.js';

const EXIT = { done: 0, error: 1, confirmationRequired: 3 } as const;

/** Where the call is made from. */
interface CallOptions {
	/** Reads standard input to its end. */
	readInput(): Promise<string>;
	/** Absent where there is no terminal to ask on. */
	readonly askUser: AskUser | undefined;
	readonly signal: AbortSignal;
	/** Print the structured result instead of the text. */
	readonly json: boolean;
}

/** Runs one tool and returns what to print and the exit code. Throws ConfigError when `words` are no arguments. */
export async function callTool(
	{ deps }: Product,
	tool: string,
	words: readonly string[],
	{ readInput, askUser, signal, json }: CallOptions,
): Promise<{ text: string; code: number }> {
	const args = await readArguments(words, deps.operations.get(tool), readInput);
	const result = await performCall(deps, tool, args, { askUser, signal });
	return { text: json ? formatJson(result) : `${result.content[0].text}\n`, code: exitCodeOf(result) };
}

function exitCodeOf({ isError, structuredContent }: CallResult): number {
	if (isError) return EXIT.error;
	return structuredContent?.status === 'confirmation_required' ? EXIT.confirmationRequired : EXIT.done;
}

function formatJson({ content: [{ text }], structuredContent }: CallResult): string {
	return `${JSON.stringify(structuredContent ?? { error: text }, null, 2)}\n`;
}
