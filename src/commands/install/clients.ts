/** The clients that `install` knows, one record each, with the source of each fact. */
import mcp from '../../../mcp.json' with { type: 'json' };
import { applicationFolder, below, type Client, folderFrom, type Platform, pathsOf } from './client.js';

const FROM_SHELL = mcp.mcpServers['cf-cache'].env.CLOUDFLARE_API_TOKEN;
const FROM_EDITOR = FROM_SHELL.replace('{', '{env:');

/** The sentence for clients that fill in a variable of their own environment. */
const setIt = (title: string) =>
	`Set CLOUDFLARE_API_TOKEN in the environment that ${title} starts in: the file only names it.`;

const claudeDesktop: Client = {
	title: 'Claude Desktop',
	// modelcontextprotocol.io/quickstart/user. The Windows package sees its own copy of AppData instead:
	// anthropics/claude-code#26073, akitaonrails/ai-memory#250.
	places: (machine) => [
		...windowsPackage(machine),
		...below(machine, applicationFolder(machine), 'Claude', DESKTOP_FILE),
	],
	format: 'json',
	servers: ['mcpServers'],
	// It starts servers with few variables and fills in none: modelcontextprotocol/servers#1039.
	token: {
		next: 'Claude Desktop cannot take the token from the environment: run this again with --token-command "…", with CLOUDFLARE_API_TOKEN_FILE set to the path of a file that holds it, or with --write-token.',
	},
	restart: 'Quit Claude Desktop (closing the window is not enough) and start it again.',
};

const DESKTOP_FILE = 'claude_desktop_config.json';

function windowsPackage(machine: Platform) {
	if (machine.platform !== 'win32') return [];
	const { join } = pathsOf(machine);
	const local = folderFrom(machine, 'LOCALAPPDATA') ?? join(machine.home, 'AppData', 'Local');
	const within = join(local, 'Packages', 'Claude_pzs8sxrjxfjjc', 'LocalCache', 'Roaming');
	return [{ file: join(within, 'Claude', DESKTOP_FILE), within }];
}

const claudeCode: Client = {
	title: 'Claude Code',
	// User scope: anthropics/claude-code#4193; with CLAUDE_CONFIG_DIR: anthropics/claude-code#48448.
	places: (machine) => below(machine, folderFrom(machine, 'CLAUDE_CONFIG_DIR') ?? machine.home, '.claude.json'),
	format: 'json',
	servers: ['mcpServers'],
	// code.claude.com/docs/en/mcp, "Environment variable expansion".
	token: { env: FROM_SHELL, next: setIt('Claude Code') },
	// It keeps its state in the same file: anthropics/claude-code#361.
	restart:
		'Start Claude Code anew; if it was running, see with /mcp that the entry stayed, as it writes this file itself.',
};

const vscode: Client = {
	title: 'VS Code',
	// code.visualstudio.com/docs/copilot/reference/mcp-configuration; beside settings.json: microsoft/vscode#255943.
	places: (machine) => below(machine, applicationFolder(machine), 'Code', 'User', 'mcp.json'),
	format: 'json',
	servers: ['servers'],
	fixed: { type: 'stdio' },
	token: {
		env: mcp.servers['cf-cache'].env.CLOUDFLARE_API_TOKEN,
		asks: true,
		next: 'VS Code asks for the token when it first starts the server, and keeps it.',
	},
	restart: 'In VS Code, run "MCP: List Servers" and start cf-cache.',
};

const cursor: Client = {
	title: 'Cursor',
	// cursor.com/docs/context/mcp, "Configuration locations" and "Config interpolation".
	places: (machine) => below(machine, machine.home, '.cursor', 'mcp.json'),
	format: 'json',
	servers: ['mcpServers'],
	token: { env: FROM_EDITOR, next: setIt('Cursor') },
	restart: 'Restart Cursor, and see under Settings → MCP that cf-cache is on.',
};

const windsurf: Client = {
	title: 'Windsurf',
	// docs.windsurf.com/windsurf/cascade/mcp, "mcp_config.json" and "Config interpolation".
	places: (machine) => below(machine, machine.home, '.codeium', 'windsurf', 'mcp_config.json'),
	format: 'json',
	servers: ['mcpServers'],
	token: { env: FROM_EDITOR, next: setIt('Windsurf') },
	restart: 'Restart Windsurf, or refresh the servers in the MCP panel of Cascade.',
};

const zed: Client = {
	title: 'Zed',
	// zed.dev/docs/configuring-zed; zed-industries/zed crates/paths/src/paths.rs (only Linux looks at XDG_CONFIG_HOME).
	places: (machine) => {
		if (machine.platform === 'win32') return below(machine, applicationFolder(machine), 'Zed', 'settings.json');
		const flatpak = folderFrom(machine, 'FLATPAK_XDG_CONFIG_HOME');
		const folder =
			machine.platform === 'darwin'
				? pathsOf(machine).join(machine.home, '.config')
				: (flatpak ?? applicationFolder(machine));
		return below(machine, folder, 'zed', 'settings.json');
	},
	format: 'json',
	servers: ['context_servers'],
	// It fills in nothing (zed-industries/zed#60459), but starts servers in its own environment
	// (crates/context_server/src/transport/stdio_transport.rs).
	token: { next: 'Set CLOUDFLARE_API_TOKEN in the environment that Zed starts in: it hands it on.' },
	restart: 'Zed starts the server by itself; see it under Settings → AI → MCP Servers.',
};

const codex: Client = {
	title: 'Codex',
	// developers.openai.com/codex/config-basic; CODEX_HOME: developers.openai.com, "Environment variables".
	places: (machine) =>
		below(machine, folderFrom(machine, 'CODEX_HOME') ?? pathsOf(machine).join(machine.home, '.codex'), 'config.toml'),
	format: 'toml',
	servers: ['mcp_servers'],
	// It passes on only what is listed: openai/codex#5246, codex-rs/config/src/mcp_types.rs.
	token: { names: 'env_vars', next: setIt('Codex') },
	restart: 'Start Codex anew, and see with /mcp that cf-cache is there.',
};

const geminiCli: Client = {
	title: 'Gemini CLI',
	// google-gemini/gemini-cli docs/tools/mcp-server.md; GEMINI_CLI_HOME stands for the home folder: #27958.
	places: (machine) =>
		below(machine, folderFrom(machine, 'GEMINI_CLI_HOME') ?? machine.home, '.gemini', 'settings.json'),
	format: 'json',
	servers: ['mcpServers'],
	// $NAME and ${NAME} are filled in alike and stay as they are when unset (packages/cli/src/utils/envVarResolver.ts);
	// only the second is what this server knows to be a placeholder.
	token: { env: FROM_SHELL, next: setIt('Gemini CLI') },
	restart: 'Start Gemini CLI anew, and see with /mcp that cf-cache is there.',
};

/** By the name on the command line, in the order in which they are listed. */
export const CLIENTS = {
	'claude-desktop': claudeDesktop,
	'claude-code': claudeCode,
	vscode,
	cursor,
	windsurf,
	zed,
	codex,
	'gemini-cli': geminiCli,
} satisfies Record<string, Client>;
