/** The meaning of an option is put together from its record. */
import { describe, expect, test } from 'vitest';
import { TOOL_WORDS } from '../../src/commands/call-arguments.js';
import { readConfig } from '../../src/config/config.js';
import { describeMeaning, describeOption } from '../../src/config/help.js';
import { OPTION_GROUPS, OPTIONS } from '../../src/config/options/index.js';
import { ALL, refusal } from './samples.js';

const request = (...argv: string[]) => readConfig(argv, {}, TOOL_WORDS);

describe('A request for help', () => {
	test.each([
		[['--help'], []],
		[['-h'], []],
		[['--sandbox', '--help'], []],
		[['help'], []],
		[['help', 'call'], ['call']],
		[
			['help', 'call', 'zones_list'],
			['call', 'zones_list'],
		],
		[['help', 'zones_list'], ['zones_list']],
		[['doctor', '--help'], ['doctor']],
		[['--help', 'doctor'], ['doctor']],
		[['serve', '-h'], ['serve']],
		[['call', '--help'], ['call']],
		[['call', '-h'], ['call']],
		[
			['call', 'zones_list', '--help'],
			['call', 'zones_list'],
		],
		[
			['call', 'zones_list', '-h'],
			['call', 'zones_list'],
		],
		[
			['call', '--help', 'zones_list'],
			['call', 'zones_list'],
		],
		[
			['call', 'purge_cache', '--zone', 'example.com', '--help'],
			['call', 'purge_cache'],
		],
	])('%j is one for %j', (argv, help) => {
		expect(request(...argv)).toEqual({ help });
	});

	test('needs no usable environment', () => {
		expect(readConfig(['--help'], { CF_CACHE_RETRIES: 'many' }, TOOL_WORDS)).toEqual({ help: [] });
	});

	test('of an unknown tool is refused like a call of it', () => {
		expect(refusal(['call', 'zone_list', '--help'])).toContain('there is no tool "zone_list"');
	});
});

test.each([['--version'], ['-v'], ['-V'], ['version'], ['call', 'zones_list', '-V']])(
	'The version is asked for by %s %s %s',
	(...argv) => {
		expect(request(...argv)).toBe('version');
	},
);

test('The groups hold the options of the table, in its order', () => {
	const grouped = Object.values(OPTION_GROUPS).flatMap(({ options }) => Object.keys(options));
	expect(grouped).toEqual(Object.keys(OPTIONS));
});

describe('The meaning of an option', () => {
	test.each([
		['timeout', 'time limit of one request, in seconds (default 30)'],
		[
			'confirm',
			'how consent to destructive tools is obtained: ask, code or block (default ask; over HTTP block, unless the policy says otherwise)',
		],
		[
			'zonePlan',
			"zone plan whose purge limits apply: auto, free, pro, business or enterprise (default auto, the zone's own plan)",
		],
		[
			'stateDir',
			"directory for unfinished purges, snapshots, and what changes replaced (default the operating system's data folder)",
		],
		['port', 'sandbox: port on 127.0.0.1 (default any free port)'],
		['json', 'call, tools, doctor: print JSON'],
		['readOnly', 'allow only tools that read'],
	] as const)('%s states choices, default and commands: %s', (name, meaning) => {
		expect(describeOption(OPTIONS[name])).toBe(meaning);
	});

	test('leaves the commands out where the help of a command shows it', () => {
		expect(describeMeaning(OPTIONS.port)).toBe('port on 127.0.0.1 (default any free port)');
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
