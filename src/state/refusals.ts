/** Words the refusals of stores, which are the same on disk and on Redis. */
import { quote } from '../base/sanitize.js';
import type { SnapshotFacts } from '../call/snapshots.js';
import type { UnfinishedCall } from '../call/unfinished.js';
import { InputError, Refused } from '../errors.js';

/** Calls or snapshots that a refusal names. */
const MAX_NAMED = 5;

/** The refusal of a handle that this server does not list. `why` ends the sentence that begins with "It is finished". */
export function refuseUnknownHandle(
	resume: string,
	calls: readonly UnfinishedCall[],
	{ keepHours, why }: { keepHours: number; why: string },
): InputError {
	const known = calls.slice(0, MAX_NAMED).map((one) => `${one.resume} (${one.tool}, ${one.zone.name})`);
	return new InputError(
		`No unfinished call has the handle ${quote(resume, 40)}. It is finished, older than ${keepHours} hours, or ${why}.`,
		{
			advice:
				known.length > 0
					? `Unfinished calls: ${known.join(', ')}.`
					: 'No call is unfinished. If the items are still to be purged, call again with all of them.',
		},
	);
}

/** The refusal of a handle whose lease another call has. */
export function refuseLeased(resume: string): Refused {
	return new Refused(`Another call is working on handle ${resume}.`, {
		advice: 'Wait until that call has ended. cache_overview shows what remains.',
	});
}

/** The refusal of a call that would be one too many. */
export function refuseMore(what: string): Refused {
	return new Refused(what, {
		advice: {
			agent:
				'Finish those that cf-cache://purges/unfinished lists with purge_resume, or send at most 100 items of one kind per call.',
			shell:
				'Finish those that cache_overview lists for each zone with purge_resume, or send at most 100 items of one kind per call.',
		},
	});
}

/** The refusal of an id that no snapshot has which this server lists. `why` ends the sentence of its reasons. */
export function refuseUnknownSnapshot(
	id: string,
	snapshots: readonly SnapshotFacts[],
	{ keepDays, why }: { keepDays: number; why: string },
): InputError {
	const known = snapshots.slice(0, MAX_NAMED).map((one) => `${one.id} (${one.zone.name}, ${one.taken})`);
	return new InputError(
		`No snapshot has the id ${quote(id, 40)}. It is older than ${keepDays} days, made room for newer ones, or ${why}.`,
		{
			advice: known.length > 0 ? `The newest: ${known.join('; ')}.` : 'No snapshot is kept. cache_snapshot takes one.',
		},
	);
}

/** The refusal of a snapshot that is too large to be kept. */
export function refuseLargeSnapshot(): Refused {
	return new Refused('The snapshot is larger than 2 MB.', { advice: 'Restore single settings from its parts.' });
}
