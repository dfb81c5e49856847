/** The SDK's end of a connection: hands it messages, and hides from the client what the SDK repeats. */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';

/** A transport that can replay messages: the client has the answers to those already. */
export class SdkTransport implements Transport {
	onmessage?: NonNullable<Transport['onmessage']>;
	onclose?: () => void;
	onerror?: (error: Error) => void;
	private readonly sendToClient: (message: JSONRPCMessage) => Promise<void>;
	private replayed: { readonly id: RequestId; done(): void } | undefined;

	constructor(send: (message: JSONRPCMessage) => Promise<void>) {
		this.sendToClient = send;
	}

	async start(): Promise<void> {}

	async close(): Promise<void> {
		this.onclose?.();
	}

	/** Sends what the SDK says, except the answer to a replayed request. */
	async send(message: JSONRPCMessage): Promise<void> {
		if (!this.replayed || 'method' in message || message.id !== this.replayed.id) return this.sendToClient(message);
		this.replayed.done();
		this.replayed = undefined;
	}

	/** Hands the SDK a message of the client. Throws where it cannot take a request. */
	deliver(message: JSONRPCMessage): void {
		try {
			this.onmessage?.(message);
		} catch (error) {
			// The SDK writes a message that it cannot read into an error, and fails where one is nested too deep.
			this.onerror?.(error as Error);
			if ('method' in message && 'id' in message) throw error;
		}
	}

	/** Hands the SDK a message that the client has an answer to; resolves when the SDK has answered it again. */
	async replay(message: JSONRPCMessage): Promise<void> {
		const { id } = message as { id?: RequestId };
		if (id === undefined) return this.onmessage?.(message);
		const answered = new Promise<void>((done) => {
			this.replayed = { id, done };
		});
		this.onmessage?.(message);
		await answered;
	}
}
