/** Describes how messages reach one client: over stdio, in memory, or by another transport. */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** One client's messages in both directions. The SDK's transports have this shape too. */
export interface Channel {
	/** Receives each message of the client. The connection sets it. */
	onmessage?: (message: JSONRPCMessage) => void;
	/** Sends a message to the client; resolves when it has left. */
	send(message: JSONRPCMessage): Promise<void>;
}
