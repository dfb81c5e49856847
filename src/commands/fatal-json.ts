/** Describes an error that ended a command before it had a result, as the JSON document that a script waits for. */
import { type Problem, toProblem } from '../call/problem.js';
import { ConfigError } from '../errors.js';
import { NAME } from '../version.js';

/** Returns the document. `toOutput` removes secrets. */
export function formatFatal(error: unknown, toOutput: (problem: Problem) => Problem): string {
	return `${JSON.stringify({ status: 'error', ...toOutput(describe(error)) }, null, 2)}\n`;
}

function describe(error: unknown): Problem {
	if (!(error instanceof ConfigError)) return toProblem(error, { audience: 'shell', flags: '' });
	const next = `Correct the command line or the environment: ${NAME} help`;
	return { error: error.message, changed: 'no', next, code: null, http: null, cf_ray: null, retry_after: null };
}
