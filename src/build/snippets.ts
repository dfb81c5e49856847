/** Derives what users copy into the files of their clients: mcp.json, and a block of the README for each client. Pure. */
import type { Client, Platform } from '../commands/install/client.js';
import { CLIENTS } from '../commands/install/clients.js';
import { createEntry, type Entry } from '../commands/install/entry.js';
import { createLaunch, DEFAULT_NAME } from '../commands/install/launch.js';
import { printEntry } from '../commands/install/merge.js';
import { NAME } from '../version.js';

/** A clone, as the README names it, and the package. On Linux, both are started without a shell in between. */
const PLACES = { os: 'linux', env: {}, home: '~', cwd: '/', node: 'node', exists: () => false } as const;
const CLONE: Platform = { ...PLACES, script: `/path/to/${NAME}/dist/cli.js` };
const PACKAGE: Platform = { ...PLACES, script: `/node_modules/${NAME}/dist/cli.js` };

/** The flags of each block: the start that the README recommends, and a way to the token where the client passes none on. */
const FLAGS = ['--read-only'];
const TOKEN_COMMAND = ['--token-command', 'op read op://vault/cloudflare/token'];

/** The text of mcp.json: the entries of the package for Claude Code and for VS Code, whose keys differ. */
export function printMcpJson(): string {
	const parts = [CLIENTS['claude-code'], CLIENTS.vscode].map((client) => {
		const entry = createEntry(client, DEFAULT_NAME, createLaunch(PACKAGE, []), { kind: 'client' });
		return JSON.parse(printEntry(client, entry)) as object;
	});
	return `${JSON.stringify(Object.assign({}, ...parts), undefined, '\t')}\n`;
}

/** A folded block for each client: the command, or the file and what to write into it by hand. */
export function formatClients(): string {
	return Object.entries<Client>(CLIENTS)
		.map(([name, client]) => formatClient(name, client))
		.join('\n');
}

function formatClient(name: string, client: Client): string {
	const { title, format, token, project } = client;
	const words = [...(token.isolated ? TOKEN_COMMAND : []), ...FLAGS];
	const command = [NAME, 'install', name, ...words.map((word) => (word.includes(' ') ? `"${word}"` : word))].join(' ');
	const inProject = project ? ` In a project it is \`${project.path.join('/')}\` (\`--project\`).` : '';
	return [
		`<details><summary>${title}</summary>`,
		'',
		'```sh',
		command,
		'```',
		'',
		`By hand, in ${listFiles(client)}.${inProject}`,
		'',
		`\`\`\`${format}`,
		printEntry(client, entryOf(client, words)).trimEnd(),
		'```',
		'',
		[token.advice, token.ownWay, client.restart(DEFAULT_NAME)].filter((text) => text !== undefined).join(' '),
		'',
		'</details>',
		'',
	].join('\n');
}

function entryOf(client: Client, words: readonly string[]): Entry {
	const credential = { kind: client.token.isolated ? 'command' : 'client' } as const;
	return createEntry(client, DEFAULT_NAME, createLaunch(CLONE, words), credential);
}

/** The file on each system. Systems with the same path stand together. */
function listFiles(client: Client): string {
	const homes = { macOS: ['darwin', '~'], Linux: ['linux', '~'], Windows: ['win32', '%USERPROFILE%'] } as const;
	const files = new Map<string, string[]>();
	for (const [system, [os, home]] of Object.entries(homes)) {
		const usual = client.locations({ ...CLONE, os, home }).find(({ edition }) => edition === undefined);
		if (usual) files.set(usual.file, [...(files.get(usual.file) ?? []), system]);
	}
	return [...files].map(([file, systems]) => `\`${file}\` (${systems.join(', ')})`).join(', ');
}
