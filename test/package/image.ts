/** Builds the container image by buildah, without a registry: the image below the FROM line is made of this machine's Node.js. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { onTestFinished } from 'vitest';
import { ROOT } from './folder.js';

/** The obstacle that an operator can remove. */
export const NOT_INSTALLED = 'buildah is not installed';

/** The Dockerfile, parsed. */
export const DOCKERFILE = DockerfileParser.parse(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));

/** The name of the image below, with the value of its argument in place. */
export function baseName(): string {
	const [from] = DOCKERFILE.getFROMs();
	const [tag] = DOCKERFILE.getInitialARGs().map((one) => one.getProperty());
	return (from?.getImage() ?? '').replace(`\${${tag?.getName()}}`, tag?.getValue() ?? '');
}

/** What the image says of how it is started. */
export interface ImageConfig {
	readonly User: string;
	readonly Entrypoint: readonly string[];
	readonly Cmd: readonly string[];
	readonly Env: readonly string[];
	readonly Volumes: Readonly<Record<string, unknown>>;
	readonly Healthcheck: { readonly Test: readonly string[] };
}

/** An image in a storage of its own. */
export class Image {
	private readonly folder = mkdtempSync(join(tmpdir(), 'cloudflare-cache-mcp-image-'));

	/** The text that buildah prints. Throws with its errors. */
	buildah(...args: readonly string[]): string {
		return execFileSync('buildah', [...this.storage, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
	}

	/** Why buildah cannot work on this machine, such as a container that may make no namespaces; undefined where it can. */
	static obstacle(): string | undefined {
		if (spawnSync('buildah', ['--version']).error) return NOT_INSTALLED;
		const tries = [['--mount'], ['--user', '--map-root-user', '--mount']].map((flags) =>
			spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' }),
		);
		if (tries.some(({ status }) => status === 0)) return undefined;
		return `the kernel lets buildah make no namespaces: ${tries.at(-1)?.stderr.trim()}`;
	}

	/** Builds the Dockerfile, and resolves with the name of a container made of it. */
	build(): string {
		this.makeBase();
		const flags = ['--isolation', 'chroot', '--pull=never', '--format', 'docker', '--quiet'];
		this.buildah('bud', ...flags, '--tag', 'product', ROOT);
		return this.buildah('from', '--pull=never', 'localhost/product');
	}

	config(): ImageConfig {
		const { Docker } = JSON.parse(this.buildah('inspect', '--type', 'image', 'localhost/product')) as {
			Docker: { config: ImageConfig };
		};
		return Docker.config;
	}

	/** The words that run a command in the container. */
	commandIn(container: string, words: readonly string[], flags: readonly string[] = []): readonly string[] {
		return ['buildah', ...this.storage, 'run', '--isolation', 'chroot', ...flags, container, '--', ...words];
	}

	/** Whether a command in the container ends with code 0. */
	succeeds(container: string, words: readonly string[], flags: readonly string[] = []): boolean {
		const [program = '', ...args] = this.commandIn(container, words, flags);
		return spawnSync(program, args).status === 0;
	}

	remove(): void {
		this.buildah('rm', '--all');
		rmSync(this.folder, { recursive: true, force: true });
	}

	private get storage(): readonly string[] {
		return ['--root', join(this.folder, 'root'), '--runroot', join(this.folder, 'run'), '--storage-driver', 'vfs'];
	}

	/** An image of nothing but Node.js and the libraries that it loads: it has no shell either. */
	private makeBase(): void {
		const files = join(this.folder, 'base');
		const node = realpathSync(process.execPath);
		const libraries = execFileSync('ldd', [node], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
		for (const library of libraries) cpSync(realpathSync(library), join(files, library));
		cpSync(node, join(files, 'usr/local/bin/node'));
		mkdirSync(join(files, 'tmp'), { mode: 0o755 });
		const container = this.buildah('from', 'scratch');
		this.buildah('copy', '--quiet', container, files, '/');
		this.buildah('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', container);
		this.buildah('commit', '--quiet', container, baseName());
		this.buildah('rm', container);
	}
}

/** A command and all that it has started. */
interface Group {
	/** Resolves with the first match in what it has written on stderr. */
	saw(pattern: RegExp): Promise<RegExpExecArray>;
	/** Kills all of it. The end of the test does so too. */
	end(): Promise<void>;
}

/** Starts a command whose processes end together. */
export function startGroup([program = '', ...args]: readonly string[]): Group {
	const child = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
	const ended = once(child, 'exit');
	let stderr = '';
	const end = async () => {
		if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
		await ended;
	};
	onTestFinished(end);
	const saw = (pattern: RegExp) =>
		new Promise<RegExpExecArray>((resolve, reject) => {
			child.stderr.setEncoding('utf8').on('data', (text: string) => {
				stderr += text;
				const found = pattern.exec(stderr);
				if (found) resolve(found);
			});
			ended.then(() => reject(new Error(`it ended: ${stderr}`)));
		});
	return { saw, end };
}
