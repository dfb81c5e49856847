/** A variable that holds a placeholder which was not filled in stops the start where it is a guard, and counts as not set elsewhere. */
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { OPTION_LIST } from '../../src/config/options/index.js';
import { ConfigError } from '../../src/errors.js';
import { finish } from '../support/process.js';

const ALL = OPTION_LIST.flatMap(([name, option]) => (option.env ? [{ ...option, name, env: option.env }] : []));
const GUARDS = ALL.filter(({ guard }) => guard);
const read = (env: Record<string, string>, ...argv: string[]) => readConfig(argv, env);

/** Placeholders as clients, shells, password managers and READMEs write them. */
const UNFILLED = [
	'$' + '{input:value}',
	'$' + '{VALUE}',
	'$' + '{env:VALUE}',
	' $' + '{VALUE}\n',
	'$' + '{user_config}',
	'$VALUE',
	'$env:VALUE',
	'$(op read op://vault/item/value)',
	'{env:VALUE}',
	'{{VALUE}}',
	'%VALUE%',
	'<VALUE>',
	'op://vault/item/value',
	'YOUR_VALUE',
];

test('guards are all options that restrict what may be done, where, and how it is watched', () => {
	expect(GUARDS.map(({ env }) => env).sort()).toEqual([
		'CF_CACHE_ALLOWED_HOSTS',
		'CF_CACHE_ALLOWED_ORIGINS',
		'CF_CACHE_AUDIT_LOG',
		'CF_CACHE_AUDIT_VALUES',
		'CF_CACHE_AUTH',
		'CF_CACHE_CONFIRM',
		'CF_CACHE_CONFIRM_SECRET',
		'CF_CACHE_CONFIRM_TTL',
		'CF_CACHE_EXCLUDE_TOOLS',
		'CF_CACHE_OAUTH_AUDIENCE',
		'CF_CACHE_OAUTH_ISSUER',
		'CF_CACHE_POLICY',
		'CF_CACHE_PUBLIC_URL',
		'CF_CACHE_READ_ONLY',
		'CF_CACHE_REDIS',
		'CF_CACHE_SANDBOX',
		'CF_CACHE_STATE_DIR',
		'CF_CACHE_TOOLS',
		'CF_CACHE_TOOLSETS',
		'CF_CACHE_ZONES',
		'CLOUDFLARE_BASE_URL',
		'CLOUDFLARE_ZONE',
	]);
});

describe.each(GUARDS)('the guard $env', ({ env }) => {
	test.for(UNFILLED)('stops the start while it holds %j', (value) => {
		expect(() => read({ [env]: value })).toThrow(
			new ConfigError(`${env} still holds a placeholder, such as \${…} or op://…, that was not filled in`),
		);
	});

	test('counts as not set when its field in the dialog of Claude Desktop was left empty', () => {
		const left = '$' + '{user_config.anything}';
		expect(read({ [env]: left, CF_CACHE_DIALOG: '1' })).toEqual(read({}));
		expect(() => read({ [env]: left })).toThrow(`${env} still holds a placeholder`);
	});
});

test('a flag wins over a variable that was not filled in', () => {
	expect(read({ CF_CACHE_ZONES: '$' + '{ZONES}' }, '--zones', 'example.com')).toMatchObject({
		zones: [{ name: 'example.com' }],
	});
});

test.for(UNFILLED)('a flag never counts as not set: --zones refuses %j', (value) => {
	expect(() => read({}, '--zones', value)).toThrow(/^--zones has /);
});

describe.each(ALL.filter(({ guard, secret, name }) => !guard && !secret && name !== 'tokenFile'))(
	'$env, which restricts nothing,',
	({ env }) => {
		test.for(UNFILLED)('counts as not set while it holds %j', (value) => {
			expect(read({ [env]: value })).toEqual(read({}));
		});
	},
);

test('a guard that was not filled in ends the process with one line and exit code 2', async () => {
	expect(await finish([], { env: { CF_CACHE_ZONES: '$' + '{input:zones}' } })).toEqual({
		code: 2,
		stdout: '',
		stderr:
			'cloudflare-cache-mcp: CF_CACHE_ZONES still holds a placeholder, such as $' +
			'{…} or op://…, that was not filled in\n',
	});
});
