/** A client that obeys no SDK: it says what the test writes, and nothing checks it before the server. */
import type { Message } from './process.js';

/** What a call came back with. A protocol error counts as one. */
export interface Answer {
	text: string;
	structured: Record<string, unknown> | undefined;
	isError: boolean;
}

/** The `result` or `error` member of the answer to a form. */
export type RawForm = () => Record<string, unknown>;

/** The end of a channel that a raw client speaks through: a process is one. */
export interface RawChannel {
	/** Sends any message. */
	send(message: Omit<Message, 'jsonrpc'>): void;
	/** Resolves with the answer to a request, also to one that is yet to be sent. */
	answer(id: number | string): Promise<Message>;
	/** Everything that the server sent so far. */
	messages(): readonly Message[];
	/** Called with each message of the server. */
	onmessage: ((message: Message) => void) | undefined;
}

/** Speaks JSON-RPC through a channel. Its methods can be taken apart and handed on. */
export class RawClient {
	private readonly channel: RawChannel;
	private lastId = 0;

	/** `form` answers the forms that the server shows; without it they stay open. */
	constructor(channel: RawChannel, form?: RawForm) {
		this.channel = channel;
		channel.onmessage = ({ id, method }) => {
			if (form && id !== undefined && method === 'elicitation/create') channel.send({ id, ...form() });
		};
	}

	/** Sends a request and resolves with its whole answer. */
	readonly request = (method: string, params?: Record<string, unknown>): Promise<Message> => {
		const id = `request ${++this.lastId}`;
		this.channel.send({ id, method, ...(params && { params }) });
		return this.channel.answer(id);
	};

	/** The handshake, with these capabilities of the client. */
	readonly initialize = async (capabilities: Record<string, unknown> = {}): Promise<void> => {
		await this.request('initialize', initializeParams(capabilities));
		this.channel.send({ method: 'notifications/initialized' });
	};

	/** Calls a tool by any name, with any arguments. */
	readonly call = async (name: unknown, args?: unknown): Promise<Answer> => {
		const { result, error } = await this.request('tools/call', { name, arguments: args });
		const { content, structuredContent, isError } = (result ?? {}) as {
			content?: { text: string }[];
			structuredContent?: Record<string, unknown>;
			isError?: boolean;
		};
		return {
			text: error?.message ?? content?.[0]?.text ?? '',
			structured: structuredContent,
			isError: error !== undefined || isError === true,
		};
	};

	/** The names of tools/list. */
	readonly tools = async (): Promise<string[]> => {
		const { result } = await this.request('tools/list', {});
		return ((result?.tools ?? []) as { name: string }[]).map(({ name }) => name);
	};
}

/** The parameters of an initialize that every version of the protocol accepts. */
export const initializeParams = (capabilities: Record<string, unknown> = {}) => ({
	protocolVersion: '2025-06-18',
	capabilities,
	clientInfo: { name: 'test', version: '0' },
});
