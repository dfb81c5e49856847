/** Runs a client of another maker that prints JSON. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Time limit of one run. It takes 2 s on an idle machine. */
const RUN_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 10_000_000;

/** Gives the JSON that `node ARGS` prints, or an error in its place. `env` adds to the environment. */
export async function runJson(
	node: string,
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
	const limits = { timeout: RUN_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
	try {
		const { stdout } = await promisify(execFile)(node, args, { ...limits, env: { ...process.env, ...env } });
		return JSON.parse(stdout) as Record<string, unknown>;
	} catch (error) {
		return { error: error instanceof Error ? error.message : String(error) };
	}
}
