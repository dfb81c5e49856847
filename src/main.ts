/** argv, environment, signals, exit codes: the only file that touches the process. */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { createLog, type Log } from './base/log.js';
import { createRedactor } from './base/redact.js';
import { clean } from './base/sanitize.js';
import { forbiddenBy } from './call/zone-rule.js';
import type { Product } from './compose.js';
import {
	type Config,
	helpText,
	readConfig,
	readSecrets,
	sandboxOptions,
	scopeOf,
	zoneArgumentOf,
} from './config/config.js';
import { layGroundwork } from './config/preflight.js';
import { ConfigError } from './errors.js';
import { openReception } from './mcp/connection.js';
import { readCatalogue } from './mcp/prepared-tools.js';
import { claimStdout, serveStdio } from './mcp/stdio/serve.js';
import { NAME, VERSION } from './version.js';

const stop = new AbortController();
// A terminal that is closed, and Ctrl+Break on Windows, are requests to stop like the others.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const) process.once(signal, () => stop.abort());

const redactor = createRedactor();

const print = (text: string) => void process.stdout.write(text);

async function run(config: Config): Promise<number> {
	const log = createLog((line) => process.stderr.write(redactor.redact(`${NAME}: ${line}`)), config.logLevel ?? 'warn');
	switch (config.command) {
		case 'serve': {
			const stdout = claimStdout(process.stdout, process.stderr);
			const catalogue = readCatalogue(zoneArgumentOf(config));
			const ground = layGroundwork(
				config,
				catalogue.map(({ name }) => name),
				log,
			);
			const scope = scopeOf(config);
			const tools = catalogue.flatMap((one) => (forbiddenBy(one, scope) === undefined ? one.tool : []));
			let product: Product | undefined;
			const load = async () => {
				const { compose } = await import('./compose.js');
				product = compose(config, { log, redactor, ground });
				const { createServer } = await import('./mcp/server.js');
				const server = createServer(product, tools);
				server.server.onerror = (error) => log('info', `protocol: ${error.message}`);
				void product.warm().then(keepCompiled);
				return server;
			};
			const streams = { stdin: process.stdin, stdout, stop: stop.signal, log };
			await serveStdio((send) => openReception({ tools, load, send }), streams);
			await (product ? product.close() : ground.appender?.close());
			return 0;
		}
		case 'call':
			return withProduct(config, log, async (product) => {
				const { askOnTerminal, callTool } = await import('./commands/call.js');
				const terminal = process.stdin.isTTY && process.stderr.isTTY;
				const ask = terminal ? askOnTerminal(process.stdin, process.stderr, stop.signal) : undefined;
				const answer = await callTool(product, config.tool ?? '', config.toolWords ?? [], {
					ask,
					signal: stop.signal,
					json: config.json ?? false,
				});
				print(answer.text);
				return answer.code;
			});
		case 'tools':
			return withProduct(config, log, async ({ allowed, parts }) => {
				const { printJson, printMarkdown, printTools, readTokenCounts } = await import('./commands/tools.js');
				const { listTools } = await import('./mcp/tools.js');
				if (config.markdown) print(printMarkdown(allowed));
				else if (config.json) print(printJson(listTools(allowed, parts.settings.zoneArgument), readTokenCounts()));
				else print(printTools(allowed, readTokenCounts()));
				return 0;
			});
		case 'doctor':
			return withProduct(config, log, async (product) => {
				const { examine } = await import('./commands/doctor.js');
				const { text, code } = await examine(product, Date.now);
				print(text);
				return code;
			});
		case 'install': {
			const { install } = await import('./commands/install/install.js');
			const { platform, env } = process;
			if (!isAbsolute(homedir())) throw new ConfigError('HOME is not an absolute path, so no file is found below it');
			const machine = { platform, env, home: homedir(), cwd: process.cwd(), exists: existsSync };
			const { text, code } = await install(config, machine);
			(code === 0 ? process.stdout : process.stderr).write(redactor.redact(text));
			return code;
		}
		case 'sandbox': {
			const { startSandbox } = await import('./sandbox/server.js');
			const sandbox = await startSandbox({ ...sandboxOptions(config), port: config.port ?? 0 }).catch(
				(error: NodeJS.ErrnoException) => {
					throw new ConfigError(`--port ${config.port} cannot be used (${error.code})`);
				},
			);
			print(`Simulated Cloudflare API at ${sandbox.url} (any well-formed token); ends on Ctrl+C or SIGTERM.\n`);
			await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
			await sandbox.close();
			return 0;
		}
		case 'demo': {
			const { runDemo } = await import('./commands/demo.js');
			return runDemo({
				command: process.execPath,
				script: new URL(import.meta.url),
				print,
				colour: process.stdout.isTTY === true,
			});
		}
	}
}

/** Writes what was compiled until now to the user's cache: many clients end their servers by force. */
function keepCompiled(): void {
	const { flushCompileCache } = module as { flushCompileCache?: () => void };
	flushCompileCache?.();
}

async function withProduct(config: Config, log: Log, work: (product: Product) => Promise<number>): Promise<number> {
	const { compose } = await import('./compose.js');
	const product = compose(config, { log, redactor });
	try {
		return await work(product);
	} finally {
		await product.close();
	}
}

/** One line, no stack: an error's text and its causes may quote what must stay secret. */
function report(error: unknown): void {
	const message = error instanceof Error ? error.message : String(error);
	const text = error instanceof ConfigError ? message : `internal error: ${message}; please report it`;
	process.stderr.write(`${redactor.redact(`${NAME}: ${clean(redactor.redact(text), 1_000)}`)}\n`);
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const)
	process.on(event, (error: NodeJS.ErrnoException) => {
		// Whoever reads along, such as `head`, has seen enough.
		if (error.code !== 'EPIPE') report(error);
		process.exit(1);
	});

// Before anything is read: a complaint about a flag repeats what somebody pasted in the wrong place.
for (const secret of readSecrets(process.env)) redactor.add(secret);

async function main(): Promise<number> {
	try {
		const argv = process.argv.slice(2);
		// Only that command must know the arguments of tools to read its own.
		const takes = argv.includes('call') ? (await import('./commands/call.js')).takes : undefined;
		const config = readConfig(argv, process.env, takes);
		if (config === 'help') print(helpText(NAME));
		else if (config === 'version') print(`${VERSION}\n`);
		else return await run(config);
		return 0;
	} catch (error) {
		report(error);
		return error instanceof ConfigError ? 2 : 1;
	}
}

// Not process.exit at once: what was printed must reach a pipe first.
process.exitCode = await main();
process.stdout.write('', () => process.exit());
