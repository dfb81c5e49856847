/** Lets MCP's Inspector use the built command over stdio and over HTTP, as a client of each era, and compares what it got. */
import { join } from 'node:path';
import { isObject } from '../../src/base/json.js';
import { runJson } from './run-json.js';

/** The eras that the Inspector speaks. `auto` asks the server first, and takes the newer one where it can. */
const ERAS = ['legacy', 'auto', 'modern'] as const;
type Era = (typeof ERAS)[number];

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
	/** Where the built command serves HTTP. */
	readonly url: string;
	print(line: string): void;
}

/** Makes all uses in all eras, on both ways. Resolves with whether each came back right, and alike in all eras. */
export async function runInspector(options: InspectorOptions): Promise<boolean> {
	const ways = {
		stdio: [process.execPath, 'dist/cli.js', '--sandbox'],
		HTTP: [options.url, '--transport', 'http'],
	};
	let isRight = true;
	for (const [way, target] of Object.entries(ways)) {
		options.print(`\nInspector, over ${way}:`);
		for (const use of USES) isRight = (await tryUse(use, target, options)) && isRight;
	}
	return isRight;
}

async function tryUse(
	use: Use,
	target: readonly string[],
	{ node, folder, print }: InspectorOptions,
): Promise<boolean> {
	const command = join(folder, 'clients/launcher/build/index.js');
	const seen = new Set<string>();
	let isRight = true;
	for (const era of ERAS) {
		const args = [command, '--cli', ...target, '--protocol-era', era, '--method', use.method, ...use.flags];
		const result = await runJson(node, args);
		const read = use.read(result, era);
		seen.add(JSON.stringify(read));
		const isGood = read !== undefined && seen.size === 1;
		print(` ${isGood ? '✓' : '✗'} ${use.method}, ${era}${isGood ? '' : `: ${JSON.stringify(result).slice(0, 500)}`}`);
		isRight &&= isGood;
	}
	return isRight;
}
