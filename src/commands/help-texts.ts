/** Says of each command how it is written and what it does. Its options are not here: they follow from their table. */
import type { Command } from '../config/commands.js';

/** What the help of a command says. */
export interface CommandText {
	/** What stands behind the command. */
	readonly usage: string;
	/** Paragraphs. */
	readonly about: readonly string[];
	/** What stands behind the name of the program. */
	readonly examples?: readonly string[];
	/** Whether it runs the product, so that the options of the server mean something. */
	readonly runsProduct?: true;
}

/** The help of each command. */
export const COMMAND_TEXTS: Readonly<Record<Command, CommandText>> = {
	serve: {
		usage: '[OPTIONS]',
		about: [
			'Serves MCP on standard input and output. An MCP client starts it; install writes the entry for that.',
			'With --http, it serves many callers over HTTP. It runs until it is asked to stop. The README, "Teams", tells how they sign in.',
		],
		examples: [
			'serve --read-only --zones example.com',
			'serve --sandbox',
			'serve --http 8080 --policy policy.json --public-url https://mcp.example.com/mcp',
		],
		runsProduct: true,
	},
	demo: {
		usage: '',
		about: ['Plays a whole session against the simulated API on this machine. It needs no account and no network.'],
	},
	call: {
		usage: 'TOOL [ARGUMENTS] [OPTIONS]',
		about: [
			'Runs one tool, with the same checks as over MCP. The tools command lists the tools, and call TOOL --help the arguments of one.',
			'Arguments are --key VALUE, or one JSON object, as it is, in a file (@FILE) or on standard input (-). Keys may be written --dry-run or --dry_run.',
			'A list is a repeated key, JSON, @FILE, or - for standard input. A file has one item per line; blank lines and comments (# …) are skipped.',
			'A tool that destroys asks for the name of the zone on a terminal. Elsewhere --confirm-zone gives it.',
			'Exit codes: 0 done, 1 error, 2 wrong words, 3 consent missing, 130 interrupted. Answers go to stdout and errors to stderr; with --json, one JSON document goes to stdout in any case.',
		],
		examples: [
			'call cache_overview --zone example.com',
			'call purge_cache --zone example.com --urls @changed-urls.txt --dry-run',
			'call purge_cache --zone example.com --tags blog --tags shop --json',
			'call purge_everything --zone example.com --confirm-zone example.com',
		],
		runsProduct: true,
	},
	install: {
		usage: '[CLIENT] [OPTIONS]',
		about: [
			'Adds this server to the configuration of a client. Without CLIENT, it lists the clients. Options of the server become part of the entry.',
		],
		examples: ['install claude-code --read-only --zones example.com', 'install cursor --print'],
		runsProduct: true,
	},
	uninstall: {
		usage: 'CLIENT [OPTIONS]',
		about: ['Removes this server from the configuration of a client, and leaves everything else there as it is.'],
		examples: ['uninstall cursor --print'],
	},
	tools: {
		usage: '[OPTIONS]',
		about: ['Prints the tools that these options allow, with the tokens that each costs a model.'],
		examples: ['tools --toolsets purge', 'tools --json'],
		runsProduct: true,
	},
	doctor: {
		usage: '[OPTIONS]',
		about: ['Checks whether the server would work with these options, and says what to fix.'],
		examples: ['doctor --zones example.com', 'doctor --http 8080 --policy policy.json'],
		runsProduct: true,
	},
	sandbox: {
		usage: '[OPTIONS]',
		about: ['Serves the simulated Cloudflare API alone, on 127.0.0.1, for any Cloudflare client.'],
		examples: ['sandbox --port 8787', 'sandbox --latency 50 --faults 0.1 --seed 7'],
	},
	completion: {
		usage: 'SHELL',
		about: [
			'Prints the completions of commands, options, tools and their arguments. SHELL is bash, zsh or fish.',
			'bash: put the line eval "$(cloudflare-cache-mcp completion bash)" into ~/.bashrc.',
			'zsh: put the line eval "$(cloudflare-cache-mcp completion zsh)" into ~/.zshrc, behind compinit.',
			'fish: write the output to ~/.config/fish/completions/cloudflare-cache-mcp.fish.',
		],
		examples: ['completion bash'],
	},
	help: {
		usage: '[COMMAND | TOOL]',
		about: ['Explains a command or a tool. COMMAND --help and call TOOL --help say the same.'],
		examples: ['help call', 'help purge_cache'],
	},
	version: { usage: '', about: ['Prints the version.'] },
};
