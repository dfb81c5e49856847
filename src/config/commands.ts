/** Lists the commands. */

/** Meaning of each command, in the order of the help. */
export const COMMANDS = {
	serve: 'serve MCP on stdio, or over HTTP (default)',
	demo: 'show a whole session against the simulated API',
	call: 'run one tool from a shell',
	install: 'add this server to a client',
	uninstall: 'remove this server from a client',
	tools: 'print the tools with their token counts',
	doctor: 'check whether it will work, and say what to fix',
	sandbox: 'serve the simulated Cloudflare API alone',
	completion: 'print the completions for a shell',
	help: 'explain a command or a tool',
	version: 'print the version',
} as const;
/** Name of a command. */
export type Command = keyof typeof COMMANDS;
