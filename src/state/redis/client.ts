/** Connects to the Redis or Valkey server that replicas share, and tells at once when it does not answer. */
import type { Log } from '../../base/log.js';
import { ConfigError } from '../../errors.js';
import { NAME } from '../../version.js';
import { AnswerTimer } from './answer-timer.js';
import { createDriver, type Driver, isAnswer, PING_INTERVAL_MS, reasonOf, refusalOf, toRedisError } from './driver.js';
import { type Redis, RedisError, type Reply } from './redis.js';
import { warnOfSettings } from './server-settings.js';

const LOG_INTERVAL_MS = 60_000;
const LEAVE_INTERVAL_MS = 1_000;
const AWAY =
	'Redis does not answer. Until it does, codes and long changes are refused, and each replica keeps rate limits alone.';

interface ConnectionOptions {
	/** redis://user:password@host:port/database, or rediss:// for TLS. */
	readonly url: string;
	readonly log: Log;
	/** What the connection is for, in the list of clients that the server shows. */
	readonly purpose: string;
	/** Called each time that the server begins to answer. */
	readonly onUp?: () => void;
	/** Says nothing when the server goes away, because another connection to it does. */
	readonly isQuiet?: boolean;
}

/**
 * Opens a connection. Throws ConfigError where the server refuses this client, because that does not pass: user, password,
 * database, certificate or version are wrong. A server that is away does pass: the connection is opened without it, and
 * comes up when the server does.
 */
export async function openRedis(options: ConnectionOptions): Promise<RedisConnection> {
	const connection = new RedisConnection(options);
	const problem = await connection.start();
	if (problem === undefined) return connection;
	connection.close();
	throw new ConfigError(
		`The Redis server at ${placeOf(options.url)} refuses this server (${problem}). Check the user, the password, the database and the certificate in CF_CACHE_REDIS. Redis must be version 6 or later.`,
	);
}

/** One connection, which opens again by itself. */
export class RedisConnection implements Redis {
	private readonly client: Driver;
	private readonly log: Log;
	private readonly onUp: () => void;
	private readonly isQuiet: boolean;
	private readonly place: string;
	/** Resolves with what the server refuses this client by, and with undefined where it answers or is away. */
	private readonly started: Promise<string | undefined>;
	private settleStart: (problem: string | undefined) => void = () => undefined;
	private readonly timer = new AnswerTimer();
	private isAnswering = false;
	private isProbing = false;
	private isClosed = false;
	private isLoggedDown = false;
	private isStarted = false;
	private isChecked = false;
	/** When the connection was ended last, in milliseconds of the monotonic clock. */
	private leftAt = Number.NEGATIVE_INFINITY;
	/** Error code → when it was logged last, in milliseconds of the monotonic clock. */
	private readonly logged = new Map<string, number>();

	constructor(options: ConnectionOptions) {
		this.log = options.log;
		this.onUp = options.onUp ?? (() => undefined);
		this.isQuiet = options.isQuiet ?? false;
		this.place = placeOf(options.url);
		this.client = createDriver(options.url, `${NAME}:${options.purpose}`);
		this.started = new Promise((resolve) => {
			this.settleStart = resolve;
		});
		this.client.on('ready', () => {
			// The package opens a connection that was under way when it was closed.
			if (this.isClosed) this.client.destroy();
			else this.probe();
		});
		this.client.on('error', (error: unknown) => {
			if (!this.client.isReady) this.noteFailure(error);
		});
	}

	get isUp(): boolean {
		return this.isAnswering && this.client.isReady;
	}

	/** Connects. Resolves as {@link started} does, and in about a second: one attempt to connect, and one answer. */
	async start(): Promise<string | undefined> {
		this.client.connect().catch(() => undefined);
		// A process that starts is busy with loading: that time does not count.
		let release = this.timer.watch(() => {
			release = this.timer.watch(() => {
				this.noteDown('timeout');
				this.settleStart(undefined);
			});
		});
		const refusal = await this.started;
		release();
		this.isStarted = true;
		return refusal;
	}

