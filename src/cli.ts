#!/usr/bin/env node
/** argv, environment, signals, exit codes: the only file that touches the process. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { compose, type Product } from './compose.js';
import { type Config, helpText, readConfig, readSecrets, sandboxOptions } from './config.js';
import { ConfigError } from './errors.js';
import { createLog } from './log.js';
import { OPERATIONS } from './operations/index.js';
import { argumentNames } from './operations/input.js';
import { clean } from './quote.js';
import { createRedactor } from './redact.js';
import { NAME, VERSION } from './version.js';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

const redactor = createRedactor();

const print = (text: string) => void process.stdout.write(text);

async function run(config: Config): Promise<number> {
	const log = createLog((line) => process.stderr.write(redactor.redact(`${NAME}: ${line}`)), config.logLevel ?? 'warn');
	switch (config.command) {
		case 'serve': {
			const { claimStdout, serveStdio } = await import('./transports/stdio.js');
			const stdout = claimStdout(process.stdout, process.stderr);
			const { createServer } = await import('./server.js');
			return close(compose(config, { log, redactor }), async (product) => {
				const server = createServer(product, product.warm);
				await serveStdio(server, { stdin: process.stdin, stdout, stop: stop.signal, log });
				return 0;
			});
		}
		case 'call':
			return close(compose(config, { log, redactor }), async (product) => {
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
			return close(compose(config, { log, redactor }), async ({ allowed, parts }) => {
				const { printJson, printMarkdown, printTools, readTokenCounts } = await import('./commands/tools.js');
				const { toTool } = await import('./tool.js');
				if (config.markdown) print(printMarkdown(allowed));
				else if (config.json)
					print(
						printJson(
							allowed.map((one) => toTool(one, parts.settings.zoneArgument)),
							readTokenCounts(),
						),
					);
				else print(printTools(allowed, readTokenCounts()));
				return 0;
			});
		case 'doctor':
			return close(compose(config, { log, redactor }), async (product) => {
				const { examine } = await import('./commands/doctor.js');
				const { text, code } = await examine(product, Date.now);
				print(text);
				return code;
			});
		case 'install': {
			const { install } = await import('./commands/install.js');
			const { platform, env } = process;
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
			print(`Simulated Cloudflare API at ${sandbox.url} (any well-formed token); ends on SIGTERM.\n`);
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

async function close(product: Product, work: (product: Product) => Promise<number>): Promise<number> {
	try {
		return await work(product);
	} finally {
		await product.close();
	}
}

/** The argument names of a tool; none for one that does not exist, so that the call itself can say so. */
function takes(tool: string): string[] {
	const operation = OPERATIONS.find(({ name }) => name === tool);
	return operation ? argumentNames(operation) : [];
}

/** One line, no stack: an error's text and its causes may quote what must stay secret. */
function report(error: unknown): void {
	const message = error instanceof Error ? error.message : String(error);
	const text = error instanceof ConfigError ? message : `internal error: ${message}; please report it`;
	process.stderr.write(`${redactor.redact(`${NAME}: ${clean(redactor.redact(text), 1_000)}`)}\n`);
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const)
	process.on(event, (error) => {
		report(error);
		process.exit(1);
	});

// Before anything is read: a complaint about a flag repeats what somebody pasted in the wrong place.
for (const secret of readSecrets(process.env)) redactor.add(secret);

async function main(): Promise<number> {
	try {
		const config = readConfig(process.argv.slice(2), process.env, takes);
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
