/** Shows a batch before it is sent, in groups with what it replaces or removes. */
import { CancelledError, Failure } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { readAllRows } from './all-pages.js';
import type { ZoneCall } from './context.js';

/** Groups that a preview shows. The rest is counted. */
const MAX_GROUPS = 50;

/** One line for each group; none for an operation without a preview. A list that cannot be read fails no call. */
export async function previewGroups(call: ZoneCall, operation: RoutedOperation): Promise<string[]> {
	if (!operation.preview) return [];
	const { list, describe } = operation.preview;
	const groups = describe(call.args as never, await readStored(call, list as RoutedOperation));
	const hidden = groups.length - MAX_GROUPS;
	return hidden > 0 ? [...groups.slice(0, MAX_GROUPS), `… and ${hidden} more groups.`] : [...groups];
}

/** The rows of the list; undefined where it cannot be read, or where the operator forbids its tool. */
async function readStored(call: ZoneCall, list: RoutedOperation): Promise<readonly unknown[] | undefined> {
	if (call.deps.blockOfPart(list) !== undefined) return undefined;
	try {
		return await readAllRows(call, list);
	} catch (error) {
		if (error instanceof CancelledError || !(error instanceof Failure)) throw error;
		return undefined;
	}
}
