/** Reads the recipes of the README, and runs their lines in a repository of its own, with the packed command. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/files.js';
import type { RecordedSandbox } from '../support/sandbox.js';
import { ROOT } from './folder.js';

/** The code blocks of the recipes, by their language. Each language is there once, but for yaml. */
const SECTION = /^### Recipes$(.*?)^## /ms.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1] ?? '';

/** The code block of a language in a folded part whose summary has these words. */
export function recipe(summary: string, language: string): string {
	const part = SECTION.split('<details>').find((one) => one.startsWith(`<summary>${summary}`)) ?? '';
	const [, code] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(part) ?? [];
	if (code === undefined) throw new Error(`no recipe "${summary}" in ${language}`);
	return code;
}

/** What a workflow of GitHub holds, as far as a test looks at it. */
export interface Workflow {
	readonly jobs: {
		readonly deploy: {
			readonly steps: readonly {
				readonly uses?: string;
				readonly with?: Record<string, unknown>;
				readonly run?: string;
				readonly env?: Record<string, string>;
			}[];
		};
	};
}

/** A pipeline of GitLab. */
export interface Pipeline {
	readonly deploy: { readonly script: readonly string[]; readonly variables: Record<string, string> };
}

/** Throws where the YAML is not valid, and where a key is there twice. */
export const parseYaml = (code: string): unknown => parse(code, { strict: true, uniqueKeys: true });

/** What a program ended with. */
export interface Ended {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

const SCRIPT = recipe('The script', 'sh');
/** Nothing of this machine decides what git does. */
const GIT = {
	GIT_CONFIG_GLOBAL: '/dev/null',
	GIT_CONFIG_SYSTEM: '/dev/null',
	GIT_AUTHOR_NAME: 'test',
	GIT_AUTHOR_EMAIL: 'test@example.com',
	GIT_COMMITTER_NAME: 'test',
	GIT_COMMITTER_EMAIL: 'test@example.com',
};

/** A repository with the script, the packed command and a deployment that does nothing. */
export class Repository {
	readonly folder = temporaryFolder();
	readonly #home = temporaryFolder();
	readonly #bin: string;
	readonly #sandbox: RecordedSandbox;

	/** @param bin the folder of the command, which comes first in PATH */
	constructor(bin: string, sandbox: RecordedSandbox) {
		this.#bin = bin;
		this.#sandbox = sandbox;
		this.#git('init', '--quiet');
		this.write('tools/purge-changed.sh', SCRIPT);
		this.write('deploy.sh', '#!/bin/sh\n', 0o755);
		this.commit({ 'public/index.html': 'first', 'public/css/site.css': 'first', 'README.md': 'first' });
	}

	#git(...args: string[]): string {
		const env = { PATH: process.env.PATH, ...GIT };
		return execFileSync('git', args, { cwd: this.folder, env, encoding: 'utf8' }).trim();
	}

	write(path: string, content: string | Buffer, mode = 0o644): void {
		mkdirSync(dirname(join(this.folder, path)), { recursive: true });
		writeFileSync(join(this.folder, path), content, { mode });
	}

	/** Writes files, deletes those that are undefined, and commits. Returns the commit before. */
	commit(files: Readonly<Record<string, string | undefined>>): string {
		for (const [path, content] of Object.entries(files))
			if (content === undefined) rmSync(join(this.folder, path));
			else this.write(path, content);
		this.#git('add', '--all');
		this.#git('commit', '--quiet', '--message', 'change');
		return this.#git('rev-list', '--max-count=1', '--skip=1', 'HEAD');
	}

	/** Runs lines by a shell, in the repository. */
	async run(shell: readonly [string, ...string[]], lines: string, env: Record<string, string> = {}): Promise<Ended> {
		const [program, ...flags] = shell;
		const child = spawn(program, [...flags, '-c', lines], {
			cwd: this.folder,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: {
				PATH: `${this.#bin}:${dirname(process.execPath)}:/usr/bin:/bin`,
				HOME: this.#home,
				CLOUDFLARE_BASE_URL: this.#sandbox.url,
				...GIT,
				...env,
			},
		});
		const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
		const [stdout, stderr] = await Promise.all([readText(child.stdout), readText(child.stderr)]);
		return { code: await ended, stdout, stderr };
	}

	/** The URLs that were purged, request by request. Throws where something else was changed. */
	purged(): string[][] {
		return this.#sandbox.changes().map(({ path, body }) => {
			const { files, ...rest } = body as { files: string[] };
			if (!path.endsWith('/purge_cache') || Object.keys(rest).length > 0) throw new Error(`changed ${path}`);
			return files;
		});
	}
}
