/** Lets MCP's Inspector use the built command over stdio, as a client of each era, and compares what it got. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isObject } from '../../src/base/json.js';

/** The eras that the Inspector speaks. `auto` asks the server first, and takes the newer one where it can. */
const ERAS = ['legacy', 'auto', 'modern'] as const;
type Era = (typeof ERAS)[number];

/** Time limit of one run. It takes 2 s on an idle machine. */
const RUN_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 10_000_000;

/** One use of the server, and what has to come back. */
interface Use {
	readonly method: string;
	readonly flags: readonly string[];
	/** What is compared between eras. Undefined where the result is not what it has to be. */
	read(result: Record<string, unknown>, era: Era): unknown;
}

const nonEmpty = (list: unknown) => (Array.isArray(list) && list.length > 0 ? list : undefined);

const USES: readonly Use[] = [
	// With --strict, a schema that some client cannot use ends the Inspector with code 6.
	{ method: 'tools/list', flags: ['--strict'], read: ({ tools }) => nonEmpty(tools) },
	{
		method: 'tools/call',
		flags: ['--tool-name', 'cache_overview', '--tool-arg', 'zone=example.com'],
		read: ({ structuredContent: content, _meta }, era) => {
			// Only MCP 2026-07-28 names the server in a result, so this tells which era was spoken.
			const isModern = isObject(_meta) && _meta['io.modelcontextprotocol/serverInfo'] !== undefined;
			return isModern === (era !== 'legacy') && isObject(content) && content.status === 'done' ? content : undefined;
		},
	},
	{ method: 'resources/list', flags: [], read: ({ resources }) => nonEmpty(resources) },
	{ method: 'prompts/list', flags: [], read: ({ prompts }) => nonEmpty(prompts) },
];

/** How the Inspector is started, and told of what came of it. */
export interface InspectorOptions {
	/** The Node.js that runs the Inspector. */
	readonly node: string;
	/** The folder of its package. */
	readonly folder: string;
	print(line: string): void;
}

/** Makes all uses in all eras. Resolves with whether each came back right, and alike in all eras. */
export async function runInspector({ node, folder, print }: InspectorOptions): Promise<boolean> {
	const command = join(folder, 'clients/launcher/build/index.js');
	const run = async ({ method, flags }: Use, era: Era): Promise<Record<string, unknown>> => {
		const server = [process.execPath, 'dist/cli.js', '--sandbox'];
		const args = [command, '--cli', ...server, '--protocol-era', era, '--method', method, ...flags];
		const limits = { timeout: RUN_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
		const { stdout } = await promisify(execFile)(node, args, limits);
		return JSON.parse(stdout) as Record<string, unknown>;
	};
	print('\nInspector, over stdio:');
	let isRight = true;
	for (const use of USES) {
		const seen = new Set<string>();
		for (const era of ERAS) {
			const result = await run(use, era).catch((error: Error) => ({ error: error.message }));
			const read = use.read(result, era);
			seen.add(JSON.stringify(read));
			const isGood = read !== undefined && seen.size === 1;
			print(` ${isGood ? '✓' : '✗'} ${use.method}, ${era}${isGood ? '' : `: ${JSON.stringify(result).slice(0, 500)}`}`);
			isRight &&= isGood;
		}
	}
	return isRight;
}
