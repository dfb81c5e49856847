/** Starts the built command with --http on free ports, and reads where it listens and what it logs. */
import { type Running, start } from '../../support/process.js';

/** A server that listens. */
export interface Serving {
	readonly server: Running;
	/** The URL of MCP. */
	readonly url: string;
	/** Root of the listener for operators. */
	readonly ops: string;
	/** Posts one message. */
	post(message: object, headers?: Record<string, string>, url?: string): Promise<Response>;
	/** The log lines with this message, so far. */
	lines(message: string): readonly Record<string, unknown>[];
	/** Resolves with the first log line that holds this JSON text. */
	line(text: string): Promise<Record<string, unknown>>;
}

/** The call that a test of logs and metrics makes. */
export const READ = {
	jsonrpc: '2.0',
	id: 1,
	method: 'tools/call',
	params: { name: 'cache_reserve_get', arguments: { zone: 'example.com' } },
};

/** Resolves when the server listens. It ends with the test. */
export function startServing(
	flags: readonly string[],
	env: Record<string, string> = {},
	nodeFlags: readonly string[] = [],
): Promise<Serving> {
	const level = flags.includes('--log-level') ? [] : ['--log-level', 'info'];
	return startAsGiven(['--http', '0', '--ops', '0', '--log-format', 'json', ...level, ...flags], env, nodeFlags);
}

/** As startServing, with flags that name the ports and the log themselves. */
export async function startAsGiven(
	flags: readonly string[],
	env: Record<string, string>,
	nodeFlags: readonly string[] = [],
): Promise<Serving> {
	const server = start(flags, { env, nodeFlags });
	await server.saw('stderr', 'listening on');
	const all = () =>
		server
			.stderr()
			.split('\n')
			.filter((line) => line.startsWith('{') && line.endsWith('}'));
	const parse = (line: string) => JSON.parse(line) as Record<string, unknown>;
	const { url = '', ops = '' } =
		/metrics on (?<ops>http:\/\/[\d.:]+).*listening on (?<url>http:\/\/[\d.:]+\/mcp)/s.exec(server.stderr())?.groups ??
		{};
	return {
		server,
		url,
		ops,
		lines: (message) =>
			all()
				.map(parse)
				.filter((line) => line.message === message),
		post: (message, headers = {}, at = url) =>
			fetch(at, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', ...headers },
				body: JSON.stringify(message),
			}),
		line: async (text) => {
			await server.saw('stderr', text);
			return parse(all().find((line) => line.includes(text)) ?? '{}');
		},
	};
}
