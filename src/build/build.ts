/** Builds what is published: the bundle, the licences of what is in it, and the token counts that `tools` prints. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { OPERATIONS } from '../operations/index.js';
import { toTool } from '../tool.js';

const OUT = 'dist';

rmSync(OUT, { recursive: true, force: true });
// Split, so that the HTTP pool, the sandbox and the demo are read from disk only when they are needed.
const { metafile } = await build({
	entryPoints: ['src/cli.ts'],
	outdir: OUT,
	bundle: true,
	splitting: true,
	minify: true,
	format: 'esm',
	platform: 'node',
	target: 'node20',
	metafile: true,
	logLevel: 'warning',
	// Its other build hides from the bundler which files it needs.
	alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
	// CommonJS in the bundle asks for Node's modules by require.
	banner: {
		js: "import{createRequire as createRequireForBundle}from'node:module';const require=createRequireForBundle(import.meta.url);",
	},
});
writeFileSync(join(OUT, 'THIRD_PARTY_LICENSES'), collectLicences(Object.keys(metafile.inputs)));
writeFileSync(join(OUT, 'tokens.json'), JSON.stringify(countTokens()));

/** Tokens (o200k) of what a model is shown of each tool. */
function countTokens(): Record<string, number> {
	const counts = OPERATIONS.map((operation) => {
		const { name, description, inputSchema } = toTool(operation, 'required');
		return [name, encode(JSON.stringify({ name, description, inputSchema })).length] as const;
	});
	return Object.fromEntries(counts);
}

/** The licence of every package that a file of the bundle comes from. Throws when one has none: it may not be shipped then. */
function collectLicences(inputs: readonly string[]): string {
	const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
	const texts = [...packages].sort().map((name) => {
		const folder = join('node_modules', name);
		const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
			version: string;
			license?: string;
		};
		const file = readdirSync(folder).find((one) => /^licen[cs]e(\.|$)/i.test(one));
		if (!file && !license) throw new Error(`${name} has no licence`);
		const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licensed under ${license}.`;
		return `${name} ${version}\n\n${text}\n`;
	});
	return texts.join(`\n${'-'.repeat(72)}\n\n`);
}
