/** Variables that a client left as `${…}`: one that would have been a guard stops the start, any other counts as not set. */
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { OPTIONS, type Option } from '../../src/config/options.js';
import { ConfigError } from '../../src/errors.js';
import { finish } from '../support/process.js';

const ALL = Object.entries<Option<unknown>>(OPTIONS).flatMap(([name, { env, guard, secret }]) =>
	env ? [{ name, env, guard, secret }] : [],
);
const GUARDS = ALL.filter(({ guard }) => guard);
const read = (env: Record<string, string>, ...argv: string[]) => readConfig(argv, env);

/** As VS Code, a shell, Cursor and others write what they did not fill in. */
const UNFILLED = [
	'$' + '{input:value}',
	'$' + '{VALUE}',
	'$' + '{env:VALUE}',
	' $' + '{VALUE}\n',
	'$' + '{user_config}',
];

test('guards are all options that restrict what may be done, where, and how it is watched', () => {
	expect(GUARDS.map(({ env }) => env).sort()).toEqual([
		'CF_CACHE_AUDIT_LOG',
		'CF_CACHE_CONFIRM',
		'CF_CACHE_CONFIRM_SECRET',
		'CF_CACHE_CONFIRM_TTL',
		'CF_CACHE_EXCLUDE_TOOLS',
		'CF_CACHE_READ_ONLY',
		'CF_CACHE_SANDBOX',
		'CF_CACHE_TOOLS',
		'CF_CACHE_TOOLSETS',
		'CF_CACHE_ZONES',
		'CLOUDFLARE_BASE_URL',
		'CLOUDFLARE_ZONE',
	]);
});

describe.each(GUARDS)('the guard $env', ({ name, env }) => {
	test.for(UNFILLED)('stops the start while it holds %j', (value) => {
		expect(() => read({ [env]: value })).toThrow(
			new ConfigError(`${env} still holds a placeholder such as \${…} that the client did not fill in`),
		);
	});

	test('counts as not set where a field of the dialog of Claude Desktop was left empty', () => {
		expect(read({ [env]: '$' + '{user_config.anything}' })).not.toHaveProperty(name);
	});
});

test('a flag that is given stands above a variable that was not filled in', () => {
	expect(read({ CF_CACHE_ZONES: '$' + '{ZONES}' }, '--zones', 'example.com')).toMatchObject({
		zones: [{ name: 'example.com' }],
	});
});

test.for(UNFILLED)('a flag is taken by its word, and %j is no zone', (value) => {
	expect(() => read({}, '--zones', value)).toThrow(/^--zones has /);
});

describe.each(ALL.filter(({ guard, secret, name }) => !guard && !secret && name !== 'tokenFile'))(
	'$env, which restricts nothing,',
	({ name, env }) => {
		test.for(UNFILLED)('counts as not set while it holds %j', (value) => {
			expect(read({ [env]: value })).not.toHaveProperty(name);
		});
	},
);

test('the process ends with one line and exit code 2', async () => {
	expect(await finish([], { env: { CF_CACHE_ZONES: '$' + '{input:zones}' } })).toEqual({
		code: 2,
		stdout: '',
		stderr:
			'cloudflare-cache-mcp: CF_CACHE_ZONES still holds a placeholder such as $' +
			'{…} that the client did not fill in\n',
	});
});
