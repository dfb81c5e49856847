/** Runs the recipes of the README: their YAML is parsed, and their lines purge exactly what commits changed. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../support/files.js';
import { CLI } from '../support/process.js';
import { openSandbox } from '../support/sandbox.js';
import { ROOT } from './folder.js';
import { type Pipeline, parseYaml, Repository, recipe, type Workflow } from './recipe-book.js';

const TOKEN = 'purge-token-0123456789';
const SITE = 'https://www.example.com';
const PACKED = `${manifest.name}-${manifest.version}.tgz`;
const ENV = { ZONE: 'example.com', SITE, CLOUDFLARE_API_TOKEN: TOKEN };
const NO_COMMIT = '0'.repeat(40);

let folder: string;
/** A folder with the built command under its name. */
let bin: string;

beforeAll(() => {
	folder = temporaryFolder(afterAll);
	bin = join(folder, 'bin');
	mkdirSync(bin);
	const command = join(bin, manifest.name);
	writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
	chmodSync(command, 0o755);
});

/** The right that the README asks for, and no other. */
const startApi = () => openSandbox({ tokens: { [TOKEN]: { permissions: ['Cache Purge', 'Zone Read'] } } });
const openRepository = async (commands = bin) => new Repository(commands, await startApi());

const purge = (repository: Repository, since: string, env: Record<string, string> = {}) =>
	repository.run(['sh'], `sh tools/purge-changed.sh "${since}"`, { ...ENV, ...env });

describe.skipIf(process.platform === 'win32')('the script of the recipes', () => {
	test('purges what was changed, added, renamed and deleted below public/, and nothing else', async () => {
		const repository = await openRepository();
		repository.commit({ 'public/old.html': 'old', 'public/gone.html': 'gone' });
		const before = repository.commit({
			'public/css/site.css': 'second',
			'public/blog/index.html': 'new',
			'public/old.html': undefined,
			'public/new.html': 'old',
			'public/gone.html': undefined,
			'README.md': 'second',
			'publicity/page.html': 'outside',
		});
		expect(await purge(repository, before)).toMatchObject({ code: 0, stderr: '' });
		expect(repository.purged()).toEqual([
			[
				`${SITE}/blog/index.html`,
				`${SITE}/blog/`,
				`${SITE}/css/site.css`,
				`${SITE}/gone.html`,
				`${SITE}/new.html`,
				`${SITE}/old.html`,
			],
		]);
	});

	test('takes in every commit since the one that it is given', async () => {
		const repository = await openRepository();
		const before = repository.commit({ 'public/a.html': 'a' });
		repository.commit({ 'public/b.html': 'b' });
		expect(await purge(repository, before)).toMatchObject({ code: 0 });
		expect(repository.purged()).toEqual([[`${SITE}/a.html`, `${SITE}/b.html`]]);
	});

	test('sends no request, and succeeds, where nothing below public/ changed', async () => {
		const sandbox = await startApi();
		const repository = new Repository(bin, sandbox);
		const before = repository.commit({ 'README.md': 'second' });
		expect(await purge(repository, before)).toMatchObject({ code: 0, stdout: 'Nothing below public/ changed.\n' });
		expect(sandbox.requests).toEqual([]);
	});

	test.each([
		['at the first push of a branch', NO_COMMIT],
		['after a push that dropped the commit', 'deadbeef'.repeat(5)],
		['when it is started by hand', ''],
	])('purges everything below public/ %s', async (_, since) => {
		const repository = await openRepository();
		expect(await purge(repository, since)).toMatchObject({ code: 0, stderr: '' });
		expect(repository.purged()).toEqual([[`${SITE}/css/site.css`, `${SITE}/index.html`, `${SITE}/`]]);
	});

	test.each([
		['blanks', 'my page.html', 'my%20page.html'],
		['a percent sign', '100%25.html', '100%2525.html'],
		['marks of a URL', 'a?b#c.html', 'a%3Fb%23c.html'],
		['letters beyond ASCII', 'grüße/日本.html', 'gr%C3%BC%C3%9Fe/%E6%97%A5%E6%9C%AC.html'],
		['quotes and signs of a shell', `it's "$HOME" \`x\`.html`, "it's%20%22$HOME%22%20%60x%60.html"],
		['a backslash', 'a\\b.html', 'a%5Cb.html'],
		['signs that browsers send as they are', "a@b+c,d(e)!~=&;:'.html", "a@b+c,d(e)!~=&;:'.html"],
		['a dash at its start', '-rf.html', '-rf.html'],
	])('purges a file whose name has %s at the address that browsers ask for', async (_, name, address) => {
		const repository = await openRepository();
		const before = repository.commit({ [`public/${name}`]: 'new' });
		expect(await purge(repository, before)).toMatchObject({ code: 0, stderr: '' });
		expect(repository.purged()).toEqual([[`${SITE}/${address}`]]);
	});

	test('never purges another address than that of a file whose name has a line end', async () => {
		const repository = await openRepository();
		const before = repository.commit({ 'public/a\nb.html': 'new' });
		expect(await purge(repository, before)).toMatchObject({ code: 0 });
		expect(repository.purged()).toEqual([[`${SITE}/a%0Ab.html`]]);
	});

	test('purges more files than one request carries, each once', async () => {
		const repository = await openRepository();
		const names = Array.from({ length: 250 }, (_, number) => `page-${number}.html`);
		const before = repository.commit(Object.fromEntries(names.map((name) => [`public/${name}`, 'new'])));
		const site = 'https://www.example.net';
		expect(await purge(repository, before, { ZONE: 'example.net', SITE: site })).toMatchObject({ code: 0 });
		const requests = repository.purged();
		expect(requests.map((files) => files.length).sort()).toEqual([100, 100, 50].sort());
		expect(requests.flat().sort()).toEqual(names.map((name) => `${site}/${name}`).sort());
	});

	test('fails, so that the job is not green, where Cloudflare refuses the purge', async () => {
		const repository = new Repository(bin, await openSandbox({ tokens: { [TOKEN]: { permissions: ['Zone Read'] } } }));
		const before = repository.commit({ 'public/a.html': 'a' });
		const { code, stderr } = await purge(repository, before);
		expect([code, stderr]).toEqual([1, expect.stringContaining('Zone › Cache Purge')]);
	});

	test.each<[string, Record<string, string>]>([
		['there is no token', { CLOUDFLARE_API_TOKEN: '' }],
		['the site is of another zone', { SITE: 'https://www.example.net' }],
		['the site is not known', { SITE: '' }],
	])('fails and purges nothing where %s', async (_, env) => {
		const repository = await openRepository();
		const before = repository.commit({ 'public/a.html': 'a' });
		const ended = await purge(repository, before, env);
		expect(ended.code).not.toBe(0);
		expect(ended.stderr).not.toBe('');
		expect(repository.purged()).toEqual([]);
	});
});

