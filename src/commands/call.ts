/** Runs one tool from a shell, through the same steps as a call over MCP. */
import type { AskUser } from '../call/consent/forms.js';
import type { Deps } from '../call/context.js';
import { performCall } from '../call/perform.js';
import type { CallResult } from '../call/result.js';
import type { Product } from '../compose.js';
import { readArguments } from './call-arguments.js';
import { answerWith, refuseToAsk } from './consent.js';

const EXIT = { done: 0, error: 1, confirmationRequired: 3, interrupted: 130 } as const;

/** Where the call is made from. */
interface CallOptions {
	/** Reads standard input to its end. */
	readInput(): Promise<string>;
	/** Asks the user of the terminal. Absent where there is none. */
	readonly askOnTerminal: AskUser | undefined;
	/** The zone name that was given as consent. */
	readonly confirmZone: string | undefined;
	readonly signal: AbortSignal;
	/** Print the structured result instead of the text. */
	readonly json: boolean;
}

/** Runs one tool and returns what to print and the exit code. Throws ConfigError when `words` are no arguments. */
export async function callTool(
	{ deps }: Product,
	tool: string,
	words: readonly string[],
	{ readInput, askOnTerminal, confirmZone, signal, json }: CallOptions,
): Promise<{ text: string; code: number }> {
	const args = await readArguments(words, deps.operations.get(tool), readInput);
	const askUser = confirmZone === undefined ? (askOnTerminal ?? refuseToAsk) : answerWith(confirmZone);
	const result = await performCall(withoutCodes(deps), tool, args, { askUser, signal });
	const isRefused = deps.audit.recent().at(-1)?.consent === 'refused';
	const code = exitCodeOf(result, { isRefused, isInterrupted: signal.aborted });
	return { text: json ? formatJson(result) : `${result.content[0].text}\n`, code };
}

/** A code is worth nothing once its process has ended, so the user is asked in its place. */
function withoutCodes(deps: Deps): Deps {
	const { settings } = deps;
	return settings.confirm === 'code' ? { ...deps, settings: { ...settings, confirm: 'ask' } } : deps;
}

function exitCodeOf({ isError }: CallResult, ended: { isRefused: boolean; isInterrupted: boolean }): number {
	if (!isError) return EXIT.done;
	if (ended.isInterrupted) return EXIT.interrupted;
	return ended.isRefused ? EXIT.confirmationRequired : EXIT.error;
}

function formatJson({ content: [{ text }], structuredContent }: CallResult): string {
	return `${JSON.stringify(structuredContent ?? { error: text }, null, 2)}\n`;
}
