/** Packs the bundle for Claude Desktop: the built command with its manifest, in one file that installs it when opened. */
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packExtension } from '@anthropic-ai/mcpb';
import { OPTIONS } from '../config/options/index.js';
import { OPERATIONS } from '../operations/index.js';
import { drawIcon } from './icon.js';
import { ICON, toManifest } from './manifest.js';
import type { PackageFacts } from './package.js';

/** Packs what is built in `root` into `output`. Throws when the manifest is not valid or the file cannot be written. */
export async function packBundle(root: string, output: string): Promise<void> {
	const facts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageFacts;
	const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
	const write = (name: string, content: object) =>
		writeFileSync(join(folder, name), `${JSON.stringify(content, undefined, '\t')}\n`);
	try {
		write('manifest.json', toManifest(facts, OPERATIONS, OPTIONS));
		// Without it Node would take the command for CommonJS.
		write('package.json', { name: facts.name, version: facts.version, type: 'module' });
		writeFileSync(join(folder, ICON), drawIcon());
		cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
		for (const name of ['LICENSE', 'README.md']) copyFileSync(join(root, name), join(folder, name));
		if (!(await packExtension({ extensionPath: folder, outputPath: output, silent: true })))
			throw new Error(`${output} could not be packed`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
