/** Puts times into words. */

/** `14:00`, or `Nov 25` where the points of a series are days. All times are UTC. */
export function formatTime(time: string, isDaily: boolean): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return time;
	const form = isDaily
		? ({ month: 'short', day: 'numeric' } as const)
		: ({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const);
	return date.toLocaleString('en', { ...form, timeZone: 'UTC' });
}
