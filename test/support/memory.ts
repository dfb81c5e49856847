/** Serves a product in this process, through the same connection as over stdio. */
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../src/base/clock.js';
import { LOCAL_PRINCIPAL } from '../../src/call/principal.js';
import type { EdgeFetch } from '../../src/cloudflare/edge/edge-fetch.js';
import { compose } from '../../src/compose/product.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { callTool } from '../../src/mcp/call-tool.js';
import type { Channel } from '../../src/mcp/channel.js';
import { ClientConnection } from '../../src/mcp/connection.js';
import { describeServer } from '../../src/mcp/server-info.js';
import { listTools } from '../../src/mcp/tools.js';
// Loaded beforehand: while they load, the virtual clock would run out for the form or the fetch that needs them.
import '../../src/cloudflare/edge/fetcher.js';
import '../../src/cloudflare/edge/sandbox-connector.js';
import '../../src/mcp/sdk-session.js';
import type { Message } from './process.js';
import type { RawChannel } from './raw.js';

/** What a message is after its way as text: `undefined` is gone, and `__proto__` is a name like any other. */
const asText = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/**
 * Starts a server with these flags and this environment, and with its own way to the edge unless one is given. Returns the
 * client's end of its channel, and how it ends.
 */
export function serveInMemory(
	flags: readonly string[],
	env: Readonly<Record<string, string>>,
	clock: Clock,
	edge?: EdgeFetch,
): { clientEnd: InMemoryTransport; close(): Promise<void> } {
	const product = compose(readConfig(flags, env) as Config, { clock, log: () => undefined, ...(edge && { edge }) });
	const tools = listTools(product.allowed, product.deps.settings.zoneArgument);
	const [serverEnd, clientEnd] = InMemoryTransport.createLinkedPair();
	// A client that has gone hears nothing more, as over a broken pipe.
	const channel: Channel = { send: (message) => serverEnd.send(asText(message)).catch(() => undefined) };
	serverEnd.onmessage = (message) => channel.onmessage?.(asText(message));
	const { deps } = product;
	const load = async () => ({ deps, callTool });
	const { settings, toOutput } = deps;
	const connection = new ClientConnection({
		tools,
		info: describeServer(settings, tools),
		channel,
		load,
		toOutput,
		principal: LOCAL_PRINCIPAL,
	});
	const close = async () => {
		connection.requests.interrupt();
		await connection.requests.idle();
		await product.close();
	};
	return { clientEnd, close };
}

/** A raw client's end of a channel in memory. */
export class RawMemoryChannel implements RawChannel {
	onmessage: ((message: Message) => void) | undefined;
	private readonly transport: InMemoryTransport;
	private readonly received: Message[] = [];
	private readonly waiting = new Map<number | string, (answer: Message) => void>();

	constructor(transport: InMemoryTransport) {
		this.transport = transport;
		transport.onmessage = (message) => this.receive(message as Message);
	}

	readonly send = (message: Omit<Message, 'jsonrpc'>): void => {
		void this.transport.send({ jsonrpc: '2.0', ...message } as JSONRPCMessage);
	};

	readonly answer = (id: number | string): Promise<Message> =>
		new Promise((resolve) => {
			const past = this.received.find((message) => message.id === id && message.method === undefined);
			if (past) resolve(past);
			else this.waiting.set(id, resolve);
		});

	readonly messages = (): readonly Message[] => this.received;

	private receive(message: Message): void {
		this.received.push(message);
		this.onmessage?.(message);
		if (message.id === undefined || message.id === null || message.method !== undefined) return;
		this.waiting.get(message.id)?.(message);
		this.waiting.delete(message.id);
	}
}
