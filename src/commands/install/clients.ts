/** Lists the clients that `install` knows, one record each, with the source of each fact. */
import { type Client, fileIn, folderFrom, type Location, type Platform, pathsOf, settingsFolder } from './client.js';

/** Written as shells do, and as editors do. The texts are for the clients, and not templates of this file. */
const [SHELL_PLACEHOLDER, EDITOR_PLACEHOLDER] = ['CLOUDFLARE_API_TOKEN', 'env:CLOUDFLARE_API_TOKEN'].map(
	(name) => `\${${name}}`,
) as [string, string];

/** The advice for clients that replace the placeholder from their own environment. */
const setVariable = (title: string) =>
	`Set CLOUDFLARE_API_TOKEN in the environment that ${title} starts in. The file refers to the variable and does not hold the token.`;

const claudeDesktop: Client = {
	title: 'Claude Desktop',
	// modelcontextprotocol.io/quickstart/user. The Windows package sees its own copy of AppData instead:
	// anthropics/claude-code#26073, akitaonrails/ai-memory#250.
	locations: (platform) => [
		...windowsPackage(platform),
		fileIn(platform, [settingsFolder(platform), 'Claude'], DESKTOP_FILE),
	],
	format: 'json',
	servers: ['mcpServers'],
	// It starts servers with few variables and replaces no placeholder: modelcontextprotocol/servers#1039.
	token: {
		isolated: true,
		ownWay:
			'Or open the bundle cloudflare-cache-mcp.mcpb, which npm run mcpb builds. Its dialog asks for the token, and Claude Desktop keeps it in the keychain.',
		advice:
			'Claude Desktop passes no variable on. Give the token with --token-command, CLOUDFLARE_API_TOKEN_FILE or --write-token.',
	},
	restart: () => 'Quit Claude Desktop (closing the window is not enough) and start it again.',
};

const DESKTOP_FILE = 'claude_desktop_config.json';

function windowsPackage(platform: Platform): Location[] {
	if (platform.os !== 'win32') return [];
	const { join } = pathsOf(platform);
	const local = folderFrom(platform, 'LOCALAPPDATA') ?? join(platform.home, 'AppData', 'Local');
	const trace = join(local, 'Packages', 'Claude_pzs8sxrjxfjjc', 'LocalCache', 'Roaming');
	return [{ file: join(trace, 'Claude', DESKTOP_FILE), trace, edition: 'Claude Desktop (Windows package)' }];
}

const claudeCode: Client = {
	title: 'Claude Code',
	// User scope: anthropics/claude-code#4193; with CLAUDE_CONFIG_DIR: anthropics/claude-code#48448.
	locations: (platform) => {
		const { join } = pathsOf(platform);
		const own = folderFrom(platform, 'CLAUDE_CONFIG_DIR');
		return [{ file: join(own ?? platform.home, '.claude.json'), trace: own ?? join(platform.home, '.claude') }];
	},
	// code.claude.com/docs/en/mcp, "MCP installation scopes".
	project: {
		path: ['.mcp.json'],
		advice: 'Claude Code asks each user to approve the server when it first reads the file.',
	},
	format: 'json',
	servers: ['mcpServers'],
	// code.claude.com/docs/en/mcp, "Environment variable expansion".
	token: { placeholder: SHELL_PLACEHOLDER, advice: setVariable('Claude Code') },
	// It keeps its state in the same file: anthropics/claude-code#361.
	restart: (name) =>
		`Restart Claude Code. If it was running, check with /mcp that ${name} is still there: Claude Code writes this file itself.`,
};

const vscode: Client = {
	title: 'VS Code',
	// code.visualstudio.com/docs/copilot/reference/mcp-configuration; beside settings.json: microsoft/vscode#255943.
	locations: codeEditions,
	// code.visualstudio.com/docs/copilot/reference/mcp-configuration, "Configuration location".
	project: {
		path: ['.vscode', 'mcp.json'],
		advice: 'VS Code asks each user to trust the server when it first starts.',
	},
	format: 'json',
	servers: ['servers'],
	extraKeys: { type: 'stdio' },
	token: {
		input: {
			type: 'promptString',
			id: 'cloudflare-api-token',
			description: 'Cloudflare API token (Zone › Cache Purge, Zone Settings › Edit, Zone › Read)',
			password: true,
		},
		advice: 'VS Code asks for the token when it first starts the server, and stores it.',
	},
	restart: (name) => `In VS Code, run "MCP: List Servers" and start ${name}.`,
};

/** VS Code and the editors that are built from its source, in the order in which they are looked for. */
const CODE_EDITIONS: readonly [edition: string | undefined, folder: string, flatpak?: string, snap?: string][] = [
	[undefined, 'Code', 'com.visualstudio.code', 'code'],
	['VS Code Insiders', 'Code - Insiders', 'com.visualstudio.code.insiders', 'code-insiders'],
	['VSCodium', 'VSCodium', 'com.vscodium.codium', 'codium'],
	['VSCodium Insiders', 'VSCodium - Insiders', 'com.vscodium.codium-insiders', 'codium-insiders'],
	['Code - OSS', 'Code - OSS', 'com.visualstudio.code-oss'],
];

/**
 * The folders of each edition: microsoft/vscode#3884 (folders by quality), VSCodium/vscodium docs/settings.md. On Linux,
 * packages of Flatpak have a settings folder of their own, and those of Snap may have one.
 */
