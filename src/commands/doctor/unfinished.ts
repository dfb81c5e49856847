/** Names purges that were begun and not finished, whose handles may be lost. */
import { OwnershipError } from '../../base/own-files.js';
import { showHost } from '../../base/sanitize.js';
import type { Deps } from '../../call/context.js';
import { formatCounts } from '../../operations/wording.js';
import { NAME } from '../../version.js';
import { type Finding, note } from './finding.js';

/** How many are named. The last note counts the rest. */
const MAX_SHOWN = 5;

/** One note for each purge that the flags and the credential may finish. */
export async function listUnfinished({ unfinished }: Deps): Promise<Finding[]> {
	const all = await unfinished.list().catch((error: unknown) => {
		// The check of the folder reports it.
		if (error instanceof OwnershipError) return [];
		throw error;
	});
	const shown = all
		.slice(0, MAX_SHOWN)
		.map(({ resume, zone, remaining }) =>
			note(
				'state',
				`a purge of ${showHost(zone.name)} is unfinished: ${formatCounts(remaining)} are left`,
				`Finish it: ${NAME} call purge_resume --resume ${resume}`,
			),
		);
	const more = all.length - shown.length;
	return more > 0
		? [...shown, note('state', `… and ${more} more unfinished ${more === 1 ? 'purge' : 'purges'}`)]
		: shown;
}
