/** Keeps the POSTs that are under way: cancels their requests, ends what their clients have left, and closes with the server. */

import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { Bag, type Kept } from '../../base/bag.js';
import type { ClientConnection } from '../connection.js';
import type { Exchange } from './exchange.js';

/** A request in a POST. */
export interface RequestUnderWay {
	readonly id: RequestId;
	/** Whether it may change something, so that a client that has gone must not break it off in the middle. */
	readonly isChange: boolean;
}

/** A POST with requests, which has a connection of its own. */
export interface PostUnderWay {
	readonly connection: ClientConnection;
	readonly exchange: Exchange;
	readonly requests: readonly RequestUnderWay[];
	/** Nonce of the session. Undefined for requests without one, which cannot be cancelled by another POST. */
	readonly session: string | undefined;
	/** Whether a client that closes the response cancels the request, as in MCP 2026-07-28. */
	readonly leavingCancels: boolean;
}

/** The POSTs under way of one process. */
export class PostsUnderWay {
	private readonly posts = new Bag<PostUnderWay>();
	private isClosing = false;
	private onIdle: () => void = () => undefined;

	add(post: PostUnderWay): Kept<PostUnderWay> {
		if (this.isClosing) post.connection.requests.windDown();
		return this.posts.add(post);
	}

	/** Forgets what {@link add} returned when its work has ended. */
	async remove(kept: Kept<PostUnderWay>): Promise<void> {
		await kept.value.connection.requests.idle();
		this.posts.remove(kept);
		if (this.posts.size === 0) this.onIdle();
	}

	/** Cancels a request for its session. Returns false where it is not under way here. */
	cancel(session: string, id: RequestId): boolean {
		// All are looked at: cancels are rare, and a thousand requests are under way at most.
		for (const post of this.posts)
			if (post.session === session && post.requests.some((one) => one.id === id)) {
				cancel(post, id);
				return true;
			}
		return false;
	}

	/** The client has closed the response before it had all answers. */
	leave(post: PostUnderWay): void {
		post.exchange.leave();
		const { requests, leavingCancels, connection } = post;
		for (const { id, isChange } of requests) if (leavingCancels || !isChange) cancel(post, id);
		if (!leavingCancels && requests.some(({ isChange }) => isChange)) connection.requests.abandon();
	}

	/** Lets calls of several requests send no more of them, those that are still to come too. */
	windDown(): void {
		this.isClosing = true;
		for (const { connection } of this.posts) connection.requests.windDown();
	}

	/** Aborts the work under way. Each request still gets its answer. */
	interrupt(): void {
		for (const { connection } of this.posts) connection.requests.interrupt();
	}

	/** Resolves when no work is under way and all answers were given. */
	idle(): Promise<void> {
		return new Promise((resolve) => {
			this.onIdle = resolve;
			if (this.posts.size === 0) resolve();
		});
	}
}

function cancel({ exchange }: PostUnderWay, requestId: RequestId): void {
	const message = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } } as const;
	exchange.onmessage?.(message satisfies JSONRPCMessage);
	exchange.drop(requestId);
}
