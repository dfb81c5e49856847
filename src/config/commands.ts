/** Lists the commands. */

/** Meaning of each command, in the order of the help. */
export const COMMANDS = {
	serve: 'serve MCP on stdio (default)',
	demo: 'show a whole session against the simulated API',
	call: 'run one tool: call TOOL [JSON | - | --key value …]; - reads JSON from stdin, @file a long list',
	install: 'add this server to a client: install CLIENT [FLAGS of the server]; without CLIENT, lists the clients',
	uninstall: 'remove this server from a client: uninstall CLIENT',
	tools: 'print the tools with their token counts',
	doctor: 'check token, permissions, zones, limits and reachability, and say what to fix',
	sandbox: 'serve the simulated Cloudflare API alone',
} as const;
/** Name of a command. */
export type Command = keyof typeof COMMANDS;
