/** Measures the size section: the package as npm packs it, and the code that is loaded before the first answer. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Section } from './section.js';
import { initialize, startServer } from './server.js';
import { CLI, environment } from './subjects.js';

interface Packed {
	size: number;
	unpackedSize: number;
	entryCount: number;
}

export const size: Section = async ({ report }) => {
	const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--dry-run']);
	const [packed] = JSON.parse(stdout) as Packed[];
	if (!packed) throw new Error('npm packed nothing');
	const { dependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies?: object };
	report('size.packed', packed.size);
	report('size.unpacked', packed.unpackedSize);
	report('size.files', packed.entryCount);
	report('size.dependencies', Object.keys(dependencies).length);
	const files = await readOnStart();
	report(
		'size.start',
		files.reduce((sum, file) => sum + statSync(file).size, 0),
		`${files.length} files`,
	);
};

/** Lists the files of dist that are loaded when initialize is answered. */
async function readOnStart(): Promise<string[]> {
	const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
	try {
		const server = startServer([CLI], { ...environment('http://127.0.0.1:9'), NODE_V8_COVERAGE: folder });
		await initialize(server);
		await server.end();
		const dist = resolve('dist') + sep;
		return readdirSync(folder)
			.flatMap((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] }).result)
			.flatMap(({ url }) => (url.startsWith('file:') ? fileURLToPath(url) : []))
			.filter((path) => path.startsWith(dist));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
