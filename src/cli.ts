#!/usr/bin/env node
/** Starts the command, after it has told Node where to keep compiled code. */
import module from 'node:module';
import { ownFolder } from './base/own-files.js';

/**
 * Keeps compiled code in the user's cache folder, which makes the next start faster (bench row start.node). Node before 22.1
 * cannot do that, and Node ignores a folder that it cannot write.
 */
async function keepCompiled(): Promise<void> {
	// The types are those of Node 20, which lacks this function.
	const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
	if (!enableCompileCache) return;
	const { default: envPaths } = await import('env-paths');
	const { NAME } = await import('./version.js');
	const { cache } = envPaths(NAME, { suffix: '' });
	try {
		// Node runs what it finds there, so a folder that another user could write to is left alone.
		enableCompileCache(ownFolder(cache));
	} catch {
		// The command starts without the cache.
	}
}

await keepCompiled();
await import('./main.js');