function codeEditions(platform: Platform): Location[] {
	const settings = settingsFolder(platform);
	const at = (folder: string[], edition?: string) => fileIn(platform, [...folder, 'User'], 'mcp.json', edition);
	return CODE_EDITIONS.flatMap(([edition, folder, flatpak, snap]) => {
		const usual = { ...at([settings, folder], edition), trace: pathsOf(platform).join(settings, folder) };
		if (platform.os !== 'linux') return [usual];
		const { home } = platform;
		const title = edition ?? 'VS Code';
		return [
			usual,
			...(flatpak ? [at([home, '.var', 'app', flatpak, 'config', folder], `${title} (Flatpak)`)] : []),
			...(snap ? [at([home, 'snap', snap, 'current', '.config', folder], `${title} (Snap)`)] : []),
		];
	});
}

const cursor: Client = {
	title: 'Cursor',
	// cursor.com/docs/context/mcp, "Configuration locations" and "Config interpolation".
	locations: (platform) => [fileIn(platform, [platform.home, '.cursor'], 'mcp.json')],
	project: { path: ['.cursor', 'mcp.json'] },
	format: 'json',
	servers: ['mcpServers'],
	token: { placeholder: EDITOR_PLACEHOLDER, advice: setVariable('Cursor') },
	restart: (name) => `Restart Cursor, and check under Settings → MCP that ${name} is on.`,
};

const windsurf: Client = {
	title: 'Windsurf',
	// docs.windsurf.com/windsurf/cascade/mcp, "mcp_config.json" and "Config interpolation".
	locations: (platform) => [
		fileIn(platform, [platform.home, '.codeium', 'windsurf'], 'mcp_config.json'),
		fileIn(platform, [platform.home, '.codeium', 'windsurf-next'], 'mcp_config.json', 'Windsurf Next'),
	],
	format: 'json',
	servers: ['mcpServers'],
	token: { placeholder: EDITOR_PLACEHOLDER, advice: setVariable('Windsurf') },
	restart: () => 'Restart Windsurf, or refresh the servers in the MCP panel of Cascade.',
};

const zed: Client = {
	title: 'Zed',
	// zed.dev/docs/configuring-zed; zed-industries/zed crates/paths/src/paths.rs (only Linux looks at XDG_CONFIG_HOME).
	locations: (platform) => {
		const { home, os } = platform;
		if (os === 'win32') return [fileIn(platform, [settingsFolder(platform), 'Zed'], 'settings.json')];
		const inside = folderFrom(platform, 'FLATPAK_XDG_CONFIG_HOME');
		const folder = os === 'darwin' ? pathsOf(platform).join(home, '.config') : (inside ?? settingsFolder(platform));
		const usual = fileIn(platform, [folder, 'zed'], 'settings.json');
		const flatpak = [home, '.var', 'app', 'dev.zed.Zed', 'config', 'zed'];
		return os === 'linux' ? [usual, fileIn(platform, flatpak, 'settings.json', 'Zed (Flatpak)')] : [usual];
	},
	// zed-industries/zed#62829 has such a file; Zed reads settings of a project only in a trusted folder.
	project: { path: ['.zed', 'settings.json'], advice: 'Zed starts the server once the user trusts the folder.' },
	format: 'json',
	servers: ['context_servers'],
	// It replaces no placeholder (zed-industries/zed#60459), but starts servers in its own environment
	// (crates/context_server/src/transport/stdio_transport.rs).
	token: { advice: 'Set CLOUDFLARE_API_TOKEN in the environment that Zed starts in. Zed passes it on.' },
	restart: (name) => `Zed starts the server by itself. Check under Settings → AI → MCP Servers that ${name} is on.`,
};

const codex: Client = {
	title: 'Codex',
	// developers.openai.com/codex/config-basic; CODEX_HOME: developers.openai.com, "Environment variables".
	locations: (platform) => {
		const folder = folderFrom(platform, 'CODEX_HOME') ?? pathsOf(platform).join(platform.home, '.codex');
		return [fileIn(platform, [folder], 'config.toml')];
	},
	// developers.openai.com/codex/mcp: read in trusted projects only.
	project: { path: ['.codex', 'config.toml'], advice: 'Codex reads the file only in a project that the user trusts.' },
	format: 'toml',
	servers: ['mcp_servers'],
	// It passes on only what is listed: openai/codex#5246, codex-rs/config/src/mcp_types.rs.
	token: { variableNamesKey: 'env_vars', advice: setVariable('Codex') },
	restart: (name) => `Restart Codex, and check with /mcp that ${name} is there.`,
};

const geminiCli: Client = {
	title: 'Gemini CLI',
	// google-gemini/gemini-cli docs/tools/mcp-server.md; GEMINI_CLI_HOME stands for the home folder: #27958.
	locations: (platform) => {
		const home = folderFrom(platform, 'GEMINI_CLI_HOME') ?? platform.home;
		return [fileIn(platform, [home, '.gemini'], 'settings.json')];
	},
	// google-gemini/gemini-cli docs/tools/mcp-server.md.
	project: { path: ['.gemini', 'settings.json'] },
	format: 'json',
	servers: ['mcpServers'],
	// It replaces $NAME and ${NAME} alike, and leaves an unset one as it is (packages/cli/src/utils/envVarResolver.ts).
	// The server reports an unfilled ${NAME}, but would take $NAME for a token.
	token: { placeholder: SHELL_PLACEHOLDER, advice: setVariable('Gemini CLI') },
	restart: (name) => `Restart Gemini CLI, and check with /mcp that ${name} is there.`,
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
