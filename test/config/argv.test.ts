/** A command line is split into its command, the command's own words, and flags; what it cannot mean stops the start. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TOOL_WORDS } from '../../src/commands/call-arguments.js';
import { COMMANDS } from '../../src/config/commands.js';
import { isTakenBy } from '../../src/config/option.js';
import { read, readGiven, refusal, WITH_FLAG } from './samples.js';

describe('The command', () => {
	/** Commands without words of their own. */
	const OWN = ['call', 'install', 'uninstall', 'completion', 'help', 'version'];
	const ALONE = Object.keys(COMMANDS).filter((name) => !OWN.includes(name));

	test.each(ALONE)('%s may stand before its flags', (name) => {
		expect(readGiven([name, '--zone', 'example.com'])).toEqual({ command: name, zone: 'example.com' });
	});

	test.each(ALONE)('%s may stand behind its flags', (name) => {
		const given = readGiven(['--zone', 'call', '--sandbox', name]);
		expect(given).toEqual({ command: name, zone: 'call', sandbox: true });
	});

	test('tool is refused as unknown, and tools is suggested', () => {
		expect(refusal(['tool'])).toMatch(/^unknown command "tool".*Did you mean "tools"\?$/);
	});

	test.each(['constructor', 'toString', '__proto__'])('%s is refused, although every object has it', (word) => {
		expect(refusal([word])).toContain(`unknown command "${word}"`);
	});

	test('is repeated without its control characters when it is unknown', () => {
		expect(refusal(['\u001b[31mred'])).not.toContain('\u001b');
	});

	test.each([
		['serve', 'extra'],
		['tools', 'extra'],
	])('%s refuses the word "%s" behind it', (...argv) => {
		expect(refusal(argv)).toBe('unexpected argument "extra"');
	});

	test('refuses flags behind --, which would not be read', () => {
		expect(refusal(['--', '--read-only'])).toBe('unexpected argument "--read-only"');
	});
});

describe('An unknown flag', () => {
	test.each([
		['--read_only', '--read-only'],
		['--readonly', '--read-only'],
		['--read-onyl', '--read-only'],
		['--no-read-only', '--read-only'],
		['--exclude-tool', '--exclude-tools'],
		['--dangerously-skip-confirmations', '--dangerously-skip-confirmation'],
		['--halp', '--help'],
	])('%s stops the start, and %s is suggested', (flag, meant) => {
		expect(refusal([flag])).toBe(`unknown flag "${flag}". Did you mean "${meant}"?`);
	});

	test('with no similar name gets no suggestion', () => {
		expect(refusal(['--frobnicate'])).toBe('unknown flag "--frobnicate".');
	});

	test('of one letter stops the start', () => {
		expect(refusal(['-x'])).toBe('unknown flag "-x".');
	});

	test.each([
		[['--token', 'cfut_0123456789abcdef']],
		[['serve', '--token', 'cfut_0123456789abcdef']],
		[['serve', '--token=cfut_0123456789abcdef']],
	])('is named without the word behind it, which may be a secret: %j', (argv) => {
		expect(refusal(argv)).toBe('unknown flag "--token".');
	});
});

describe('A known flag', () => {
	test.each([['--read-only=true'], ['--read-only=']])('refuses a value when it is a switch: %s', (word) => {
		expect(refusal([word])).toBe('--read-only is a switch and takes no value');
	});

	test('is not switched off by a word behind it', () => {
		expect(refusal(['serve', '--read-only', 'false'])).toBe('unexpected argument "false"');
	});

	test('does not take another flag for its value', () => {
		expect(refusal(['--zone', '--sandbox'])).toBe(
			'--zone needs a value; write --zone=VALUE for one that starts with a dash',
		);
	});

	test('takes a value that starts with a dash behind an equals sign', () => {
		expect(read(['--audit-log=-']).auditLog).toBe('-');
	});

	test.each([
		['serve', '--port=1', '--port is a flag of sandbox, not of serve'],
		['demo', '--json', '--json is a flag of call and tools and doctor, not of demo'],
	])('of another command is refused: %s %s', (command, flag, line) => {
		expect(refusal([command, flag])).toBe(line);
	});

	test('given twice with different values is refused, because one would be ignored', () => {
		expect(refusal(['--exclude-tools', 'purge_everything', '--exclude-tools', 'cache_reserve_clear'])).toBe(
			'--exclude-tools is given twice with different values',
		);
	});

	test('given twice with the same value is accepted', () => {
		expect(read(['--zone', 'example.com', '--zone=example.com']).zone).toBe('example.com');
	});
});

