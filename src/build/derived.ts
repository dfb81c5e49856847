/** Derives every file of the repository that is not written by hand. */
import { OPTIONS } from '../config/options/index.js';
import { toTool } from '../mcp/tools.js';
import { OPERATIONS } from '../operations/index.js';
import { type PackageFacts, updatePackageJson } from './package.js';
import { drawCall, drawSession, PICTURES } from './pictures.js';
import { demoExcerpt, updateReadme } from './readme.js';
import { printServerJson } from './registry.js';
import { printMcpJson } from './snippets.js';

/** Folder of one file a tool, as tools/list shows it: a change to what agents see is visible in review. */
export const SNAPSHOTS = 'test/operations/snapshots';

/** The derived files, by path from the root. `read` returns the text of a file by such a path. */
export function deriveFiles(read: (path: string) => string): Readonly<Record<string, string>> {
	const manifest = updatePackageJson(read('package.json'));
	const facts = JSON.parse(manifest) as PackageFacts;
	const snapshots = OPERATIONS.map((operation) => [
		`${SNAPSHOTS}/${operation.name}.snap.json`,
		`${JSON.stringify(toTool(operation, 'required'), null, '\t')}\n`,
	]);
	return {
		'README.md': pinVersion(updateReadme(read('README.md')), facts),
		[`${PICTURES}/session.svg`]: drawSession(demoExcerpt(read('README.md'))),
		[`${PICTURES}/call.svg`]: drawCall(),
		'mcp.json': printMcpJson(),
		'package.json': manifest,
		'deploy/kubernetes.yaml': pinVersion(read('deploy/kubernetes.yaml'), facts),
		'server.json': printServerJson(facts, OPTIONS),
		...Object.fromEntries(snapshots),
	};
}

/** The text in which every name of a packed tarball and of an image has this version. */
function pinVersion(text: string, { name, version }: PackageFacts): string {
	return text
		.replace(new RegExp(`(${name}-)\\d+\\.\\d+\\.\\d+(\\.tgz)`, 'g'), `$1${version}$2`)
		.replace(new RegExp(`(${name}:)\\d+\\.\\d+\\.\\d+`, 'g'), `$1${version}`);
}
