/** Opens the ways out of the process: to the API, to a sandbox that runs in this process, and to the hosts of zones. */
import type { Clock } from '../base/clock.js';
import type { OpenTransport } from '../cloudflare/connection.js';
import type { EdgeFetch } from '../cloudflare/edge/edge-fetch.js';
import { openEdge } from '../cloudflare/edge/open.js';
import type { Config } from '../config/config.js';
import { proxiesOf, sandboxSettingsOf } from '../config/derive.js';
import type { Sandbox } from '../sandbox/server.js';
import { NAME, VERSION } from '../version.js';

/** The value of the header User-Agent. */
export const USER_AGENT = `${NAME}/${VERSION}`;

/** The connections to the API, which all principals share, and the sandbox. Both start when they are first needed. */
export class Transport {
	private opening: Promise<OpenTransport> | undefined;
	private sandbox: Promise<Sandbox> | undefined;
	private readonly config: Config;

	constructor(config: Config) {
		this.config = config;
	}

	/** The open transport. Rejects when it cannot be opened. */
	open(): Promise<OpenTransport> {
		this.opening ??= this.openPool();
		return this.opening;
	}

	/** The way to the hosts of zones. Only a server that runs a sandbox reaches an address that is not public: that sandbox's. */
	createEdge(clock: Clock): EdgeFetch {
		return openEdge({
			clock,
			hasProxy: proxiesOf(this.config) !== undefined,
			userAgent: USER_AGENT,
			sandboxPorts: this.config.sandbox ? async () => (await this.startSandbox()).edgePorts : undefined,
		});
	}

	/** Ends all connections, and the sandbox. */
	async close(): Promise<void> {
		await (await this.opening?.catch(() => undefined))?.close();
		await (await this.sandbox?.catch(() => undefined))?.close();
	}

	/** Opens the pool of connections to the API, or to a sandbox that runs in this process. */
	private async openPool(): Promise<OpenTransport> {
		const { config } = this;
		const proxies = proxiesOf(config);
		if (proxies) {
			const { openProxiedPool } = await import('../cloudflare/http/proxy.js');
			return openProxiedPool(config.baseUrl, config.timeout, proxies);
		}
		const { openPool } = await import('../cloudflare/http/pool.js');
		return openPool(config.sandbox ? (await this.startSandbox()).url : config.baseUrl, config.timeout);
	}

	private startSandbox(): Promise<Sandbox> {
		const { config } = this;
		this.sandbox ??= import('../sandbox/server.js').then((room) => room.startSandbox(sandboxSettingsOf(config)));
		return this.sandbox;
	}
}
