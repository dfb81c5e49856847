/** Measuring side by side: A B C A B C …, so that what the machine does meanwhile meets all of them alike. */

/** Samples of each subject; those of the first `warmUp` rounds are dropped. */
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

/** The value in the middle. Throws when there is none. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
	if (low === undefined || high === undefined) throw new Error('nothing was measured');
	return (low + high) / 2;
}
