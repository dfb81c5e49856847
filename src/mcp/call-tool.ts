/** Performs tools/call, for clients of every revision. Loading it loads everything that calls need. */
import { SealedForm } from '../call/consent/later-form.js';
import { SealError } from '../call/consent/seals.js';
import type { Deps } from '../call/context.js';
import { performCall } from '../call/perform.js';
import type { CallResult } from '../call/result.js';
import type { Caller } from './caller.js';
import { INVALID_PARAMS, ProtocolError } from './json-rpc.js';

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

/** Performs a call: every failure becomes a result. Throws ProtocolError where the answer that came with it is not acceptable. */
export async function callTool(deps: Deps, { name, args }: ToolCall, caller: Caller): Promise<CallResult> {
	const { cancel, closing, gone, requestId, clientInfo, isIntroduced, roots, askUser, askLater, progress } = caller;
	const form = openForm(deps, name, caller);
	// With each member that it ever has: a copy that gains one costs V8 a hidden class of its own (bench row call.many).
	const result = await performCall(deps, name, args, {
		began: deps.clock.now(),
		isChange: false,
		signal: cancel,
		closing,
		gone,
		clientInfo,
		isIntroduced,
		roots,
		askUser,
		laterForm: askLater && form,
		requestId,
		callId: form?.callId,
		progress,
		timeoutMs: progress ? undefined : CALL_TIMEOUT_MS,
	});
	if (form?.wasUsed) throw unacceptable('it was used already');
	return result;
}

/** The form that a question goes out with, and that an answer came with; undefined where the revision has none. */
function openForm({ seals }: Deps, tool: string, caller: Caller): SealedForm | undefined {
	const { carried, principal, askLater: send = () => undefined } = caller;
	try {
		return carried && new SealedForm({ ...carried, seals, principal, tool, send });
	} catch (error) {
		throw error instanceof SealError ? unacceptable(error.message) : error;
	}
}

function unacceptable(problem: string): ProtocolError {
	return new ProtocolError(
		INVALID_PARAMS,
		`Invalid params: requestState is not accepted, because ${problem}. Nothing was changed. Call again without requestState and inputResponses to ask the user anew.`,
	);
}
