/** Declares what is known of a POST on its way from the door to the connection that serves it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deps } from '../../call/context.js';
import type { Principal } from '../../call/principal.js';
import type { ServerInfo } from '../server-info.js';
import type { Tool } from '../tools.js';
import type { Taken } from './door.js';
import type { Arrival } from './request-limits.js';
import type { SessionFacts } from './session-ids.js';

/** What a principal's requests are served with. */
export interface Tenant {
	readonly deps: Deps;
	/** The tools that are listed. */
	readonly tools: readonly Tool[];
	/** What the server says of itself to the principal. */
	readonly info: ServerInfo;
}

/** One POST, after its caller was found. */
export interface Delivery {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly principal: Principal;
	/** Names the POST in logs and audit lines. */
	readonly requestId: string;
	readonly taken: Taken;
	readonly arrival: Arrival;
}

/** A POST whose requests are served. */
export interface Served {
	readonly delivery: Delivery;
	readonly tenant: Tenant;
	/** Whether it speaks MCP 2026-07-28. */
	readonly isStateless: boolean;
	/** Whether its messages came in a list. */
	readonly isList: boolean;
	/** Undefined where the POST names none. */
	readonly session: SessionFacts | undefined;
}
