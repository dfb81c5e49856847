/** Suggests the known name that a mistyped name most likely stands for. */
import leven from 'leven';

/** Longer names are compared by their beginning, because the time of the comparison grows with the length. */
const MAX_COMPARED_CHARACTERS = 100;

/**
 * ` Did you mean "x"?` for the closest name; an empty string when no name is close. `most` limits the letters that differ;
 * without it they may be two, or a third of a longer name.
 */
export function suggest(given: string, names: Iterable<string>, most?: number): string {
	const [closest] = [...names]
		.map((name) => ({ name, distance: leven(given.slice(0, MAX_COMPARED_CHARACTERS), name) }))
		.sort((a, b) => a.distance - b.distance);
	if (!closest || closest.distance > (most ?? Math.max(2, closest.name.length / 3))) return '';
	return ` Did you mean "${closest.name}"?`;
}
