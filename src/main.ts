/** Runs the command that argv names, and ends with its exit code. No other file touches the process. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wordFor } from './base/audience.js';
import { systemClock } from './base/clock.js';
import { createLog, type Log } from './base/log.js';
import { Redactor } from './base/redact.js';
import { sanitize } from './base/sanitize.js';
import { codeOf } from './base/system-error.js';
import type { Platform } from './commands/install/client.js';
import { serve } from './commands/serve.js';
import type { StatusLine } from './commands/status-line.js';
import type { Product } from './compose/product.js';
import { findCommand } from './config/argv.js';
import { type Config, readConfig, readSecrets } from './config/config.js';
import { CancelledError, ConfigError, Failure, UnknownWord } from './errors.js';
import { NAME, VERSION } from './version.js';

const stop = new AbortController();
// A closed terminal (SIGHUP) and Ctrl+Break on Windows (SIGBREAK) ask to stop like the others.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const) process.once(signal, () => stop.abort());

// Windows looks for the program of a child process in the current folder first, unless this variable is set.
process.env.NoDefaultCurrentDirectoryInExePath = '1';

const redactor = new Redactor();

/** A script that asked for JSON gets one document, also for a command line that cannot be read. */
const WANTS_JSON = process.argv.includes('--json');

/** What `call` draws on a terminal. */
let status: StatusLine | undefined;

const print = (text: string): void => {
	process.stdout.write(text);
};

async function run(config: Config): Promise<number> {
	const { toOutput } = redactor;
	// A line of JSON stands alone, so that programs can read it.
	const prefix = config.logFormat === 'json' ? '' : `${NAME}: `;
	const write = (line: string): void => {
		status?.clear();
		process.stderr.write(prefix + line);
	};
	const logged = { write, format: config.logFormat, now: Date.now, toOutput };
	const log = createLog({ ...logged, maxLevel: config.logLevel });
	const announce = (message: string) => createLog({ ...logged, maxLevel: 'info' })('info', message);
	if (config.logLevel === 'debug') await logStart(config, log);
	const { stdin, stdout, stderr, env } = process;
	switch (config.command) {
		case 'serve':
			await serve(config, { stdin, stdout, stderr, stop: stop.signal, log, announce, redactor, env });
			return 0;
		case 'call':
			return withProduct(config, log, (product) => runCall(product, config));
		case 'tools':
			return withProduct(config, log, async (product) => {
				const { describeTools } = await import('./commands/tools.js');
				print(await describeTools(product, config));
				return 0;
			});
		case 'doctor':
			return examine(config, log);
		case 'install':
		case 'uninstall':
			return runInstall(config);
		case 'sandbox': {
			const { serveSandbox } = await import('./commands/sandbox.js');
			await serveSandbox(config, stop.signal, print);
			return 0;
		}
		case 'completion': {
			const { writeCompletion } = await import('./commands/completion/completion.js');
			print(writeCompletion(config.shell));
			return 0;
		}
		case 'demo': {
			const { runDemo } = await import('./commands/demo.js');
			const [command, script] = [process.execPath, new URL(import.meta.url)];
			return runDemo({ command, script, print, colour: showsColours() });
		}
	}
}

async function logStart(config: Config, log: Log): Promise<void> {
	const { describeOptionsInForce } = await import('./config/in-force.js');
	const { version: node, platform: os, arch, pid } = process;
	const about = { version: VERSION, command: config.command, node, os: `${os}-${arch}`, pid };
	log('debug', 'start', { ...about, ...describeOptionsInForce(config) });
}

async function runCall(product: Product, config: Config): Promise<number> {
	const { callTool } = await import('./commands/call.js');
	const { askOnTerminal } = await import('./commands/terminal.js');
	const { formatFlags } = await import('./commands/shell-words.js');
	const { stdin, stdout, stderr } = process;
	if (stderr.isTTY && process.env.TERM !== 'dumb') status = await createStatusLine();
	const { text, to, code } = await callTool(product, config.tool ?? '', config.toolWords ?? [], {
		readInput,
		askOnTerminal: stdin.isTTY && stderr.isTTY ? askOnTerminal(stdin, stderr, () => stop.abort()) : undefined,
		confirmZone: config.confirmZone,
		signal: stop.signal,
		json: config.json,
		flags: formatFlags(config.serverFlags ?? []),
		draw: stdout.isTTY ? await loadDrawing() : undefined,
		status,
	});
	process[to].write(text);
	return code;
}

async function loadDrawing(): Promise<(structured: unknown) => string> {
	const { drawResult } = await import('./commands/drawing.js');
	return (structured) => drawResult(structured, showsColours());
}

async function createStatusLine(): Promise<StatusLine> {
	const { StatusLine } = await import('./commands/status-line.js');
	return new StatusLine(process.stderr, systemClock);
}

async function readInput(): Promise<string> {
	const { stdin, stderr } = process;
	if (stdin.isTTY) stderr.write('Reading from the terminal. Ctrl-D on an empty line ends it.\n');
	const { text } = await import('node:stream/consumers');
	return text(stdin);
}

