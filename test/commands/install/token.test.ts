/** Tests how `install` handles the token: it is written only where the operator asked for that. */
import { chmodSync } from 'node:fs';
import { parse as parseJson } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/errors.js';
import { ALL, clientOf, entryIn, example, Home, modeOf, TOKEN } from './home.js';

describe('install', () => {
	test.for(ALL)('%s puts the token into no file and no output without --write-token', async ([name]) => {
		const home = new Home();
		home.put(name, example(name).before);
		const { text } = await home.install(name, [], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect(`${text}${Object.values(home.files()).join('')}`).not.toContain(TOKEN);
	});

	test.for(ALL.filter(([, { token }]) => !token.isolated))(
		'%s says how it gets the token that is set, and no more',
		async ([name, { token }]) => {
			const { text } = await new Home().install(name, [], { CLOUDFLARE_API_TOKEN: TOKEN });
			expect(text).toContain(`Next:\n- ${token.advice}\n`);
			expect(text).not.toContain('not set');
		},
	);

	test.for(ALL.filter(([, { token }]) => !token.isolated && !token.input))(
		'%s says that the token is not set here, that calls fail without it, and the other ways',
		async ([name, { token }]) => {
			for (const env of [{}, { CLOUDFLARE_API_TOKEN: '$' + '{TOKEN}' }]) {
				const { text, code } = await new Home().install(name, [], env as Record<string, string>);
				expect(code).toBe(0);
				expect(text).toContain(
					`Next:\n- ${token.advice} The variable is not set here, and without it every call fails.\n- Or `,
				);
				expect(text).toContain('--token-command "COMMAND"');
				expect(text).toContain('CLOUDFLARE_API_TOKEN_FILE');
			}
		},
	);

	test('vscode says that it asks for the token itself, whether the token is set here or not', async () => {
		const { text } = await new Home().install('vscode');
		expect(text).toContain(`Next:\n- ${clientOf('vscode').token.advice}\n`);
		expect(text).not.toContain('not set');
	});

	test.for([{}, { CLOUDFLARE_API_TOKEN: TOKEN }])(
		'claude-desktop says that an entry without a token does not work, and names every way to give one: %o',
		async (env) => {
			const home = new Home();
			const result = await home.install('claude-desktop', ['--read-only'], env as Record<string, string>);
			expect(result.code).toBe(0);
			expect(result.text).toContain(
				'The entry does not work yet: it has no token, and Claude Desktop passes no variable on to servers.',
			);
			expect(entryIn('claude-desktop', home.read('claude-desktop')).args).toContain('--read-only');
			for (const way of ['cloudflare-cache-mcp.mcpb', '--token-command', 'CLOUDFLARE_API_TOKEN_FILE', '--write-token'])
				expect(result.text).toContain(way);
		},
	);

	test('claude-desktop writes an entry for the sandbox, which needs no token', async () => {
		const { text, code } = await new Home().install('claude-desktop', ['--sandbox'], {});
		expect(code).toBe(0);
		expect(text).not.toMatch(/token|--read-only/);
	});

	test.for(ALL)('%s --write-token writes the token once, and only the owner can read that file', async ([name]) => {
		const home = new Home();
		const file = home.put(name, example(name).before, 0o644);
		const { text, code } = await home.install(name, ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect([code, modeOf(file)]).toEqual([0, 0o600]);
		expect(entryIn(name, home.read(name)).env).toEqual({ CLOUDFLARE_API_TOKEN: TOKEN });
		expect(home.read(name).split(TOKEN)).toHaveLength(2);
		expect(Object.values(home.files()).filter((content) => content.includes(TOKEN))).toHaveLength(1);
		expect(text).not.toContain(TOKEN);
		expect(home.read(name)).not.toMatch(/env_vars|\$\{/);
	});

	test.for([0o644, 0o600, 0o444])(
		'cursor leaves copies of a file of mode %o that only the owner can read',
		async (mode) => {
			const home = new Home();
			const file = home.put('cursor', `{ "mcpServers": { "other": { "env": { "KEY": "${TOKEN}" } } } }`, mode);
			await home.install('cursor');
			await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
			expect(modeOf(`${file}.cf-cache.bak`)).toBe(0o600);
		},
	);

	test.for(ALL)('%s --write-token gives a new file the mode 600', async ([name]) => {
		const home = new Home();
		await home.install(name, ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect(modeOf(home.fileOf(name))).toBe(0o600);
	});

	test('cursor --write-token makes a file private that already has the token', async () => {
		const home = new Home();
		await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		const text = home.read('cursor');
		const file = home.put('cursor', text);
		chmodSync(file, 0o664);
		const result = await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect(result.text).toBe(`Cursor already has cf-cache, in ${file}. Only its mode was changed, to 600.\n`);
		expect([modeOf(file), home.files()]).toEqual([0o600, { [file]: text }]);
	});

	test.for([{}, { CLOUDFLARE_API_TOKEN: '' }, { CLOUDFLARE_API_TOKEN: '$' + '{TOKEN}' }])(
		'cursor --write-token refuses to run without a token: %o',
		async (env) => {
			const home = new Home();
			await expect(home.install('cursor', ['--write-token'], env as Record<string, string>)).rejects.toThrow(
				new ConfigError('--write-token needs the token in CLOUDFLARE_API_TOKEN'),
			);
			expect(home.files()).toEqual({});
		},
	);

	test('cursor refuses a flag that contains the token', async () => {
		const home = new Home();
		const flags = ['--token-command', `echo ${TOKEN}`];
		await expect(home.install('cursor', flags, { CLOUDFLARE_API_TOKEN: TOKEN })).rejects.toThrow(
			/a flag contains a secret from the environment/,
		);
		expect(home.files()).toEqual({});
	});

	test.for(ALL)('%s passes on the absolute path of a token file', async ([name]) => {
		const home = new Home();
		await home.install(name, [], { CLOUDFLARE_API_TOKEN_FILE: 'secrets/token' });
		expect(entryIn(name, home.read(name)).env).toEqual({ CLOUDFLARE_API_TOKEN_FILE: '/projects/secrets/token' });
	});

	test.for(ALL)('%s passes on a token command, and then says nothing about variables', async ([name]) => {
		const home = new Home();
		const command = ['--token-command', 'op read "op://a b/token"'];
		const { text } = await home.install(name, command);
		expect(entryIn(name, home.read(name)).args.slice(-2)).toEqual(command);
		expect(home.read(name)).not.toContain('CLOUDFLARE_API_TOKEN');
		expect(text).not.toContain('CLOUDFLARE_API_TOKEN');
	});

	test('cursor warns that a token written earlier wins over a token command', async () => {
		const home = new Home();
		await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		const { text } = await home.install('cursor', ['--token-command', 'op read x']);
		expect(text).toContain('The entry still has a CLOUDFLARE_API_TOKEN, which wins. Remove it from the file.');
	});

	test('vscode adds the input for the token once, and not for the sandbox', async () => {
		const home = new Home();
		await home.install('vscode');
		await home.install('vscode', ['--read-only']);
		expect((parseJson(home.read('vscode')) as { inputs: unknown }).inputs).toEqual([clientOf('vscode').token.input]);
		const other = new Home();
		await other.install('vscode', ['--sandbox']);
		expect(other.read('vscode')).not.toContain('input');
	});
});
