/** Builds the view: one HTML file that holds its style and its script, and asks for nothing else. */
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { NAME, VERSION } from '../version.js';

const FOLDER = 'src/mcp/views';

/** The text of the view. Throws when its script would load something at run time. */
export async function buildView(): Promise<string> {
	const [script, style] = await Promise.all([bundle('main.ts'), bundle('view.css')]);
	const page = readFileSync(`${FOLDER}/view.html`, 'utf8');
	// A function as replacement: in a string, `$&` and the like would stand for something else.
	return page.replace('/* style */', () => style).replace('/* script */', () => script);
}

async function bundle(entry: string): Promise<string> {
	const { outputFiles } = await build({
		entryPoints: [`${FOLDER}/${entry}`],
		bundle: true,
		minify: true,
		write: false,
		format: 'esm',
		platform: 'browser',
		// The oldest browsers that know light-dark().
		target: ['chrome123', 'firefox120', 'safari17.5'],
		define: { APP_INFO: JSON.stringify({ name: NAME, version: VERSION }) },
		logLevel: 'warning',
	});
	const [file] = outputFiles;
	if (!file || outputFiles.length > 1) throw new Error(`${entry} is not one file`);
	return file.text.trim();
}
