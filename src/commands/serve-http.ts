/** Serves MCP over HTTP, to many callers. Loaded only with --http. */
import { systemClock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../base/metrics.js';
import type { Redactor } from '../base/redact.js';
import { codeOf } from '../base/system-error.js';
import { composeTeam, type Team } from '../compose/team.js';
import { type Address, formatAddress } from '../config/address-parsers.js';
import type { Config } from '../config/config.js';
import { foreignHostOf } from '../config/derive.js';
import { authModeOf, checkHttp } from '../config/http.js';
import { ConfigError } from '../errors.js';
import { ENDPOINT } from '../mcp/http/door.js';
import { Endpoint } from '../mcp/http/endpoint.js';
import type { Listener } from '../mcp/http/listener.js';
import type { PrometheusMetrics } from '../mcp/http/metrics.js';
import { HttpServer } from '../mcp/http/server.js';
import { OPERATIONS } from '../operations/index.js';
import { NAME, VERSION } from '../version.js';

/** The time from a signal to stop to the end. Kubernetes kills a process after 30 s. */
const STOP_WITHIN_MS = 28_000;

/** What the server takes from the process. */
export interface HttpEnvironment {
	readonly stderr: NodeJS.WriteStream;
	/** Aborted by a signal to stop. */
	readonly stop: AbortSignal;
	readonly log: Log;
	/** Logs at every level: programs that start the server read there where it listens. */
	announce(message: string): void;
	readonly redactor: Redactor;
	/** The environment, whose variables a policy file may name. */
	readonly env: Readonly<Record<string, string | undefined>>;
}

/** Serves until `stop` is aborted. Throws ConfigError when the configuration is unusable. */
export async function serveHttp(config: Config, address: Address, environment: HttpEnvironment): Promise<void> {
	const { stderr, stop, log, announce, redactor, env } = environment;
	checkHttp(config);
	const host = foreignHostOf(config);
	if (host !== undefined) log('warn', `requests carry the token to ${host}, not to api.cloudflare.com (--base-url)`);
	warnOfNoHost(config, address, log);
	const metrics = config.ops && (await createMetrics());
	const team = await composeTeam(config, {
		...{ log, redactor, metrics },
		readVariable: (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
	});
	const { server, endpoint } = createServer(config, address, { team, log, metrics });
	const listening = `http://${await listenAt('http', address, (at) => server.listen(at))}${ENDPOINT}`;
	const ops = config.ops && metrics && (await openOps(config.ops, { server, endpoint, team, metrics, announce }));
	announce(`listening on ${listening}`);
	if (stderr.isTTY) stderr.write(greet(config.publicUrl ?? listening));
	team.preload().catch(() => undefined);
	await new Promise<void>((resolve) => {
		stop.addEventListener('abort', () => resolve(), { once: true });
		if (stop.aborted) resolve();
	});
	const stoppedMs = systemClock.now();
	await server.drain();
	await team.close(Math.max(0, stoppedMs + STOP_WITHIN_MS - systemClock.now()));
	await ops?.close();
}

/** Every request names the host that it is sent to, and no client sends one to 0.0.0.0. */
function warnOfNoHost({ publicUrl, allowedHosts }: Config, { host }: Address, log: Log): void {
	if (publicUrl === undefined && allowedHosts === undefined && (host === '0.0.0.0' || host === '::'))
		log('warn', 'no client is let in yet: give --public-url or --allowed-hosts, the names that clients use');
}

interface Parts {
	readonly team: Team;
	readonly log: Log;
	readonly metrics: Metrics | undefined;
}

interface Serving {
	readonly server: HttpServer;
	readonly endpoint: Endpoint;
}

function createServer(config: Config, { host }: Address, { team, log, metrics }: Parts): Serving {
	const { publicUrl, allowedHosts, allowedOrigins, confirmSecret: secrets, callsPerMinute, trustProxy } = config;
	const endpoint = new Endpoint({
		door: { host, publicUrl, allowedHosts, allowedOrigins },
		authenticator: team.authenticator,
		perMinute: authModeOf(config) === 'none' ? undefined : callsPerMinute,
		tenantOf: (principal) => team.forPrincipal(principal),
		secrets,
		wire: team.stores.wire,
		clock: systemClock,
		log,
		metrics,
		trustsProxy: trustProxy,
	});
	const server = new HttpServer({ endpoint, clock: systemClock, log, isWatched: config.ops !== undefined });
	return { server, endpoint };
}

/** The library behind metrics takes time to load, so it is loaded only where they are served. */
async function createMetrics(): Promise<PrometheusMetrics> {
	const { PrometheusMetrics } = await import('../mcp/http/metrics.js');
	return new PrometheusMetrics(OPERATIONS.map(({ name }) => name));
}

/** What the listener of --ops tells of. */
interface Watched extends Serving {
	readonly team: Team;
	readonly metrics: PrometheusMetrics;
	announce(message: string): void;
}

async function openOps(address: Address, { server, endpoint, team, metrics, announce }: Watched): Promise<Listener> {
	const { serveOps } = await import('../mcp/http/ops.js');
	const store = () => team.stores.condition;
	metrics.watch({ inFlight: () => endpoint.inFlight, store, budgetLeft: () => team.budgetLeft() });
	const state = { isDraining: () => server.isDraining, store, metrics };
	const listener = await listenAt('ops', address, (at) => serveOps(at, state));
	announce(`serving /healthz, /readyz and /metrics on http://${listener.address}`);
	return listener;
}

/** Starts to listen. Throws ConfigError where the address of a flag cannot be used. */
async function listenAt<Opened>(
	flag: string,
	address: Address,
	open: (address: Address) => Promise<Opened>,
): Promise<Opened> {
	try {
		return await open(address);
	} catch (error) {
		throw new ConfigError(`--${flag} ${formatAddress(address)} cannot be used (${codeOf(error)})`);
	}
}

/** What a person reads who started the server by hand. */
function greet(url: string): string {
	return `${NAME} ${VERSION} serves MCP over HTTP. Ctrl-C stops it.
Give your client this URL: ${url}
`;
}
