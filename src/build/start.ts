/** Puts the modules that every start needs into one file: each further file makes a start slower (bench row `start.node`). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const COMMAND = 'src/cli.ts';
const PROGRAM = 'src/main.ts';
/** What a start on stdio imports late. */
const STARTED = [PROGRAM, 'src/commands/serve.ts'];
const ALL_OF_START = 'all-of-start';

/**
 * A plugin for a build with these options. The bundler makes a file for each set of entries and late imports that share
 * modules, some thirty for a start. Where all late imports name all modules of a start, these are one set.
 */
export async function joinStart(options: BuildOptions): Promise<Plugin> {
	const { metafile } = await build({ ...options, metafile: true, write: false });
	const modules = modulesOf(metafile);
	const late = lateImportsOf(metafile);
	return {
		name: 'one file for a start',
		setup({ onResolve, onLoad }) {
			onResolve({ filter: new RegExp(`^${ALL_OF_START}$`) }, () => ({ path: ALL_OF_START, namespace: ALL_OF_START }));
			onLoad({ filter: /^/, namespace: ALL_OF_START }, () => ({
				contents: modules.map((path) => `import ${JSON.stringify(resolve(path))};`).join('\n'),
				resolveDir: '.',
			}));
			onLoad({ filter: /\.ts$/ }, ({ path }) =>
				late.has(path)
					? { contents: `import '${ALL_OF_START}';\n${readFileSync(path, 'utf8')}`, loader: 'ts' }
					: undefined,
			);
		},
	};
}

/** The modules of ours that are imported late, as paths: all but those that the command needs before its program. */
function lateImportsOf({ outputs }: Metafile): ReadonlySet<string> {
	const command = Object.values(outputs).find(({ entryPoint }) => entryPoint === COMMAND);
	// Node compiles anew what is read before its cache of compiled code is opened.
	const before = new Set(command?.imports.map(({ path }) => outputs[path]?.entryPoint));
	before.delete(PROGRAM);
	const late = Object.values(outputs).flatMap(({ entryPoint = '' }) =>
		entryPoint.startsWith('src/') && entryPoint !== COMMAND && !before.has(entryPoint) ? [resolve(entryPoint)] : [],
	);
	return new Set(late);
}

/** The modules that a start imports, without those that it imports late. */
function modulesOf({ outputs }: Metafile): string[] {
	const entries = new Set(Object.values(outputs).map(({ entryPoint }) => entryPoint));
	const files = new Set<string>();
	const follow = (file: string) => {
		if (files.has(file)) return;
		files.add(file);
		for (const { path, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement') follow(path);
	};
	for (const [file, { entryPoint = '' }] of Object.entries(outputs)) if (STARTED.includes(entryPoint)) follow(file);
	return [...files]
		.flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
		.filter((path) => path.startsWith('src/') && !entries.has(path));
}
