/** Runs operations that are built from several reads. */
import type { Operation, ReadAnswer } from '../operations/operation.js';
import { parseArguments } from './arguments.js';
import type { ZoneCall } from './context.js';
import { explainRefusals } from './explain-refusal.js';
import { readOnce } from './read.js';
import { type CallResult, done } from './result.js';
import { summarize } from './summarize.js';
import { refuseForbidden } from './tool-rule.js';

/** An operation with `run` in place of a route. */
type CompositeOperation = Extract<Operation, { run: unknown }>;

/** Runs a composite. Its parts read the zone of the call only, and each passes the same checks as a call of its own. */
export async function runComposite(call: ZoneCall, operation: CompositeOperation): Promise<CallResult> {
	const { deps, args, zone } = call;
	const readPart = async (part: Operation, raw: Record<string, unknown> = {}): Promise<ReadAnswer> => {
		if (part.run || part.danger !== 'read') throw new TypeError('a composite operation is built from single reads');
		refuseForbidden(part, deps.blockingFlagOfPart(part));
		const partArgs = await parseArguments(part, raw, 'fixed');
		const { result, page } = await explainRefusals(call, part, () => readOnce({ ...call, args: partArgs }, part));
		return { result, page };
	};
	const unfinished = (await deps.unfinished.list()).filter((one) => one.zone.id === zone.id);
	const result = await operation.run({ args: args as never, zone, now: deps.clock.now(), read: readPart, unfinished });
	return done(summarize(operation, { args, zone, result }), zone, result, {});
}
