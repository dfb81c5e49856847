/** Tests where each client keeps its file on each platform, and which variables move it. */
import { readdirSync } from 'node:fs';
import { join, posix, win32 } from 'node:path';
import { describe, expect, test } from 'vitest';
import { install } from '../../../src/commands/install/install.js';
import { type Config, readConfig } from '../../../src/config/config.js';
import { temporaryFolder } from '../../support/files.js';
import { ALL, CLONE, clientOf, expectRefusal, usualFileOf } from './home.js';

const HOMES = { darwin: '/Users/me', linux: '/home/me', win32: 'C:\\Users\\me' } as const;

function locationOf(name: string, os: keyof typeof HOMES, env: Record<string, string> = {}): string {
	const places = { home: HOMES[os], cwd: HOMES[os], node: '/node', script: '/cli.js' };
	return usualFileOf(clientOf(name), { os, env, ...places, exists: () => false });
}

const LOCATIONS: Record<string, Record<keyof typeof HOMES, string>> = {
	'claude-desktop': {
		darwin: '/Users/me/Library/Application Support/Claude/claude_desktop_config.json',
		linux: '/home/me/.config/Claude/claude_desktop_config.json',
		win32: 'C:\\Users\\me\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
	},
	'claude-code': {
		darwin: '/Users/me/.claude.json',
		linux: '/home/me/.claude.json',
		win32: 'C:\\Users\\me\\.claude.json',
	},
	vscode: {
		darwin: '/Users/me/Library/Application Support/Code/User/mcp.json',
		linux: '/home/me/.config/Code/User/mcp.json',
		win32: 'C:\\Users\\me\\AppData\\Roaming\\Code\\User\\mcp.json',
	},
	cursor: {
		darwin: '/Users/me/.cursor/mcp.json',
		linux: '/home/me/.cursor/mcp.json',
		win32: 'C:\\Users\\me\\.cursor\\mcp.json',
	},
	windsurf: {
		darwin: '/Users/me/.codeium/windsurf/mcp_config.json',
		linux: '/home/me/.codeium/windsurf/mcp_config.json',
		win32: 'C:\\Users\\me\\.codeium\\windsurf\\mcp_config.json',
	},
	zed: {
		darwin: '/Users/me/.config/zed/settings.json',
		linux: '/home/me/.config/zed/settings.json',
		win32: 'C:\\Users\\me\\AppData\\Roaming\\Zed\\settings.json',
	},
	codex: {
		darwin: '/Users/me/.codex/config.toml',
		linux: '/home/me/.codex/config.toml',
		win32: 'C:\\Users\\me\\.codex\\config.toml',
	},
	'gemini-cli': {
		darwin: '/Users/me/.gemini/settings.json',
		linux: '/home/me/.gemini/settings.json',
		win32: 'C:\\Users\\me\\.gemini\\settings.json',
	},
};

