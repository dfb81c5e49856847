/** Finds what is wrong, dear or useless in the cache settings of a zone, and puts it into words. Pure. */
import { FINDING_RULES, type Fix, type ZoneFacts } from './finding-rules.js';
import { SEVERITIES, type Severity } from './severities.js';

/** A finding, as the result of the overview has it. */
export interface Finding {
	readonly severity: Severity;
	readonly finding: string;
	/** The call that mends it, in the same zone. */
	readonly fix?: Fix;
}

/** All findings, worst first. */
export function findProblems(facts: ZoneFacts): Finding[] {
	return FINDING_RULES.flatMap(({ severity, find, fix }) => {
		const text = find(facts);
		return text === undefined ? [] : [{ severity, finding: text, ...(fix && { fix: fix(facts) }) }];
	});
}

/** A finding in one line, such as `Costly: Tiered Cache is off … Fix: tiered_cache_edit, value on.` */
export function describeFinding({ severity, finding: text, fix }: Finding): string {
	const values = Object.entries(fix?.arguments ?? {}).map(([name, value]) => `, ${name} ${value}`);
	return `${SEVERITIES[severity]}: ${text}${fix ? ` Fix: ${fix.tool}${values.join('')}.` : ''}`;
}