async function examine(config: Config, log: Log): Promise<number> {
	const { runDoctor } = await import('./commands/doctor/doctor.js');
	const nodeVersion = process.versions.node;
	const about = { platform: platformOf(), nodeVersion, colour: showsColours(), signal: stop.signal };
	const { text, code } = await runDoctor(config, { ...about, log, redactor, now: Date.now });
	print(text);
	return code;
}

/** Whether stdout shows colours. Any value of NO_COLOR but an empty one turns them off (no-color.org). */
function showsColours(): boolean {
	const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
	if (NO_COLOR) return false;
	if (FORCE_COLOR) return FORCE_COLOR !== '0';
	return process.stdout.isTTY === true && TERM !== 'dumb';
}

/** What the files of clients depend on. The bundle has the entry of the command beside this file. */
function platformOf(): Platform {
	const { platform: os, env, execPath: node } = process;
	const script = fileURLToPath(new URL('./cli.js', import.meta.url));
	return { os, env, home: homedir(), cwd: process.cwd(), node, script, exists: existsSync };
}

/** Runs install or uninstall. */
async function runInstall(config: Config): Promise<number> {
	const platform = platformOf();
	if (!isAbsolute(platform.home)) throw new ConfigError('HOME is not an absolute path, so no file is found below it');
	// A run from the source has no script that a client could start.
	if (!existsSync(platform.script))
		throw new ConfigError('install needs the built command: run npm run build, then node dist/cli.js');
	const { text, code } = await editClientFile(config, platform);
	(code === 0 ? process.stdout : process.stderr).write(redactor.redact(text));
	return code;
}

async function editClientFile(config: Config, platform: Platform): Promise<{ text: string; code: number }> {
	if (config.command === 'uninstall')
		return (await import('./commands/install/uninstall.js')).uninstall(config, platform);
	const { install } = await import('./commands/install/install.js');
	if (!process.stdin.isTTY || !process.stderr.isTTY) return install(config, platform);
	const { askHidden } = await import('./commands/install/hidden-input.js');
	const { createRunProgram } = await import('./commands/install/run-program.js');
	return install(config, platform, {
		askHidden: (question) => askHidden(process.stdin, process.stderr, { question, stop: stop.signal }),
		protect: (secret) => redactor.add(secret),
		run: createRunProgram(stop.signal),
	});
}

async function withProduct(config: Config, log: Log, work: (product: Product) => Promise<number>): Promise<number> {
	const { compose } = await import('./compose/product.js');
	const product = compose(config, { log, redactor });
	try {
		return await work(product);
	} finally {
		await product.close();
	}
}

/** Prints one line without a stack, since the stack and the causes of an error may quote secrets. */
function report(error: unknown): void {
	process.stderr.write(`${NAME}: ${sanitize(redactor.toOutput(describe(error)), 1_000)}\n`);
}

function describe(error: unknown): string {
	if (error instanceof Failure) return wordFor(error.what, { audience: 'shell' });
	const message = error instanceof Error ? error.message : String(error);
	return error instanceof ConfigError ? message : `internal error: ${message}; please report it`;
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const)
	process.on(event, (error: unknown) => {
		// The reader closed the pipe, as `head` does: exit quietly.
		if (codeOf(error) === 'EPIPE') process.exit(1);
		report(error);
		if (!WANTS_JSON) process.exit(1);
		toJson(error)
			.then((json) => process.stdout.write(json, () => process.exit(1)))
			.catch(() => process.exit(1));
	});

// The redactor knows the secrets before argv is read: an error about a word repeats it, and it may be a misplaced secret.
for (const secret of readSecrets(process.env)) redactor.add(secret);

async function main(): Promise<number> {
	try {
		const argv = process.argv.slice(2);
		// Only call needs the arguments of tools, and they take time to load.
		const isCall = findCommand(argv) === 'call';
		const tools = isCall ? (await import('./commands/call-arguments.js')).TOOL_WORDS : undefined;
		const config = readConfig(argv, process.env, tools);
		if (config === 'version') print(`${VERSION}\n`);
		else if ('help' in config) print(await (await import('./commands/help.js')).describeTopic(config.help));
		else return await run(config);
		return 0;
	} catch (thrown) {
		const error = thrown instanceof UnknownWord ? await suggestTool(thrown) : thrown;
		if (WANTS_JSON) print(await toJson(error));
		else report(error);
		if (error instanceof CancelledError) return 130;
		return error instanceof ConfigError ? 2 : 1;
	}
}

/** A tool may have been given in place of a command or a flag. */
async function suggestTool({ message, word }: UnknownWord): Promise<ConfigError> {
	const { adviseCall } = await import('./commands/tool-help.js');
	return new ConfigError(message + adviseCall(word));
}

async function toJson(error: unknown): Promise<string> {
	const { formatFatal } = await import('./commands/fatal-json.js');
	return formatFatal(error, redactor.toOutput);
}

// The write ends after earlier ones: process.exit alone would cut off output that has not reached a pipe yet.
process.exitCode = await main();
process.stdout.write('', () => process.exit());
