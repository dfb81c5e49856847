/** Serves MCP on stdin and stdout, or over HTTP. It is on the start path, so it imports everything heavy late. */
import module from 'node:module';
import type { Log } from '../base/log.js';
import { LOCAL_PRINCIPAL } from '../call/principal.js';
import type { Product } from '../compose/product.js';
import type { Config } from '../config/config.js';
import { foreignHostOf, policyOf, scopeOf, zoneArgumentOf } from '../config/derive.js';
import { refuseHttpOptions } from '../config/http.js';
import { runPreflight } from '../config/preflight.js';
import { ClientConnection } from '../mcp/connection.js';
import { type PreparedTool, readPreparedTools } from '../mcp/prepared-tools.js';
import { describeServer } from '../mcp/server-info.js';
import { claimStdout, serveStdio } from '../mcp/stdio/serve.js';
import type { Tool } from '../mcp/tools.js';
import { blockingFlag } from '../operations/scope.js';
import { NAME, VERSION } from '../version.js';
import type { HttpEnvironment } from './serve-http.js';

/** What the server takes from the process. */
interface ServeEnvironment extends HttpEnvironment {
	readonly stdin: NodeJS.ReadStream;
	readonly stdout: NodeJS.WriteStream;
}

/** What a person reads who started the server by hand. */
const GREETING = `${NAME} ${VERSION} is waiting for an MCP client on standard input. Ctrl-C stops it.
A client starts it by itself: ${NAME} install adds the entry.
To try it by hand: ${NAME} demo, doctor, call TOOL, or help.
`;

/** Serves until stdin ends or `stop` is aborted. Throws ConfigError when the configuration is unusable. */
export async function serve(config: Config, environment: ServeEnvironment): Promise<void> {
	const { stdin, stdout, stderr, stop, log, redactor } = environment;
	if (config.http) {
		const { serveHttp } = await import('./serve-http.js');
		return serveHttp(config, config.http, environment);
	}
	refuseHttpOptions(config);
	const protocol = claimStdout(stdout, stderr);
	const prepared = await readPreparedTools(zoneArgumentOf(config));
	const names = prepared.map(({ name }) => name);
	const preflight = runPreflight(config, names, log);
	const host = foreignHostOf(config);
	if (host !== undefined) log('warn', `requests carry the token to ${host}, not to api.cloudflare.com (--base-url)`);
	const tools = selectTools(prepared, config, log);
	const info = describeServer({ isSandbox: config.sandbox, confirm: policyOf(config) }, tools);
	if (stdin.isTTY && stderr.isTTY) stderr.write(GREETING);
	let product: Product | undefined;
	const load = async () => {
		const [{ compose }, { callTool }] = await Promise.all([
			import('../compose/product.js'),
			import('../mcp/call-tool.js'),
		]);
		product = compose(config, { log, redactor, preflight });
		product.preload().then(keepCompiled, () => undefined);
		return { deps: product.deps, callTool };
	};
	const onError = (error: Error) => log('info', `protocol: ${error.message}`);
	const { toOutput } = redactor;
	const shared = { tools, info, load, toOutput, onError, principal: LOCAL_PRINCIPAL };
	await serveStdio((channel) => new ClientConnection({ ...shared, channel }), {
		stdin,
		stdout: protocol,
		stop,
		log,
	});
	// A session that ends before its first call has loaded no product, but its audit log is open.
	await (product ? product.close() : preflight.auditFile?.close());
}

/** The tools that the flags leave, in listing order. */
function selectTools(prepared: readonly PreparedTool[], config: Config, log: Log): readonly Tool[] {
	const scope = scopeOf(config);
	const tools = prepared.filter((one) => blockingFlag(one, scope) === undefined).map(({ tool }) => tool);
	log('debug', 'tools listed', { count: tools.length });
	if (tools.length === 0) {
		const flags = new Set(prepared.flatMap((one) => blockingFlag(one, scope) ?? []));
		log('warn', `no tool is listed: ${[...flags].join(' and ')} leave none`);
	}
	return tools;
}

/** Writes the compiled code to the user's cache now, because many clients end their servers by force. */
function keepCompiled(): void {
	const { flushCompileCache } = module as { flushCompileCache?: () => void };
	flushCompileCache?.();
}