describe.skipIf(process.platform === 'win32')('the workflow for GitHub Actions', () => {
	const { steps } = (parseYaml(recipe('GitHub Actions', 'yaml')) as Workflow).jobs.deploy;

	test('fetches the history, and hands the token only to the step that purges', () => {
		expect(steps[0]).toMatchObject({ uses: expect.stringMatching(/^actions\/checkout@/), with: { 'fetch-depth': 0 } });
		const withToken = steps.filter((step) => JSON.stringify(step).includes('secrets.'));
		expect(withToken.map(({ run }) => run)).toEqual(['sh tools/purge-changed.sh "$BEFORE"']);
	});

	test('installs the packed command without a registry, and purges what the push changed', async () => {
		// What a user of the recipe does in a clone. Other tests run the command in dist, so packing must not rebuild it.
		execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' });
		const prefix = join(folder, 'prefix');
		const repository = await openRepository(join(prefix, 'bin'));
		copyFileSync(join(folder, PACKED), join(repository.folder, 'tools', PACKED));
		const before = repository.commit({ 'public/css/site.css': 'second' });
		const npm = {
			npm_config_prefix: prefix,
			npm_config_offline: 'true',
			npm_config_cache: join(folder, 'cache'),
			npm_config_audit: 'false',
			npm_config_fund: 'false',
		};
		const values: Readonly<Record<string, string>> = {
			'github.event.before': before,
			'secrets.CLOUDFLARE_API_TOKEN': TOKEN,
		};
		for (const { run, env = {} } of steps) {
			if (run === undefined) continue;
			const given = Object.entries(env).map(([name, value]) => [name, fillIn(value, values)]);
			// The shell of a step, as GitHub documents it.
			const ended = await repository.run(['bash', '-e'], run, { ...npm, ...Object.fromEntries(given) });
			expect(ended, run).toMatchObject({ code: 0 });
		}
		expect(repository.purged()).toEqual([[`${SITE}/css/site.css`]]);
	});
});

