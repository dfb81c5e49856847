/** Serves MCP over HTTP, to many callers. Loaded only with --http. */
import { systemClock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Redactor } from '../base/redact.js';
import { codeOf } from '../base/system-error.js';
import { composeTeam, type Team } from '../compose/team.js';
import type { Address } from '../config/address-parsers.js';
import type { Config } from '../config/config.js';
import { foreignHostOf } from '../config/derive.js';
import { authModeOf, checkHttp } from '../config/http.js';
import { ConfigError } from '../errors.js';
import type { Authenticator } from '../mcp/http/auth/authenticator.js';
import { createOpenDoor } from '../mcp/http/auth/none.js';
import { ENDPOINT } from '../mcp/http/door.js';
import { Endpoint } from '../mcp/http/endpoint.js';
import { HttpServer } from '../mcp/http/server.js';
import { describeServer } from '../mcp/server-info.js';
import { NAME, VERSION } from '../version.js';

/** What the server takes from the process. */
export interface HttpEnvironment {
	readonly stderr: NodeJS.WriteStream;
	/** Aborted by a signal to stop. */
	readonly stop: AbortSignal;
	readonly log: Log;
	/** Logs at every level: programs that start the server read there where it listens. */
	announce(message: string): void;
	readonly redactor: Redactor;
}

/** Serves until `stop` is aborted. Throws ConfigError when the configuration is unusable. */
export async function serveHttp(config: Config, address: Address, environment: HttpEnvironment): Promise<void> {
	const { stderr, stop, log, announce, redactor } = environment;
	checkHttp(config);
	const host = foreignHostOf(config);
	if (host !== undefined) log('warn', `requests carry the token to ${host}, not to api.cloudflare.com (--base-url)`);
	const team = await composeTeam(config, { log, redactor });
	const authenticator = openAuthenticator(config);
	const server = createServer(config, address, { team, authenticator, log });
	const listening = `http://${await listenAt(server, address)}${ENDPOINT}`;
	announce(`listening on ${listening}`);
	if (stderr.isTTY) stderr.write(greet(config.publicUrl ?? listening));
	team.preload().catch(() => undefined);
	await new Promise<void>((resolve) => {
		stop.addEventListener('abort', () => resolve(), { once: true });
		if (stop.aborted) resolve();
	});
	await server.drain();
	authenticator.close();
	await team.close();
}

interface Parts {
	readonly team: Team;
	readonly authenticator: Authenticator;
	readonly log: Log;
}

function createServer(config: Config, { host }: Address, { team, authenticator, log }: Parts): HttpServer {
	const { publicUrl, allowedHosts, allowedOrigins, confirmSecret: secrets, callsPerMinute, trustProxy } = config;
	const endpoint = new Endpoint({
		door: { host, publicUrl, allowedHosts, allowedOrigins },
		authenticator,
		perMinute: authModeOf(config) === 'none' ? undefined : callsPerMinute,
		info: describeServer({ isSandbox: config.sandbox }),
		tenantOf: (principal) => team.forPrincipal(principal),
		secrets,
		wire: team.stores.wire,
		clock: systemClock,
		log,
		trustsProxy: trustProxy,
	});
	return new HttpServer({ endpoint, clock: systemClock, log, isWatched: config.ops !== undefined });
}

function openAuthenticator(config: Config): Authenticator {
	const mode = authModeOf(config);
	if (mode === 'none') return createOpenDoor();
	throw new ConfigError(`--auth ${mode} is not available in this build`);
}

async function listenAt(server: HttpServer, address: Address): Promise<string> {
	try {
		return await server.listen(address);
	} catch (error) {
		throw new ConfigError(`--http ${address.host}:${address.port} cannot be used (${codeOf(error)})`);
	}
}

/** What a person reads who started the server by hand. */
function greet(url: string): string {
	return `${NAME} ${VERSION} serves MCP over HTTP. Ctrl-C stops it.
Give your client this URL: ${url}
`;
}
