/** Measures subjects in turn, A B C A B C …, so that other load on the machine affects all of them alike. */

/** Collects `rounds` samples of each subject, after `warmUp` rounds that are dropped. */
export async function interleave<Name extends string, Sample>(
	subjects: Readonly<Record<Name, () => Promise<Sample>>>,
	{ rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<Record<Name, Sample[]>> {
	const names = Object.keys(subjects) as Name[];
	const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>;
	for (let round = -warmUp; round < rounds; round++)
		for (const name of names) {
			const sample = await subjects[name]();
			if (round >= 0) samples[name].push(sample);
		}
	return samples;
}

/** Gives the median. Throws when there are no values. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
	if (low === undefined || high === undefined) throw new Error('nothing was measured');
	return (low + high) / 2;
}