	send(command: readonly (string | Buffer)[]): Promise<Reply> {
		return this.isUp ? this.ask(command) : Promise.reject(new RedisError(undefined));
	}

	/** Hears what is published on a channel, also after each time that the connection was lost. Throws RedisError. */
	async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
		if (!this.isUp) throw new RedisError(undefined);
		await this.client.subscribe(channel, listener).catch((error: unknown) => {
			throw this.noteRefusal(toRedisError(error));
		});
	}

	/** Closes the connection. Commands under way fail. */
	close(): void {
		this.isClosed = true;
		this.isAnswering = false;
		this.settleStart(undefined);
		this.timer.close();
		this.client.destroy();
	}

	private async ask(command: readonly (string | Buffer)[]): Promise<Reply> {
		const answer = this.client.sendCommand<Reply>(command);
		try {
			return await this.inTime(answer);
		} catch (error) {
			throw this.noteRefusal(toRedisError(error));
		}
	}

	/** The answer, or RedisError where it is late; the server counts as away then. */
	private inTime(answer: Promise<Reply>): Promise<Reply> {
		return new Promise((resolve, reject) => {
			const release = this.timer.watch(() => {
				this.noteDown('timeout');
				this.probe();
				reject(new RedisError(undefined));
			});
			answer.then(resolve, reject).finally(release);
		});
	}

	/**
	 * Waits for one answer in time, and takes the server for up then. Nothing is sent until an answer to the last ping came:
	 * what is written keeps a broken connection from being taken for silent.
	 */
	private probe(): void {
		if (this.isProbing || this.isClosed || !this.client.isReady) return;
		this.isProbing = true;
		let isLate = false;
		const release = this.timer.watch(() => {
			isLate = true;
		});
		this.client
			.sendCommand(['PING'])
			.finally(() => {
				this.isProbing = false;
				release();
			})
			.then(
				() => (isLate ? this.probe() : this.noteUp()),
				(error: unknown) => {
					if (isAnswer(error)) this.noteFailure(error);
					// Where the connection was lost, the next one is probed at once.
					setTimeout(() => this.probe(), PING_INTERVAL_MS);
				},
			);
	}

	private noteUp(): void {
		if (this.isClosed) return;
		this.isAnswering = true;
		this.settleStart(undefined);
		if (this.isLoggedDown) this.log('info', 'Redis answers again.', { redis: this.place });
		this.isLoggedDown = false;
		if (!this.isChecked && !this.isQuiet) this.checkSettings();
		this.onUp();
	}

	/** Logs an error that the server answered with: once a minute, since all calls meet the same. */
	private noteRefusal(error: RedisError): RedisError {
		const { code } = error;
		if (code === undefined || code === 'NOSCRIPT') return error;
		const now = performance.now();
		if (code === 'READONLY') this.leave(now);
		if (now - (this.logged.get(code) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return error;
		this.logged.set(code, now);
		this.log('warn', 'Redis refused a command.', { redis: this.place, code });
		return error;
	}

	/**
	 * Ends the connection; the package opens another. A server that has become read-only was a primary before a failover, and
	 * its address may lead to the new primary by now.
	 */
	private leave(now: number): void {
		if (now - this.leftAt < LEAVE_INTERVAL_MS) return;
		this.leftAt = now;
		this.client.sendCommand(['QUIT']).catch(() => undefined);
	}

	private checkSettings(): void {
		this.isChecked = true;
		// A server that does not tell is no worse for it.
		this.send(['INFO']).then(
			(info) => warnOfSettings(String(info), this.log),
			() => undefined,
		);
	}

	private noteFailure(error: unknown): void {
		const refusal = refusalOf(error);
		this.settleStart(refusal);
		// A start that is refused ends with an error that says so.
		if (refusal === undefined || this.isStarted) this.noteDown(reasonOf(error));
	}

	private noteDown(reason: string): void {
		this.isAnswering = false;
		if (this.isLoggedDown || this.isClosed || this.isQuiet) return;
		this.isLoggedDown = true;
		this.log('warn', AWAY, { redis: this.place, reason });
	}
}

/** Host and port, without the password. */
function placeOf(url: string): string {
	return new URL(url).host;
}
