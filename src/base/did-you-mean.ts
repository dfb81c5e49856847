/** The known name that a mistyped one most likely meant. */
import leven from 'leven';

/** ` Did you mean "x"?` for the closest name, or an empty string when none is near. */
export function suggest(given: string, names: Iterable<string>): string {
	const [best] = [...names]
		.map((name) => ({ name, distance: leven(given.slice(0, 100), name) }))
		.sort((a, b) => a.distance - b.distance);
	return best && best.distance <= Math.max(2, best.name.length / 3) ? ` Did you mean "${best.name}"?` : '';
}
