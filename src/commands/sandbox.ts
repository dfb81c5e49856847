/** `sandbox`: the simulated Cloudflare API, served alone. */
import { codeOf } from '../base/system-error.js';
import { type Config, sandboxOptions } from '../config/config.js';
import { ConfigError } from '../errors.js';
import { startSandbox } from '../sandbox/server.js';

/** Serves until `stop` is aborted. Throws ConfigError when the port cannot be used. */
export async function serveSandbox(config: Config, stop: AbortSignal, print: (text: string) => void): Promise<void> {
	const { port = 0 } = config;
	const sandbox = await startSandbox({ ...sandboxOptions(config), port }).catch((error: unknown) => {
		throw new ConfigError(
			port === 0 ? `no port can be used (${codeOf(error)})` : `--port ${port} cannot be used (${codeOf(error)})`,
		);
	});
	print(`Simulated Cloudflare API at ${sandbox.url} (any well-formed token); ends on Ctrl+C or SIGTERM.\n`);
	await new Promise<void>((resolve) => {
		stop.addEventListener('abort', () => resolve(), { once: true });
		if (stop.aborted) resolve();
	});
	await sandbox.close();
}
