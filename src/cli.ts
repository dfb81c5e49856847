#!/usr/bin/env node
/** Starts the command. Before the rest is loaded, Node is told where to keep it compiled. */
import module from 'node:module';
import { isAbsolute } from 'node:path';

/** Keeps compiled code in the user's cache folder. Node before 22.1 cannot, and a folder that cannot be written is ignored. */
async function keepCompiled(): Promise<void> {
	// Missing in the types of the oldest Node that this runs on.
	const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
	if (!enableCompileCache) return;
	const { default: envPaths } = await import('env-paths');
	const { NAME } = await import('./version.js');
	const { cache } = envPaths(NAME, { suffix: '' });
	// Without a home the path is relative. Others could plant code in a folder that is not the user's own.
	if (isAbsolute(cache)) enableCompileCache(cache);
}

await keepCompiled();
await import('./main.js');
