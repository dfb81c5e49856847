/** Declares how replicas hand each other what a client has sent to the wrong one, and how the store that they share is. */
import type { RequestId } from '@modelcontextprotocol/sdk/types.js';

/** An answer to a question that a replica has asked a client. */
export interface CarriedAnswer {
	/** Nonce of the session in which the answer came. The replica that asked compares it with that of the question. */
	readonly session: string;
	/** Id of the question, which begins with the name of the replica. */
	readonly question: string;
	/** The client's result, or undefined where it answered with an error. It is an input, never a proof. */
	readonly result: unknown;
}

/** A request that its client has cancelled. */
export interface CarriedCancel {
	readonly session: string;
	readonly request: RequestId;
}

/** What reaches a replica from another. */
export interface WireListener {
	onAnswer(answer: CarriedAnswer): void;
	onCancel(cancel: CarriedCancel): void;
}

/** The way between replicas. A single process has none: its own answers and cancels never leave it. */
export interface Wire {
	/** This replica's name: random, made at its start, characters of base64url. */
	readonly replica: string;
	/** Hears what is for this replica from now on. */
	listen(listener: WireListener): void;
	/** Hands an answer to the replica that asked. Never rejects: an answer that is lost counts as none. */
	sendAnswer(replica: string, answer: CarriedAnswer): Promise<void>;
	/** Tells all replicas of a cancel. Never rejects. */
	sendCancel(cancel: CarriedCancel): Promise<void>;
	close(): Promise<void>;
}

/** Whether the store that replicas share answers; `local` where there is none. */
export type StoreCondition = 'local' | 'up' | 'down';
