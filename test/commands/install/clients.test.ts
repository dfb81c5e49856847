/** Tests where each client keeps its file on each platform, and which variables move it. */
import { describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/commands/install/client.js';
import { ALL, clientOf, Home } from './home.js';

const HOMES = { darwin: '/Users/me', linux: '/home/me', win32: 'C:\\Users\\me' } as const;

function locationOf(name: string, os: keyof typeof HOMES, env: Record<string, string> = {}): string | undefined {
	const platform: Platform = { os, env, home: HOMES[os], cwd: HOMES[os], exists: () => false };
	return clientOf(name).locations(platform).at(-1)?.file;
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

	test('of Claude Desktop on Windows is in the folder of its Windows package where that is installed', async () => {
		const packaged = 'Packages\\Claude_pzs8sxrjxfjjc\\LocalCache\\Roaming';
		const file = `D:\\Local\\${packaged}\\Claude\\claude_desktop_config.json`;
		const print = async (exists: Platform['exists']) =>
			(await new Home('win32', exists).install('claude-desktop', ['--print'], { LOCALAPPDATA: 'D:\\Local' })).text;
		expect(await print((path) => path === `D:\\Local\\${packaged}`)).toContain(file);
		expect(await print(() => false)).not.toContain(packaged);
	});
});
