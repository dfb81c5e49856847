/** Tests the completions in the shells themselves: each runs the script, and is asked what may follow. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCompletion } from '../../src/commands/completion/completion.js';
import { listCompletions, SHELLS, type Shell } from '../../src/commands/completion/words.js';
import { COMMANDS } from '../../src/config/commands.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { argumentNames } from '../../src/operations/input.js';
import { ALL } from '../config/samples.js';
import { temporaryFolder } from '../support/files.js';
import { finish } from '../support/process.js';

const NAME = 'cloudflare-cache-mcp';
const isInstalled = (shell: Shell) => Boolean(process.env.CI) || spawnSync(shell, ['-c', 'exit 0']).status === 0;

let folder: string;
beforeAll(() => {
	folder = temporaryFolder(afterAll);
	for (const shell of SHELLS) writeFileSync(join(folder, shell), writeCompletion(shell));
	writeFileSync(join(folder, 'list.txt'), '');
});

/** What each shell runs. The last word is the one under the cursor. The parts of zsh that draw are replaced by prints. */
const ASK: Readonly<Record<Shell, (words: readonly string[]) => string>> = {
	bash: (words) =>
		`source ./bash; COMP_WORDS=(${words.map(quoted).join(' ')}); COMP_CWORD=${words.length - 1}; _cloudflare_cache_mcp; printf '%s\\n' "\${COMPREPLY[@]}"`,
	zsh: (words) =>
		`compdef() { :; }; _describe() { print -l -- "\${(@P)2%%:*}"; }; compadd() { shift; print -l -- "$@"; }; _files() { print -l -- *; }; compset() { [[ $words[CURRENT] == @* ]]; }; source ./zsh; words=(${words.map(quoted).join(' ')}); CURRENT=${words.length}; _cloudflare_cache_mcp; true`,
	fish: (words) => `source ./fish; complete -C ${quoted(words.join(' '))}`,
};

const quoted = (word: string) => `'${word}'`;

/** The words that a shell offers, without those that do not begin like the word under the cursor, which zsh leaves out itself. */
function complete(shell: Shell, line: string): string[] {
	const words = line.split(' ');
	const output = execFileSync(shell, ['-c', ASK[shell]([NAME, ...words])], { cwd: folder, encoding: 'utf8' });
	const offered = output
		.split('\n')
		.map((one) => one.split('\t')[0] ?? '')
		.filter(Boolean);
	return offered.filter((one) => one.startsWith(words.at(-1) ?? '')).sort();
}

describe.each(SHELLS.filter(isInstalled))('%s', (shell) => {
	test.each([
		['ca', ['call']],
		['--audit', ['--audit-log', '--audit-values']],
		['--confirm ', ['ask', 'block', 'code']],
		['call purge_e', ['purge_environment', 'purge_environment_everything', 'purge_everything']],
		['call --sandbox --timeout 5 tiered_cache_edit --value ', ['off', 'on']],
		['call variants_edit --mode ', ['merge', 'replace']],
		['call variants_edit --mode merge --dr', ['--dry-run']],
		['call purge_cache --ur', ['--urls', '--urls-file']],
		['call purge_cache --dry-run --pre', ['--prefixes']],
		['call purge_cache --tags ', []],
		['call purge_cache --confirm-z', ['--confirm-zone']],
		['install curs', ['cursor']],
		['completion f', ['fish']],
		['help purge_r', ['purge_resume']],
		['doctor --js', ['--json']],
		['sandbox --po', ['--port']],
	])('offers behind "%s" %j', (line, expected) => {
		expect(complete(shell, line)).toEqual(expected);
	});

	test('offers files for a flag that names one', () => {
		expect(complete(shell, '--audit-log list')).toEqual(['list.txt']);
	});

	test('offers each tool behind call', () => {
		const names = OPERATIONS.map(({ name }) => name);
		expect(complete(shell, 'call ').filter((word) => !word.startsWith('-'))).toEqual([...names].sort());
	});
});

describe.each((['bash', 'fish'] as const).filter(isInstalled))('%s', (shell) => {
	test('offers files for a list behind @', () => {
		expect(complete(shell, 'call purge_cache --urls @li')).toEqual(['@list.txt']);
	});
});

test('bash completes a value behind an equals sign, which it takes apart', () => {
	expect(complete('bash', 'call variants_edit --mode = me')).toEqual(['merge']);
	expect(complete('bash', 'call variants_edit --mode = merge --dr')).toEqual(['--dry-run']);
});

describe('The words', () => {
	const { words, argumentValues, flagValues } = listCompletions();
	const at = (place: string) => words.get(place)?.map(({ word }) => word) ?? [];

	test('are all commands and all tools', () => {
		expect(at('command:')).toEqual(expect.arrayContaining(Object.keys(COMMANDS)));
		expect(at('command:call')).toEqual(expect.arrayContaining(OPERATIONS.map(({ name }) => name)));
	});

	test.each(OPERATIONS)('are all arguments of $name, and what stands behind each is known', (operation) => {
		const keys = argumentNames(operation)
			.filter((name) => name !== 'confirm')
			.map((name) => `--${name.replaceAll('_', '-')}`);
		expect(at(`tool:${operation.name}`)).toEqual(keys);
		for (const key of keys) expect(argumentValues.has(`tool:${operation.name} ${key}`)).toBe(true);
	});

	test.each(ALL.filter(({ option }) => option.flag))('have $flag with its choices', ({ flag, option }) => {
		const value = flagValues.get(flag);
		if (option.value === undefined) expect(value).toBe('none');
		else if (option.choices) expect(value).toEqual(option.choices);
		else expect(['text', 'file']).toContain(value);
	});
});

describe('The process', () => {
	test.each(SHELLS)('prints the script for %s on stdout', async (shell) => {
		expect(await finish(['completion', shell])).toEqual({ code: 0, stdout: writeCompletion(shell), stderr: '' });
	});

	test.each([
		[['completion'], 'completion needs the name of a shell; there are bash, zsh, fish.\n'],
		[['completion', 'fis'], 'there are no completions for "fis"; there are bash, zsh, fish. Did you mean "fish"?\n'],
	])('exits with 2 for %j', async (argv, line) => {
		expect(await finish(argv)).toEqual({ code: 2, stdout: '', stderr: `${NAME}: ${line}` });
	});
});