describe('call', () => {
	test('separates the arguments of its tool from flags', () => {
		const argv = 'call purge_everything --zone x --confirm code --sandbox --timeout 5 --dry_run --json'.split(' ');
		expect(readGiven(argv)).toEqual({
			command: 'call',
			tool: 'purge_everything',
			toolWords: ['--zone=x', '--dry_run=true'],
			confirm: 'code',
			sandbox: true,
			timeout: 5,
			json: true,
		});
	});

	test.each(['zones_list', 'purge_cache', 'purge_everything', 'purge_resume'])(
		'takes --confirm behind %s for the policy, so that no guard becomes an argument',
		(tool) => {
			expect(read(['call', tool, '--confirm', 'block'])).toMatchObject({ confirm: 'block', toolWords: [] });
		},
	);

	test('takes --zone before the tool for the default zone', () => {
		const config = read(['--zone', 'a.example', 'call', 'purge_cache', '--zone=b.example']);
		expect(config).toMatchObject({ zone: 'a.example', toolWords: ['--zone=b.example'] });
	});

	test('takes --key=value for flags and arguments alike', () => {
		const config = read(['call', 'zones_list', '--timeout=5', '--name=a=b']);
		expect(config).toMatchObject({ timeout: 5, toolWords: ['--name=a=b'] });
	});

	test.each([['--base-url=https://evil.example'], ['--log-level=info'], ['--sandbox'], ['--help'], ['--dry_run']])(
		'never takes the word %s behind a key for a flag',
		(value) => {
			expect(refusal(['call', 'purge_cache', '--tags', value, '--dry_run'])).toBe(
				'call: --tags needs a value; write --tags=VALUE for one that starts with two dashes',
			);
		},
	);

	test.each(['--base-url=https://evil.example', '--log-level', '-', '-x', '', 'a=b', '--'])(
		'takes the value %j behind an equals sign as it is',
		(value) => {
			expect(readGiven(['call', 'purge_cache', `--tags=${value}`, '--dry_run'])).toEqual({
				command: 'call',
				tool: 'purge_cache',
				toolWords: [`--tags=${value}`, '--dry_run=true'],
			});
		},
	);

	test('reads any values behind their keys as those values, or refuses the words', () => {
		const anyWord = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.constantFrom('--base-url=https://evil.example', '--log-level=info', '--json', '--', '--zone', '-x', '='),
		);
		fc.assert(
			fc.property(fc.array(fc.tuple(fc.constantFrom('--tags', '--urls', '--hosts'), anyWord)), (pairs) => {
				const argv = ['call', 'purge_cache', ...pairs.flat(), '--dry_run'];
				if (pairs.some(([, value]) => value.startsWith('--'))) return;
				const { command, tool, toolWords, ...flags } = readGiven(argv);
				expect([toolWords, flags]).toEqual([[...pairs.map((pair) => pair.join('=')), '--dry_run=true'], {}]);
			}),
		);
	});

	test.each([
		[['--dry_run'], '--dry_run=true'],
		[['--dry_run', 'false'], '--dry_run=false'],
		[['--dry_run=false'], '--dry_run=false'],
		[['--dry-run'], '--dry_run=true'],
		[['--dry-run', 'false'], '--dry_run=false'],
		[['--dry-run=false'], '--dry_run=false'],
	])('takes %j for the switch %s', (words, word) => {
		expect(read(['call', 'purge_cache', ...words]).toolWords).toEqual([word]);
	});

	test('refuses an argument without its value', () => {
		expect(refusal(['call', 'purge_cache', '--tags'])).toBe('call: --tags needs a value');
	});

	test.each(TOOL_WORDS.names)('takes each argument of %s with hyphens and with underscores', (tool) => {
		const kinds = [...(TOOL_WORDS.argumentsOf(tool) ?? [])];
		const typed = kinds.map(([name, kind]) => [name, kind === 'switch' ? 'true' : 'x'] as const);
		const words = typed.map(([name, value]) => `--${name}=${value}`);
		expect(read(['call', tool, ...words]).toolWords).toEqual(words);
		const hyphens = typed.flatMap(([name, value]) => [`--${name.replaceAll('_', '-')}`, value]);
		expect(read(['call', tool, ...hyphens]).toolWords).toEqual(words);
	});

	test('has no argument but zone whose name is that of a flag of call, in either spelling', () => {
		const names = new Set(TOOL_WORDS.names.flatMap((tool) => [...(TOOL_WORDS.argumentsOf(tool)?.keys() ?? [])]));
		const flags = new Set(WITH_FLAG.filter(({ option }) => isTakenBy(option, 'call')).map(({ flag }) => flag));
		const both = [...names].filter((name) => flags.has(`--${name}`) || flags.has(`--${name.replaceAll('_', '-')}`));
		expect(both).toEqual(['zone']);
	});

	test.each([
		[['--force'], 'call: purge_cache takes no "--force"; cloudflare-cache-mcp call purge_cache --help.'],
		[
			['--tag', 'secret-value'],
			'call: purge_cache takes no "--tag"; cloudflare-cache-mcp call purge_cache --help. Did you mean "--tags"?',
		],
		[
			['--sandbx'],
			'call: purge_cache takes no "--sandbx"; cloudflare-cache-mcp call purge_cache --help. Did you mean "--sandbox"?',
		],
		[
			['--purge-everything'],
			'call: purge_cache takes no "--purge-everything", but purge_everything is a tool: cloudflare-cache-mcp call purge_everything',
		],
		[
			['--purge_everything=true'],
			'call: purge_cache takes no "--purge_everything", but purge_everything is a tool: cloudflare-cache-mcp call purge_everything',
		],
	])('refuses the unknown key %j and says what is meant', (words, line) => {
		expect(refusal(['call', 'purge_cache', ...words])).toBe(line);
	});

	test.each(['__proto__', 'constructor'])('refuses --%s, which every object has', (name) => {
		expect(refusal(['call', 'zones_list', `--${name}`, 'x'])).toContain(`takes no "--${name}"`);
	});

	test('refuses an unknown tool and suggests the nearest', () => {
		expect(refusal(['call', 'zone_list', '--name', 'x'])).toBe(
			'there is no tool "zone_list"; the tools command lists them. Did you mean "zones_list"?',
		);
	});

	test.each([
		['call --sandbox --json purge_cache --zone x --dry-run'],
		['call --json --dry-run --sandbox purge_cache --zone x'],
		['call purge_cache --sandbox --zone x --json --dry-run'],
		['--sandbox call --dry-run purge_cache --json --zone x'],
	])('takes flags and switches before and behind the tool alike: %s', (line) => {
		const { toolWords = [], ...given } = readGiven(line.split(' '));
		expect(given).toEqual({
			command: 'call',
			tool: 'purge_cache',
			sandbox: true,
			json: true,
		});
		expect([...toolWords].sort()).toEqual(['--dry_run=true', '--zone=x']);
	});

	test('refuses a flag without its value', () => {
		expect(refusal(['call', 'zones_list', '--timeout'])).toBe('--timeout needs a value');
	});

	test('refuses a switch with a value', () => {
		expect(refusal(['call', 'zones_list', '--read-only=true'])).toBe('--read-only is a switch and takes no value');
	});

	test.each([[['call']], [['call', '--json']]])('without a tool says where tools are listed: %j', (argv) => {
		expect(refusal(argv)).toBe('call needs the name of a tool; the tools command lists them');
	});
});

test('install takes the first word that belongs to no flag for the client', () => {
	expect(read(['install', '--zone', 'example.com', 'cursor', '--read-only'])).toMatchObject({
		client: 'cursor',
		zone: 'example.com',
		readOnly: true,
	});
});
