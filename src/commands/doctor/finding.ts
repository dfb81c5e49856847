/** Names what the doctor found. */

/** What a finding is about, in the order of a report. */
export type Subject =
	| 'product'
	| 'host'
	| 'proxy'
	| 'policy'
	| 'issuer'
	| 'redis'
	| 'credential'
	| 'api'
	| 'clock'
	| 'zone'
	| 'permission'
	| 'purge'
	| 'state'
	| 'audit'
	| 'client';

/** One finding: `ok`, `fix` for a problem, `note` for what was not checked or is worth a look. */
export interface Finding {
	readonly about: Subject;
	readonly state: 'ok' | 'fix' | 'note';
	/** One sentence. */
	readonly text: string;
	/** What to do, one link or command each. A problem has at least one. */
	readonly next: readonly string[];
}

export const ok = (about: Subject, text: string): Finding => ({ about, state: 'ok', text, next: [] });
export const note = (about: Subject, text: string, ...next: string[]): Finding => ({
	about,
	state: 'note',
	text,
	next,
});
export const fix = (about: Subject, text: string, next: readonly [string, ...string[]]): Finding => {
	return { about, state: 'fix', text, next };
};
