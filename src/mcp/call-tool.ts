/** Performs tools/call, for clients of every revision. Loading it loads everything that calls need. */
import type { Deps } from '../call/context.js';
import { performCall } from '../call/perform.js';
import type { CallResult } from '../call/result.js';
import type { Caller } from './caller.js';

/**
 * Time limit of a call without progress. The shortest time limit of a client that we know is 60 s; what is left is for
 * a request that is still under way, and for the answer.
 */
const CALL_TIMEOUT_MS = 40_000;

/** The parameters of a tools/call. The tool itself checks what the arguments hold. */
export interface ToolCall {
	readonly name: string;
	readonly args: unknown;
}

/** Performs a call. Never rejects: every failure becomes a result. */
export function callTool(deps: Deps, { name, args }: ToolCall, caller: Caller): Promise<CallResult> {
	const { cancel, closing, clientInfo, isIntroduced, roots, askUser, progress } = caller;
	return performCall(deps, name, args, {
		signal: cancel,
		closing,
		clientInfo,
		isIntroduced,
		roots,
		askUser,
		progress,
		timeoutMs: progress ? undefined : CALL_TIMEOUT_MS,
	});
}
