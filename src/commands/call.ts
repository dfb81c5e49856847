/** Runs one tool from a shell, through the same steps as a call over MCP. */
import type { Reader } from '../base/audience.js';
import { Cancel } from '../base/cancel.js';
import type { AskUser } from '../call/consent/forms.js';
import type { Deps } from '../call/context.js';
import { performCall } from '../call/perform.js';
import type { Problem } from '../call/problem.js';
import type { CallResult } from '../call/result.js';
import type { Product } from '../compose/product.js';
import { ArgumentError, cancelled, type Failure } from '../errors.js';
import { VIEWED_TOOLS } from '../mcp/view.js';
import { NAME } from '../version.js';
import { readArguments } from './call-arguments.js';
import { answerWith, refuseToAsk } from './consent.js';
import type { StatusLine } from './status-line.js';

const EXIT = { done: 0, error: 1, usage: 2, confirmationRequired: 3, interrupted: 130 } as const;

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
	/** The flags of this command, quoted for a shell. */
	readonly flags: string;
	/** Draws the structured result of a tool that has a view. Absent where the output is no terminal. */
	readonly draw?: ((structured: unknown) => string) | undefined;
	/** Shows how far the call is. Absent where there is no terminal. */
	readonly status?: StatusLine | undefined;
}

/** What a command prints, and its exit code. */
export interface Ending {
	readonly text: string;
	/** Errors go to stderr, but for the JSON document that a script waits for. */
	readonly to: 'stdout' | 'stderr';
	readonly code: number;
}

/** What went wrong, with the failure behind it where there is one. */
interface Trouble {
	readonly problem: Problem;
	readonly failure: Failure | undefined;
}

/** Runs one tool. Throws ConfigError when `words` are no arguments, and CancelledError when they were still being read. */
export async function callTool(
	{ deps }: Product,
	tool: string,
	words: readonly string[],
	{ readInput, askOnTerminal, confirmZone, signal, json, flags, draw, status }: CallOptions,
): Promise<Ending> {
	const args = await readArguments(words, deps.operations.get(tool), () => untilAborted(readInput(), signal));
	const askUser = confirmZone === undefined ? (askOnTerminal ?? refuseToAsk) : answerWith(confirmZone);
	const reader: Reader = { audience: 'shell', flags };
	const troubles: Trouble[] = [];
	// Node warns of more than ten listeners of an AbortSignal, and a snapshot has more reads under way.
	const cancel = new Cancel();
	cancel.follow(signal);
	status?.start();
	const result = await performCall(fitToShell(deps), tool, args, {
		askUser: status ? (question, ended) => status.without(() => askUser(question, ended)) : askUser,
		signal: cancel,
		reader,
		progress: status?.progress,
		onProblem: (problem, failure) => troubles.push({ problem, failure }),
	});
	status?.stop();
	if (!result.isError) {
		const drawing = VIEWED_TOOLS.has(tool) ? (draw?.(result.structuredContent) ?? '') : '';
		return { text: json ? toJson(result.structuredContent) : textOf(result) + drawing, to: 'stdout', code: 0 };
	}
	const [trouble] = troubles;
	const isRefused = deps.audit.recent().at(-1)?.consent === 'refused';
	const code = exitCodeOf(trouble?.failure, { isRefused, isInterrupted: signal.aborted });
	if (json) return { text: formatProblem(result, trouble?.problem), to: 'stdout', code };
	const hint = code === EXIT.usage && deps.operations.has(tool) ? `Its arguments: ${NAME} call ${tool} --help\n` : '';
	return { text: textOf(result) + hint, to: 'stderr', code };
}

/**
 * A code is worth nothing once its process has ended, so the user is asked in its place. The zone may be named even where
 * only one is possible: it is checked like any other.
 */
function fitToShell(deps: Deps): Deps {
	const { settings } = deps;
	const confirm = settings.confirm === 'code' ? 'ask' : settings.confirm;
	const zoneArgument = settings.zoneArgument === 'fixed' ? 'optional' : settings.zoneArgument;
	return { ...deps, settings: { ...settings, confirm, zoneArgument } };
}

/** The value of `work`. Throws CancelledError as soon as the signal aborts. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
	let stop: (() => void) | undefined;
	const aborted = new Promise<never>((_, reject) => {
		stop = () => reject(cancelled(signal.reason));
		signal.addEventListener('abort', stop, { once: true });
		if (signal.aborted) stop();
	});
	try {
		return await Promise.race([work, aborted]);
	} finally {
		if (stop) signal.removeEventListener('abort', stop);
	}
}

function exitCodeOf(failure: Failure | undefined, ended: { isRefused: boolean; isInterrupted: boolean }): number {
	if (ended.isInterrupted) return EXIT.interrupted;
	if (failure instanceof ArgumentError) return EXIT.usage;
	return ended.isRefused ? EXIT.confirmationRequired : EXIT.error;
}

function textOf({ content: [{ text }] }: CallResult): string {
	return `${text}\n`;
}

/** A failure as one JSON document, with what was done where a part was. */
function formatProblem({ structuredContent }: CallResult, problem: Problem | undefined): string {
	return toJson({ status: 'error', ...structuredContent, ...problem });
}

function toJson(value: unknown): string {
	return `${JSON.stringify(value, null, 2)}\n`;
}
