/** Bundles a TypeScript entry into the cache of npm scripts and runs it: `node src/build/run.mjs ENTRY [ARGUMENT …]`. */
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const [entry = ''] = process.argv.splice(2, 1);
const outfile = resolve('node_modules/.cache', `${basename(entry, '.ts')}.mjs`);
buildSync({
	entryPoints: [entry],
	outfile,
	bundle: true,
	packages: 'external',
	platform: 'node',
	format: 'esm',
	logLevel: 'warning',
});
await import(pathToFileURL(outfile).href);
