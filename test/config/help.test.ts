/** The help names every command and option, with choices and defaults from the table. */
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/config/commands.js';
import { readConfig } from '../../src/config/config.js';
import { describeOption, helpText } from '../../src/config/help.js';
import { OPTIONS } from '../../src/config/options/index.js';
import { ALL, WITH_ENV, WITH_FLAG } from './samples.js';

describe('The help', () => {
	const help = helpText('the-command');

	test.each(WITH_FLAG)('names $flag', ({ flag }) => {
		expect(help).toMatch(new RegExp(`^ +${flag}\\b`, 'm'));
	});

	test.each(WITH_ENV)('names $env', ({ env }) => {
		expect(help).toMatch(new RegExp(` ${env} `));
	});

	test.each(Object.keys(COMMANDS))('names the command %s', (name) => {
		expect(help).toMatch(new RegExp(`^ +${name} `, 'm'));
	});

	test.each(['--help', '-h'])('is shown for %s', (flag) => {
		expect(readConfig([flag], {})).toBe('help');
	});

	test.each(['--version', '-v'])('is not shown for %s, which asks for the version', (flag) => {
		expect(readConfig([flag], {})).toBe('version');
	});
});

describe('The meaning of an option', () => {
	test.each([
		['timeout', 'time limit of one request, in seconds (default 30)'],
		['confirm', 'how consent to destructive tools is obtained: ask, code or block (default ask)'],
		[
			'zonePlan',
			"zone plan whose purge limits apply: auto, free, pro, business or enterprise (default auto, the zone's own plan)",
		],
		['stateDir', "directory for unfinished purges (default the operating system's data folder)"],
		['port', 'sandbox: port on 127.0.0.1 (default any free port)'],
		['json', 'call, tools, doctor: print JSON'],
		['readOnly', 'allow only tools that read'],
	] as const)('%s states choices, default and commands: %s', (name, meaning) => {
		expect(describeOption(OPTIONS[name])).toBe(meaning);
	});

	test.each(ALL)('$name is said by no other option', ({ option }) => {
		expect(ALL.filter((one) => one.option.help === option.help)).toHaveLength(1);
	});

	test.each(ALL)('$name has several words, and no period at its end', ({ option }) => {
		expect(option.help).toMatch(/^\w+ .*\w\W?$/);
		expect(option.help).not.toMatch(/\.$/);
	});

	test.each(ALL)('$name leaves choices and default to the table', ({ option }) => {
		expect(option.help).not.toMatch(/default \d|\(default|\(\d+\)/);
	});
});
