/** `sandbox`: serves the simulated Cloudflare API alone. */
import { codeOf } from '../base/system-error.js';
import type { Config } from '../config/config.js';
import { sandboxSettingsOf } from '../config/derive.js';
import { ConfigError } from '../errors.js';
import { startSandbox } from '../sandbox/server.js';

/** Serves until `stop` is aborted. Throws ConfigError when the port cannot be used. */
export async function serveSandbox(config: Config, stop: AbortSignal, print: (text: string) => void): Promise<void> {
	const { port } = config;
	const sandbox = await startSandbox({ ...sandboxSettingsOf(config), port }).catch((error: unknown) => {
		const code = codeOf(error);
		throw new ConfigError(port === 0 ? `no port can be used (${code})` : `--port ${port} cannot be used (${code})`);
	});
	const { http, https } = sandbox.edgePorts;
	print(
		[
			`Simulated Cloudflare API at ${sandbox.url}. Use any token of 8 or more letters, digits, "-" and "_". Stop it with Ctrl+C or SIGTERM.`,
			`Its edge serves the hosts of its zones: http at 127.0.0.1:${http}, and https, without TLS, at 127.0.0.1:${https}. Give the host in the header Host.`,
			'',
		].join('\n'),
	);
	await new Promise<void>((resolve) => {
		stop.addEventListener('abort', () => resolve(), { once: true });
		if (stop.aborted) resolve();
	});
	await sandbox.close();
}
