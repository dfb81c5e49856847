/** Reads what the conformance suite has written, and compares it with what is known not to pass. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exception } from './expected.js';

/** One check of a scenario, as the suite writes it. */
export interface Check {
	readonly id: string;
	readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
	readonly errorMessage?: string;
}

/** A scenario that was run. */
export interface Scenario {
	readonly name: string;
	readonly checks: readonly Check[];
}

/** What became of a scenario. The run fails where it has problems. */
export interface Verdict {
	readonly name: string;
	readonly outcome: 'passed' | 'excepted' | 'wrong';
	/** How many checks had a result, and how many of them succeeded. */
	readonly checks: number;
	readonly passed: number;
	/** Why it does not pass, where that is known. */
	readonly reason?: string;
	readonly problems: readonly string[];
}

const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** The scenarios whose results lie in a folder. */
export function readScenarios(folder: string): Scenario[] {
	return readdirSync(folder).flatMap((entry): Scenario[] => {
		const [, name] = FOLDER.exec(entry) ?? [];
		if (name === undefined) return [];
		return [{ name, checks: JSON.parse(readFileSync(join(folder, entry, 'checks.json'), 'utf8')) as Check[] }];
	});
}

/**
 * Judges the scenario of this name. A warning counts as a failure: MCP asks for it, though not strictly. A scenario that the
 * suite has skipped does not pass.
 */
export function judge(
	name: string,
	scenarios: readonly Scenario[],
	exceptions: readonly Omit<Exception, 'target'>[],
): Verdict {
	const { checks = [] } = scenarios.find((one) => one.name === name) ?? {};
	const exception = exceptions.find(({ scenario }) => scenario === name);
	const failed = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
	const isExpected = ({ id }: Check) => exception !== undefined && (exception.checks?.includes(id) ?? true);
	const passing = (exception?.checks ?? []).filter((id) => !failed.some((check) => check.id === id));
	const counted = checks.filter(({ status }) => status !== 'SKIPPED' && status !== 'INFO').length;
	const problems = [
		...(counted === 0 && (!exception || checks.length === 0) ? ['No check of it had a result.'] : []),
		...failed.filter((check) => !isExpected(check)).map(({ id, errorMessage }) => `${id}: ${errorMessage}`),
		...passing.map((id) => `${id} passes now: take it off the list of exceptions.`),
		...(exception && counted > 0 && failed.length === 0 ? ['It passes now: take it off the list of exceptions.'] : []),
	];
	return {
		name,
		outcome: problems.length > 0 ? 'wrong' : exception ? 'excepted' : 'passed',
		checks: counted,
		passed: counted - failed.length,
		...(exception && { reason: exception.reason }),
		problems,
	};
}