describe('the configuration file', () => {
	test.for(ALL.flatMap(([name]) => (['darwin', 'linux', 'win32'] as const).map((os) => [name, os] as const)))(
		'of %s on %s is where its makers say',
		([name, os]) => expect(locationOf(name, os)).toBe(LOCATIONS[name]?.[os]),
	);

	test.for([
		['claude-desktop', 'win32', { APPDATA: 'D:\\Roaming' }, 'D:\\Roaming\\Claude\\claude_desktop_config.json'],
		['vscode', 'win32', { APPDATA: 'D:\\Roaming' }, 'D:\\Roaming\\Code\\User\\mcp.json'],
		['zed', 'win32', { APPDATA: 'D:\\Roaming' }, 'D:\\Roaming\\Zed\\settings.json'],
		['claude-desktop', 'linux', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/Claude/claude_desktop_config.json'],
		['vscode', 'linux', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/Code/User/mcp.json'],
		['zed', 'linux', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/zed/settings.json'],
		['zed', 'linux', { XDG_CONFIG_HOME: '/cfg', FLATPAK_XDG_CONFIG_HOME: '/flat' }, '/flat/zed/settings.json'],
		['codex', 'linux', { CODEX_HOME: '/codex' }, '/codex/config.toml'],
		['codex', 'win32', { CODEX_HOME: 'D:\\codex' }, 'D:\\codex\\config.toml'],
		['claude-code', 'darwin', { CLAUDE_CONFIG_DIR: '/claude' }, '/claude/.claude.json'],
		['gemini-cli', 'darwin', { GEMINI_CLI_HOME: '/gemini' }, '/gemini/.gemini/settings.json'],
	] as const)('of %s on %s follows %o', ([name, os, env, file]) => {
		expect(locationOf(name, os, env)).toBe(file);
	});

	test.for([
		['zed', 'darwin', { XDG_CONFIG_HOME: '/cfg' }],
		['vscode', 'darwin', { XDG_CONFIG_HOME: '/cfg', APPDATA: '/data' }],
		['vscode', 'linux', { XDG_CONFIG_HOME: 'relative', APPDATA: '/data' }],
		['codex', 'linux', { CODEX_HOME: '' }],
	] as const)('of %s on %s does not follow %o', ([name, os, env]) => {
		expect(locationOf(name, os, env)).toBe(LOCATIONS[name]?.[os]);
	});
});

/** Runs install vscode and the like in a home folder in which exactly these folders are. */
async function installInto(
	name: string,
	os: keyof typeof HOMES,
	present: readonly string[],
	env: Record<string, string> = {},
	flags: readonly string[] = [],
) {
	const home = temporaryFolder();
	const there = present.map((path) => pathsFor(os).join(home, ...path.split('/')));
	const platform = {
		os,
		env,
		home,
		cwd: home,
		node: '/node',
		script: CLONE,
		exists: (path: string) => there.includes(path),
	};
	const result = await install(
		readConfig(['install', name, ...flags, ...(os === 'linux' ? [] : ['--print'])], {}) as Config,
		platform,
	);
	return { ...result, home, files: listFiles(home) };
}
const pathsFor = (os: keyof typeof HOMES) => (os === 'win32' ? win32 : posix);
const listFiles = (folder: string) =>
	readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));

describe('install', () => {
	test.for([
		['vscode', '.config/Code', 'VS Code', '.config/Code/User/mcp.json'],
		['vscode', '.config/Code - Insiders', 'VS Code Insiders', '.config/Code - Insiders/User/mcp.json'],
		['vscode', '.config/VSCodium', 'VSCodium', '.config/VSCodium/User/mcp.json'],
		['vscode', '.config/VSCodium - Insiders', 'VSCodium Insiders', '.config/VSCodium - Insiders/User/mcp.json'],
		['vscode', '.config/Code - OSS', 'Code - OSS', '.config/Code - OSS/User/mcp.json'],
		[
			'vscode',
			'.var/app/com.visualstudio.code/config/Code/User',
			'VS Code (Flatpak)',
			'.var/app/com.visualstudio.code/config/Code/User/mcp.json',
		],
		[
			'vscode',
			'.var/app/com.vscodium.codium/config/VSCodium/User',
			'VSCodium (Flatpak)',
			'.var/app/com.vscodium.codium/config/VSCodium/User/mcp.json',
		],
		['vscode', 'snap/code/current/.config/Code/User', 'VS Code (Snap)', 'snap/code/current/.config/Code/User/mcp.json'],
		['windsurf', '.codeium/windsurf-next', 'Windsurf Next', '.codeium/windsurf-next/mcp_config.json'],
		['zed', '.var/app/dev.zed.Zed/config/zed', 'Zed (Flatpak)', '.var/app/dev.zed.Zed/config/zed/settings.json'],
		['claude-code', '.claude', 'Claude Code', '.claude.json'],
		['claude-code', '.claude.json', 'Claude Code', '.claude.json'],
	] as const)('%s with only %s there writes the file of %s', async ([name, present, title, file]) => {
		const { text, code, home, files } = await installInto(name, 'linux', [present]);
		expect([code, files]).toEqual([0, [file]]);
		expect(text).toContain(`Added cf-cache to ${title}, in ${join(home, file)}.`);
	});

	test('vscode with two editions there writes the file of the usual one and names the other', async () => {
		const present = ['.config/Code - Insiders', '.config/Code'];
		const { text, home, files } = await installInto('vscode', 'linux', present);
		expect(files).toEqual(['.config/Code/User/mcp.json']);
		const other = join(home, '.config/Code - Insiders/User/mcp.json');
		expect(text).toContain(`Also here, and not changed: VS Code Insiders, in ${other} (--edition "VS Code Insiders").`);
	});

	test('vscode --edition writes the file of that edition, however it is written', async () => {
		const present = ['.config/Code - Insiders', '.config/Code'];
		const { code, files } = await installInto('vscode', 'linux', present, {}, ['--edition', 'vs code insiders']);
		expect([code, files]).toEqual([0, ['.config/Code - Insiders/User/mcp.json']]);
	});

	test('vscode --edition writes nothing where that edition is not there, and shows its file', async () => {
		const result = await installInto('vscode', 'linux', ['.config/Code'], {}, ['--edition', 'VSCodium']);
		expectRefusal(result, join(result.home, '.config/VSCodium/User/mcp.json'));
		expect(result.files).toEqual([]);
	});

	test.for([
		[['--edition', 'VS Code Insider'], 'Did you mean "VS Code Insiders"?'],
		[['--edition', 'VSCodium', '--project'], '--project and --edition exclude each other'],
	] as const)('vscode refuses %j', async ([flags, why]) => {
		await expect(installInto('vscode', 'linux', ['.config/Code'], {}, flags)).rejects.toThrow(why);
	});

	test.for(ALL)('%s writes nothing where the client is not there, says so, and shows the entry', async ([name]) => {
		const { text, code, files } = await installInto(name, 'linux', []);
		expectRefusal({ text, code }, `but ${clientOf(name).title} was not found here`);
		expect(text).toContain('Add this entry by hand:');
		expect(text).toContain('cf-cache');
		expect(files).toEqual([]);
	});

	test.for([
		['vscode', 'darwin', 'Library/Application Support/Code - Insiders', 'VS Code Insiders'],
		['vscode', 'win32', 'AppData/Roaming/VSCodium', 'VSCodium'],
		[
			'claude-desktop',
			'win32',
			'AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming',
			'Claude Desktop (Windows package)',
		],
		['claude-desktop', 'win32', 'AppData/Roaming/Claude', 'Claude Desktop'],
	] as const)('%s on %s with only %s there names %s', async ([name, os, present, title]) => {
		const { text, home } = await installInto(name, os, [present]);
		expect(text).toContain(`${title} reads ${pathsFor(os).join(home, ...present.split('/'))}`);
	});
});