/** Replaces the expressions of a workflow. Throws for one without a value. */
function fillIn(text: string, values: Readonly<Record<string, string>>): string {
	return text.replace(/\$\{\{ *([\w.]+) *\}\}/g, (_, name: string) => {
		const value = values[name];
		if (value === undefined) throw new Error(`no value for ${name}`);
		return value;
	});
}

describe.skipIf(process.platform === 'win32')('the pipeline for GitLab', () => {
	const { script, variables } = (parseYaml(recipe('GitLab CI', 'yaml')) as Pipeline).deploy;

	test('installs the packed tarball of this version, after the deployment and before the purge', () => {
		expect(script).toEqual([
			'./deploy.sh',
			`npm install --global --ignore-scripts ./tools/${PACKED}`,
			'sh tools/purge-changed.sh "$CI_COMMIT_BEFORE_SHA"',
		]);
		expect(variables).toMatchObject({ GIT_DEPTH: '0' });
	});

	test('purges what the push changed', async () => {
		const repository = await openRepository();
		const before = repository.commit({ 'public/index.html': 'second' });
		// The line that installs runs in the test of the workflow for GitHub, where it is the same.
		const lines = script.filter((line) => !line.startsWith('npm ')).join('\n');
		const env = { ...variables, CI_COMMIT_BEFORE_SHA: before, CLOUDFLARE_API_TOKEN: TOKEN };
		expect(await repository.run(['sh', '-e'], lines, env)).toMatchObject({ code: 0 });
		expect(repository.purged()).toEqual([[`${SITE}/index.html`, `${SITE}/`]]);
	});
});

describe.skipIf(process.platform === 'win32')('the line for cron', () => {
	const lines = recipe('cron', 'crontab').trim().split('\n');
	const command = /^(?:\S+ ){5}(.*)$/.exec(lines.at(-1) ?? '')?.[1] ?? '';

	test('has five fields of time, and no percent sign, which cron takes for a line end', () => {
		expect(lines.at(-1)).toMatch(/^\d+ \* \* \* \* cloudflare-cache-mcp /);
		expect(command).not.toContain('%');
	});

	test('purges one URL with the token of a file, and writes nothing that cron would mail', async () => {
		const repository = await openRepository();
		const file = join(folder, 'purge-token');
		writeFileSync(file, TOKEN, { mode: 0o600 });
		expect(lines.slice(0, -1).map((line) => line.replace(/=.*/, ''))).toEqual(['PATH', 'CLOUDFLARE_API_TOKEN_FILE']);
		const ended = await repository.run(['sh'], command, { CLOUDFLARE_API_TOKEN_FILE: file });
		expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
		expect(repository.purged()).toEqual([[`${SITE}/feed.xml`]]);
	});

	test('writes an error where cron mails it', async () => {
		const repository = await openRepository();
		const ended = await repository.run(['sh'], command, { CLOUDFLARE_API_TOKEN: '' });
		expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('No credential') });
	});
});

describe.skipIf(process.platform === 'win32')('the rule for make', () => {
	test.each([
		['the last commit', 'make purge', ['b.html']],
		['the commits since a given one', 'make purge SINCE=HEAD~2', ['a.html', 'b.html']],
	])('purges what %s changed', async (_, line, names) => {
		const repository = await openRepository();
		repository.write('Makefile', recipe('cron', 'make'));
		repository.commit({ 'public/a.html': 'a' });
		repository.commit({ 'public/b.html': 'b' });
		expect(await repository.run(['sh'], line, { CLOUDFLARE_API_TOKEN: TOKEN })).toMatchObject({ code: 0 });
		expect(repository.purged()).toEqual([names.map((name) => `${SITE}/${name}`)]);
	});
});
