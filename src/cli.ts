#!/usr/bin/env node
/** The command. Before the rest is loaded, Node is told to keep it compiled, where it can (22.1 and later). */
import module from 'node:module';
import { isAbsolute } from 'node:path';

/** Missing in the types of the oldest Node that this runs on. */
const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };

if (enableCompileCache) {
	const { default: envPaths } = await import('env-paths');
	const { NAME } = await import('./version.js');
	// In the user's own folder: what is run from a folder that others can write is theirs. It fails without a word.
	const { cache } = envPaths(NAME, { suffix: '' });
	// Without a home it would lie wherever the command happens to be run.
	if (isAbsolute(cache)) enableCompileCache(cache);
}

await import('./main.js');
