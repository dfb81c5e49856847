/** Keeps what a change is about to lose, so that it can be undone. */
import { joinWordings, type Wording, wordFor } from '../base/audience.js';
import { CancelledError, Failure, Refused } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import type { Snapshot } from '../operations/snapshot/format.js';
import { findLoss } from '../operations/snapshot/loss.js';
import { NAME } from '../version.js';
import { readRows } from './composite.js';
import { readerOf, withTimeLimit, type ZoneCall } from './context.js';
import type { Plan } from './plan/plan.js';

/** The tool that brings back what was kept. */
const RESTORE = 'cache_restore';

/** What is kept of the state before a change. */
export interface Undo {
	/** How the change is undone, or why it cannot be; undefined where it loses nothing. */
	readonly sentence: string | undefined;
	/** Removes what was kept, where nothing was changed after all. */
	discard(): Promise<void>;
}

/** The change itself needs the rest of the call's time. */
const READS_TIMEOUT_MS = 10_000;

const NOTHING: Undo = { sentence: undefined, discard: async () => undefined };

/**
 * Keeps what the change of one operation is about to lose. A change goes on where that fails, and its answer says so: without
 * its store no setting could be changed any more, and the answer still tells the old value. One that needs consent
 * is refused, because what it loses is too much for an answer.
 */
export async function keepLoss(call: ZoneCall, operation: RoutedOperation, plan: Plan, before: unknown): Promise<Undo> {
	const { deps, zone } = call;
	const limited = withTimeLimit(call, READS_TIMEOUT_MS);
	try {
		const lost = await findLoss({
			operation,
			before,
			bodies: plan.requests.map(({ body }) => body),
			readAll: (part) => readRows(limited, part),
		});
		if (!lost) return NOTHING;
		const taken = new Date(deps.clock.now()).toISOString();
		return await keep(call, { zone: { id: zone.id, name: zone.name }, taken, before: operation.name, ...lost });
	} catch (error) {
		return goOnWithout(call, error, operation.danger === 'destroy');
	}
}

/** Keeps the values that the steps of a call replace, by the same rule. */
export async function keepReplaced(call: ZoneCall, replaced: Snapshot, isConsented: boolean): Promise<Undo> {
	try {
		return await keep(call, replaced);
	} catch (error) {
		return goOnWithout(call, error, isConsented);
	}
}

async function keep(call: ZoneCall, snapshot: Snapshot): Promise<Undo> {
	const { deps, zone } = call;
	const id = await deps.snapshots.save(snapshot);
	return {
		sentence: wordFor(describeUndo(call, zone.name, id), readerOf(call)),
		discard: () => deps.snapshots.discard(id),
	};
}

/** The command of a shell stands last, so that it can be copied as it is. */
function describeUndo(call: ZoneCall, zoneName: string, id: string): Wording {
	const restore = call.deps.operations.get(RESTORE);
	if (!restore || call.deps.blockOf(restore) !== undefined)
		return {
			agent: `The values before are kept as snapshot ${id}, which the operator can restore.`,
			shell: `The values before are kept as snapshot ${id}. Your flags do not allow ${RESTORE} here.`,
		};
	const { flags } = readerOf(call);
	const zone = /(^| )--zone[ =]/.test(flags) ? '' : ` --zone ${zoneName}`;
	return {
		agent: `To undo this, call ${RESTORE} with snapshot: ${id}.`,
		shell: `Undo with: ${NAME} call ${RESTORE}${zone} --snapshot ${id}${flags && ` ${flags}`}`,
	};
}

function goOnWithout(call: ZoneCall, error: unknown, isConsented: boolean): Undo {
	if (error instanceof CancelledError || !(error instanceof Failure)) throw error;
	if (isConsented)
		throw new Refused(joinWordings('What this call loses cannot be kept.', error.what), {
			advice: error.advice,
			cause: error,
		});
	return { ...NOTHING, sentence: `This cannot be undone with ${RESTORE}. ${wordFor(error.what, readerOf(call))}` };
}
