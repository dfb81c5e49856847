/** Hands answers and cancels to the other replicas, by channels on Redis. */
import { randomBytes } from 'node:crypto';
import { isObject } from '../../base/json.js';
import type { Log } from '../../base/log.js';
import type { CarriedAnswer, CarriedCancel, Wire, WireListener } from '../../mcp/http/wire.js';
import { RedisConnection } from './client.js';
import { CANCEL_CHANNEL, replicaChannel } from './keys.js';
import type { Redis } from './redis.js';

/** Longest message: the answer to a form has a few short fields. */
const MAX_MESSAGE_CHARACTERS = 64 * 1024;
/** Longest name of a session, a question or a request. */
const MAX_NAME_CHARACTERS = 256;
/** A replica is named by a client that answers, so the name is checked before it becomes a part of a channel. */
const REPLICA = /^[\w-]{1,32}$/;

interface RedisWireOptions {
	/** Publishes. */
	readonly redis: Redis;
	/** Of the same server. */
	readonly url: string;
	readonly log: Log;
}

/** The way to the replicas on one Redis. What is sent while Redis does not answer is lost, and counts as not sent. */
export class RedisWire implements Wire {
	/** Names no two replicas alike: 72 random bits. */
	readonly replica = randomBytes(9).toString('base64url');
	private readonly redis: Redis;
	/** A connection of its own, so that no command waits behind messages. */
	private readonly subscriber: RedisConnection;
	private listener: WireListener | undefined;
	private isSubscribed = false;

	constructor({ redis, url, log }: RedisWireOptions) {
		this.redis = redis;
		this.subscriber = new RedisConnection({ url, log, purpose: 'wire', isQuiet: true, onUp: () => this.subscribe() });
	}

	/** Hears what is for this replica, as soon as Redis answers. */
	listen(listener: WireListener): void {
		this.listener = listener;
		// The other connection has shown already whether Redis refuses this server.
		this.subscriber.start().catch(() => undefined);
	}

	async sendAnswer(replica: string, answer: CarriedAnswer): Promise<void> {
		if (REPLICA.test(replica)) await this.publish(replicaChannel(replica), answer);
	}

	async sendCancel(cancel: CarriedCancel): Promise<void> {
		await this.publish(CANCEL_CHANNEL, cancel);
	}

	async close(): Promise<void> {
		this.listener = undefined;
		this.subscriber.close();
	}

	/** Subscribes where that has not been done. The connection keeps its subscriptions when it is lost. */
	private subscribe(): void {
		if (this.isSubscribed) return;
		this.isSubscribed = true;
		Promise.all([
			this.subscriber.subscribe(replicaChannel(this.replica), this.receiveAnswer),
			this.subscriber.subscribe(CANCEL_CHANNEL, this.receiveCancel),
		]).catch(() => {
			this.isSubscribed = false;
		});
	}

	private async publish(channel: string, message: CarriedAnswer | CarriedCancel): Promise<void> {
		const text = JSON.stringify(message);
		if (text.length <= MAX_MESSAGE_CHARACTERS) await this.redis.send(['PUBLISH', channel, text]).catch(() => undefined);
	}

	private readonly receiveAnswer = (message: string): void => {
		const { session, question, result } = parse(message);
		if (isName(session) && isName(question)) this.listener?.onAnswer({ session, question, result });
	};

	private readonly receiveCancel = (message: string): void => {
		const { session, request } = parse(message);
		if (isName(session) && (isName(request) || typeof request === 'number'))
			this.listener?.onCancel({ session, request });
	};
}

/** The fields of a message, unchecked; none where it is no object. Everybody who can reach Redis can publish. */
function parse(message: string): Readonly<Record<string, unknown>> {
	if (message.length > MAX_MESSAGE_CHARACTERS) return {};
	try {
		const value: unknown = JSON.parse(message);
		return isObject(value) ? value : {};
	} catch {
		return {};
	}
}

function isName(value: unknown): value is string {
	return typeof value === 'string' && value.length <= MAX_NAME_CHARACTERS;
}
