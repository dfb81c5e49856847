/** Opens a client session with any command over stdio. It ends with the test. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { onTestFinished } from 'vitest';

/** The result of one call, taken apart. */
interface Answer {
	text: string;
	structured: Record<string, unknown>;
	isError: boolean;
}

/** A connected client. */
export interface Session {
	client: Client;
	tools(): Promise<string[]>;
	call(name: string, args?: Record<string, unknown>): Promise<Answer>;
	/** Ends the session; resolves when the process has gone. */
	close(): Promise<void>;
	/** Process id of the server. */
	pid: number;
}

/** Starts the command and initializes. The client's transport adds HOME, PATH and the like, as clients do. */
export async function openSession(command: string, args: string[], env: Record<string, string>): Promise<Session> {
	const client = new Client({ name: 'test', version: '0' });
	const transport = new StdioClientTransport({ command, args, env, stderr: 'pipe' });
	let stderr = '';
	transport.stderr?.on('data', (chunk) => {
		stderr += chunk;
	});
	onTestFinished(() => client.close());
	await client.connect(transport).catch((error) => {
		throw new Error(`${command} did not start: ${error}; stderr: ${stderr}`);
	});
	return {
		client,
		pid: transport.pid ?? 0,
		tools: async () => (await client.listTools()).tools.map(({ name }) => name),
		call: async (name, args = {}) => {
			const { content, structuredContent = {}, isError = false } = await client.callTool({ name, arguments: args });
			const [first] = content as { text: string }[];
			return {
				text: first?.text ?? '',
				structured: structuredContent as Answer['structured'],
				isError: isError === true,
			};
		},
		close: () => client.close(),
	};
}
