/** Every option takes its value from its flag, its variable or its default, and refuses a wrong one. */
import { describe, expect, test } from 'vitest';
import type { Option } from '../../src/config/option.js';
import { ALL, read, refusal, type Sample, WITH_ENV, WITH_FLAG } from './samples.js';

/** The words of a command that takes the option. */
const commandOf = ({ commands = ['serve'] }: Option<unknown>): readonly string[] => {
	const other = commands.find((name) => name !== 'call');
	return other ? [other] : ['call', 'zones_list'];
};
/** Words that give the option a value. A switch takes none. */
const wordsOf = ({ option, flag, good }: Sample) => (option.value ? [flag, good] : [flag]);

const TAKING_VALUE = WITH_FLAG.filter(({ option }) => option.value);
const WITH_DEFAULT = ALL.filter(({ option }) => option.default !== undefined);

describe('The option', () => {
	test.each(WITH_FLAG)('$name takes its value from $flag', (sample) => {
		expect(read([...commandOf(sample.option), ...wordsOf(sample)])[sample.name]).toEqual(sample.value);
	});

	test.each(WITH_ENV)('$name takes its value from $env', ({ name, option, env, good, value }) => {
		expect(read([...commandOf(option)], { [env]: good })[name]).toEqual(value);
	});

	test.each(WITH_FLAG.filter(({ bad }) => bad))(
		'$name refuses a wrong $flag and names the flag',
		({ option, flag, bad }) => {
			expect(refusal([...commandOf(option), `${flag}=${bad}`])).toMatch(new RegExp(`^${flag} `));
		},
	);

	test.each(WITH_ENV.filter(({ bad }) => bad))(
		'$name refuses a wrong $env and names the variable',
		({ option, env, bad = '' }) => {
			expect(refusal([...commandOf(option)], { [env]: bad })).toMatch(new RegExp(`^${env} `));
		},
	);

	test.each(TAKING_VALUE.filter(({ option, bad }) => option.env && bad))(
		'$name takes its value from $flag even when $env has a wrong value',
		(sample) => {
			const argv = [...commandOf(sample.option), ...wordsOf(sample)];
			expect(read(argv, { [sample.env]: sample.bad ?? '' })[sample.name]).toEqual(sample.value);
		},
	);

	test.each(WITH_ENV.filter(({ option }) => !option.guard))(
		'$name has its default when $env is empty',
		({ name, option, env }) => {
			expect(read([...commandOf(option)], { [env]: '' })[name]).toEqual(option.default);
		},
	);

	test.each(WITH_ENV.filter(({ option }) => option.guard))(
		'$name, which restricts, stops the start when $env is empty',
		({ option, env }) => {
			expect(refusal([...commandOf(option)], { [env]: '' })).toBe(
				`${env} is set to nothing, which would drop a restriction: give it a value, or unset it`,
			);
		},
	);

	test.each(WITH_ENV.filter(({ option }) => option.guard))(
		'$name has its default when the dialog of a bundle leaves $env empty',
		({ name, option, env }) => {
			expect(read([...commandOf(option)], { [env]: '', CF_CACHE_DIALOG: '1' })[name]).toEqual(option.default);
		},
	);

	test.each(TAKING_VALUE)('$name refuses $flag without a value', ({ option, flag }) => {
		expect(refusal([...commandOf(option), flag])).toBe(`${flag} needs a value`);
	});

	test.each(TAKING_VALUE)('$name refuses an empty $flag', ({ option, flag }) => {
		expect(refusal([...commandOf(option), `${flag}=`])).toMatch(new RegExp(`^${flag} `));
	});

	test.each(WITH_DEFAULT)('$name has a default that its own parser accepts', ({ option }) => {
		expect(option.parse(String(option.default))).toEqual(option.default);
	});

	test.each(ALL.filter(({ option }) => option.choices))('$name accepts every one of its choices', ({ option }) => {
		expect(option.choices?.map((choice) => option.parse(choice))).toEqual(option.choices);
	});
});

test('a configuration without flags and variables holds the command and the defaults, and nothing else', () => {
	const defaults = WITH_DEFAULT.map(({ name, option }) => [name, option.default]);
	expect(read([])).toEqual({ command: 'serve', ...Object.fromEntries(defaults) });
});

test('CF_CACHE_READ_ONLY=false switches the option off', () => {
	expect(read([], { CF_CACHE_READ_ONLY: 'false' }).readOnly).toBe(false);
});

test.each([
	[['--confirm', 'block', '--dangerously-skip-confirmation'], {}],
	[['--dangerously-skip-confirmation', '--confirm=block'], {}],
	[['--dangerously-skip-confirmation'], { CF_CACHE_CONFIRM: 'block' }],
])('%j with %j is refused, because the laxer of two policies must not win', (argv, env) => {
	expect(refusal(argv, env)).toBe('--confirm block and --dangerously-skip-confirmation exclude each other');
});
