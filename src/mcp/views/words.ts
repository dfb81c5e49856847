/** Puts times into words, and words into lines. Pure. */

/** `14:00` for a time, `Nov 25` for a day. All times are UTC. */
export function formatTime(time: string): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return time;
	const form = time.includes('T')
		? ({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const)
		: ({ month: 'short', day: 'numeric' } as const);
	return date.toLocaleString('en', { ...form, timeZone: 'UTC' });
}

/** `Nov 25, 14:07`, in UTC. */
export function formatMoment(time: string): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return time;
	const form = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
	return date.toLocaleString('en', { ...form, timeZone: 'UTC' });
}

/** The words in lines of at most `length` characters. A longer word has a line of its own. */
export function breakWords(text: string, length: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ').filter(Boolean)) {
		const line = lines.at(-1);
		if (line !== undefined && line.length + 1 + word.length <= length) lines[lines.length - 1] = `${line} ${word}`;
		else lines.push(word);
	}
	return lines;
}
