/** Lists the clients that `install` knows, one record each, with the source of each fact. */
import mcp from '../../../mcp.json' with { type: 'json' };
import { type Client, fileBelow, folderFrom, type Platform, pathsOf, settingsFolder } from './client.js';

const SHELL_PLACEHOLDER = mcp.mcpServers['cf-cache'].env.CLOUDFLARE_API_TOKEN;
const EDITOR_PLACEHOLDER = SHELL_PLACEHOLDER.replace('{', '{env:');

/** The advice for clients that replace the placeholder from their own environment. */
const setVariable = (title: string) =>
	`Set CLOUDFLARE_API_TOKEN in the environment that ${title} starts in. The file refers to the variable and does not hold the token.`;

const claudeDesktop: Client = {
	title: 'Claude Desktop',
	// modelcontextprotocol.io/quickstart/user. The Windows package sees its own copy of AppData instead:
	// anthropics/claude-code#26073, akitaonrails/ai-memory#250.
	locations: (platform) => [
		...windowsPackage(platform),
		...fileBelow(platform, settingsFolder(platform), 'Claude', DESKTOP_FILE),
	],
	format: 'json',
	servers: ['mcpServers'],
	// It starts servers with few variables and replaces no placeholder: modelcontextprotocol/servers#1039.
	token: {
		advice:
			'Claude Desktop does not pass on variables. Run the same command again with --token-command "…" or with --write-token. CLOUDFLARE_API_TOKEN_FILE, set to the path of a file that holds the token, works too.',
	},
	restart: 'Quit Claude Desktop (closing the window is not enough) and start it again.',
};

const DESKTOP_FILE = 'claude_desktop_config.json';

function windowsPackage(platform: Platform) {
	if (platform.os !== 'win32') return [];
	const { join } = pathsOf(platform);
	const local = folderFrom(platform, 'LOCALAPPDATA') ?? join(platform.home, 'AppData', 'Local');
	const requiredFolder = join(local, 'Packages', 'Claude_pzs8sxrjxfjjc', 'LocalCache', 'Roaming');
	return [{ file: join(requiredFolder, 'Claude', DESKTOP_FILE), requiredFolder }];
}

const claudeCode: Client = {
	title: 'Claude Code',
	// User scope: anthropics/claude-code#4193; with CLAUDE_CONFIG_DIR: anthropics/claude-code#48448.
	locations: (platform) =>
		fileBelow(platform, folderFrom(platform, 'CLAUDE_CONFIG_DIR') ?? platform.home, '.claude.json'),
	format: 'json',
	servers: ['mcpServers'],
	// code.claude.com/docs/en/mcp, "Environment variable expansion".
	token: { placeholder: SHELL_PLACEHOLDER, advice: setVariable('Claude Code') },
	// It keeps its state in the same file: anthropics/claude-code#361.
	restart:
		'Restart Claude Code. If it was running, check with /mcp that cf-cache is still there: Claude Code writes this file itself.',
};

const vscode: Client = {
	title: 'VS Code',
	// code.visualstudio.com/docs/copilot/reference/mcp-configuration; beside settings.json: microsoft/vscode#255943.
	locations: (platform) => fileBelow(platform, settingsFolder(platform), 'Code', 'User', 'mcp.json'),
	format: 'json',
	servers: ['servers'],
	extraKeys: { type: 'stdio' },
	token: {
		placeholder: mcp.servers['cf-cache'].env.CLOUDFLARE_API_TOKEN,
		isInput: true,
		advice: 'VS Code asks for the token when it first starts the server, and stores it.',
	},
	restart: 'In VS Code, run "MCP: List Servers" and start cf-cache.',
};

const cursor: Client = {
	title: 'Cursor',
	// cursor.com/docs/context/mcp, "Configuration locations" and "Config interpolation".
	locations: (platform) => fileBelow(platform, platform.home, '.cursor', 'mcp.json'),
	format: 'json',
	servers: ['mcpServers'],
	token: { placeholder: EDITOR_PLACEHOLDER, advice: setVariable('Cursor') },
	restart: 'Restart Cursor, and check under Settings → MCP that cf-cache is on.',
};

const windsurf: Client = {
	title: 'Windsurf',
	// docs.windsurf.com/windsurf/cascade/mcp, "mcp_config.json" and "Config interpolation".
	locations: (platform) => fileBelow(platform, platform.home, '.codeium', 'windsurf', 'mcp_config.json'),
	format: 'json',
	servers: ['mcpServers'],
	token: { placeholder: EDITOR_PLACEHOLDER, advice: setVariable('Windsurf') },
	restart: 'Restart Windsurf, or refresh the servers in the MCP panel of Cascade.',
};

const zed: Client = {
	title: 'Zed',
	// zed.dev/docs/configuring-zed; zed-industries/zed crates/paths/src/paths.rs (only Linux looks at XDG_CONFIG_HOME).
	locations: (platform) => {
		if (platform.os === 'win32') return fileBelow(platform, settingsFolder(platform), 'Zed', 'settings.json');
		const flatpak = folderFrom(platform, 'FLATPAK_XDG_CONFIG_HOME');
		const folder =
			platform.os === 'darwin'
				? pathsOf(platform).join(platform.home, '.config')
				: (flatpak ?? settingsFolder(platform));
		return fileBelow(platform, folder, 'zed', 'settings.json');
	},
	format: 'json',
	servers: ['context_servers'],
	// It replaces no placeholder (zed-industries/zed#60459), but starts servers in its own environment
	// (crates/context_server/src/transport/stdio_transport.rs).
	token: { advice: 'Set CLOUDFLARE_API_TOKEN in the environment that Zed starts in. Zed passes it on.' },
	restart: 'Zed starts the server by itself. Check under Settings → AI → MCP Servers that cf-cache is on.',
};

const codex: Client = {
	title: 'Codex',
	// developers.openai.com/codex/config-basic; CODEX_HOME: developers.openai.com, "Environment variables".
	locations: (platform) => {
		const folder = folderFrom(platform, 'CODEX_HOME') ?? pathsOf(platform).join(platform.home, '.codex');
		return fileBelow(platform, folder, 'config.toml');
	},
	format: 'toml',
	servers: ['mcp_servers'],
	// It passes on only what is listed: openai/codex#5246, codex-rs/config/src/mcp_types.rs.
	token: { variableNamesKey: 'env_vars', advice: setVariable('Codex') },
	restart: 'Restart Codex, and check with /mcp that cf-cache is there.',
};

const geminiCli: Client = {
	title: 'Gemini CLI',
	// google-gemini/gemini-cli docs/tools/mcp-server.md; GEMINI_CLI_HOME stands for the home folder: #27958.
	locations: (platform) =>
		fileBelow(platform, folderFrom(platform, 'GEMINI_CLI_HOME') ?? platform.home, '.gemini', 'settings.json'),
	format: 'json',
	servers: ['mcpServers'],
	// It replaces $NAME and ${NAME} alike, and leaves an unset one as it is (packages/cli/src/utils/envVarResolver.ts).
	// The server reports an unfilled ${NAME}, but would take $NAME for a token.
	token: { placeholder: SHELL_PLACEHOLDER, advice: setVariable('Gemini CLI') },
	restart: 'Restart Gemini CLI, and check with /mcp that cf-cache is there.',
};

/** The clients by their names on the command line, in the order in which they are listed. */
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
