/** Works on long lists in slices, so that one call with 100,000 items does not block all other calls. */
import { setImmediate } from 'node:timers/promises';

/** The bench row purge.urls-block holds the time of the longest slice. */
const SLICE_ITEMS = 2_000;

/** Yields the items in slices, and lets the event loop run before each slice but the first. */
export async function* inSlices<Item>(items: Iterable<Item>, size = SLICE_ITEMS): AsyncGenerator<readonly Item[]> {
	let slice: Item[] = [];
	let isFirst = true;
	for (const item of items) {
		slice.push(item);
		if (slice.length < size) continue;
		if (!isFirst) await setImmediate();
		isFirst = false;
		yield slice;
		slice = [];
	}
	if (slice.length === 0) return;
	if (!isFirst) await setImmediate();
	yield slice;
}
