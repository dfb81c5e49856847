/** Runs operations that are built from several reads, and lets operations read other ones. */
import type { CompositeContext, Operation, ReadAnswer } from '../operations/operation.js';
import { parseArguments } from './arguments.js';
import type { ZoneCall } from './context.js';
import { explainRefusals } from './explain-refusal.js';
import { refuseForeignHosts } from './foreign-hosts.js';
import { readOnce } from './read.js';
import { type CallResult, done } from './result.js';
import { summarize } from './summarize.js';
import { refuseForbidden } from './tool-rule.js';
import { visitorOf } from './visits.js';

/** An operation with `run` in place of a route. */
type CompositeOperation = Extract<Operation, { run: unknown }>;

/** Runs a composite. Its parts read the zone of the call only, and each passes the same checks as a call of its own. */
export async function runComposite(started: ZoneCall, operation: CompositeOperation): Promise<CallResult> {
	const call = withTimeLimit(started, operation.timeLimitMs);
	await refuseForeignHosts(call, operation);
	const { args, zone } = call;
	const result = await operation.run((await compositeContextOf(call, operation)) as never);
	return done(summarize(operation, { args, zone, result }), zone, result, {});
}

/** What a composite is given. */
export async function compositeContextOf(
	call: ZoneCall,
	operation: Operation,
): Promise<CompositeContext<ZoneCall['args']>> {
	const { deps, args, zone } = call;
	return {
		args,
		zone,
		read: (part, raw) => readPart(call, part, raw),
		unfinished: (await deps.unfinished.list()).filter((one) => one.zone.id === zone.id),
		now: deps.clock.now(),
		save: (snapshot) => deps.snapshots.save(snapshot),
		load: (id) => deps.snapshots.load(id),
		...visitorOf(call, operation),
	};
}

/** Reads a part of a composite. */
export async function readPart(
	call: ZoneCall,
	part: Operation,
	raw: Readonly<Record<string, unknown>> = {},
): Promise<ReadAnswer> {
	if (part.run || part.danger !== 'read') throw new TypeError('a composite operation is built from single reads');
	refuseForbidden(part, call.deps.blockingFlagOfPart(part));
	const args = await parseArguments(part, raw, 'fixed');
	const { result, page } = await explainRefusals(call, part, () => readOnce({ ...call, args }, part));
	return { result, page };
}

/** The call with the limit of its operation, where that ends before the one of its client. */
function withTimeLimit(call: ZoneCall, limitMs: number | undefined): ZoneCall {
	if (limitMs === undefined) return call;
	const { timeoutMs = limitMs } = call.context;
	return { ...call, context: { ...call.context, timeoutMs: Math.min(timeoutMs, limitMs) } };
}
