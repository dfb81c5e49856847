/** What the process can be asked to do. */

/** Commands in the order of the help. */
export const COMMANDS = {
	serve: 'serve MCP on stdio (default)',
	demo: 'show the product at work against the simulated API',
	call: 'run one tool: call TOOL [JSON | --key value …]; @file reads a long list',
	install: 'add this server to a client: install CLIENT [FLAGS of the server]; without CLIENT, says which there are',
	tools: 'print the tools with their token counts',
	doctor: 'check token, permissions, zones, limits and reachability, and say what to fix',
	sandbox: 'serve the simulated Cloudflare API alone',
} as const;
/** What the process is asked to do. */
export type Command = keyof typeof COMMANDS;
