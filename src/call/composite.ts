/** Runs operations that are built from several reads, and lets operations read other ones. */
import type { CompositeContext, Operation, ReadAnswer, RoutedOperation } from '../operations/operation.js';
import { readAllRows } from './all-pages.js';
import { parseArguments } from './arguments.js';
import { withTimeLimit, type ZoneCall } from './context.js';
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
	const { timeLimitMs } = operation;
	const call = timeLimitMs === undefined ? started : withTimeLimit(started, timeLimitMs);
	await refuseForeignHosts(call, operation);
	const { args, zone } = call;
	const result = await operation.run(compositeContextOf(call, operation) as never);
	return done(summarize(operation, { args, zone, result }), zone, result, {});
}

/** What a composite is given. */
export function compositeContextOf(call: ZoneCall, operation: Operation): CompositeContext<ZoneCall['args']> {
	const { deps, args, zone } = call;
	return {
		args,
		zone,
		read: (part, raw) => readPart(call, part, raw),
		readAll: (part) => readRows(call, part),
		unfinished: async () => (await deps.unfinished.list()).filter((one) => one.zone.id === zone.id),
		now: deps.clock.now(),
		save: (snapshot) => deps.snapshots.save(snapshot),
		load: (id) => deps.snapshots.load(id),
		...visitorOf(call, operation),
	};
}

/** Reads a part of a composite. */
async function readPart(
	call: ZoneCall,
	part: Operation,
	raw: Readonly<Record<string, unknown>> = {},
): Promise<ReadAnswer> {
	const operation = allowedPart(call, part);
	const args = await parseArguments(operation, raw, 'fixed');
	const { result, page } = await explainRefusals(call, operation, () => readOnce({ ...call, args }, operation));
	return { result, page };
}

/** All rows of a part that is a list. */
export function readRows(call: ZoneCall, part: Operation): Promise<readonly unknown[]> {
	const operation = allowedPart(call, part);
	return explainRefusals(call, operation, () => readAllRows({ ...call, args: {} }, operation));
}

function allowedPart({ deps }: ZoneCall, part: Operation): RoutedOperation {
	if (!part.route || part.danger !== 'read') throw new TypeError('a composite operation is built from single reads');
	refuseForbidden(part, deps.blockOfPart(part));
	return part;
}
