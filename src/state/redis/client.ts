/** Connects to the Redis or Valkey server that replicas share, and tells at once when it does not answer. */
import { createClient, ErrorReply } from '@redis/client';
import type { Log } from '../../base/log.js';
import { codeOf } from '../../base/system-error.js';
import { ConfigError } from '../../errors.js';
import { NAME } from '../../version.js';
import { type Redis, RedisError, type Reply } from './redis.js';
import { warnOfSettings } from './server-settings.js';

/** An answer takes a millisecond or less. A call that needs one waits no longer than a person notices. */
const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 500;
/** Silence after which a connection counts as broken; pings keep a sound one from being silent. */
const SOCKET_TIMEOUT_MS = 2_000;
const PING_INTERVAL_MS = 500;
const FIRST_RECONNECT_MS = 50;
const LONGEST_RECONNECT_MS = 1_000;
/** Commands under way; some ten for each of 1,000 calls. */
const MAX_COMMANDS = 10_000;
/** How long a start waits for the server: for one attempt to connect, and one answer. */
const START_TIMEOUT_MS = CONNECT_TIMEOUT_MS + COMMAND_TIMEOUT_MS;
/** Errors of a server that will answer soon: it reads its data, runs a long script, or waits for its primary. */
const PASSING: readonly unknown[] = ['LOADING', 'BUSY', 'MASTERDOWN'];
/** Codes of Node for certificates that do not prove who the server is. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|ERR_SSL/;

const LOG_INTERVAL_MS = 60_000;
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
	private readonly client: ReturnType<typeof createUnopened>;
	private readonly log: Log;
	private readonly onUp: () => void;
	private readonly isQuiet: boolean;
	private readonly place: string;
	/** Resolves with what the server refuses this client by, and with undefined where it answers or is away. */
	private readonly started: Promise<string | undefined>;
	private settleStart: (problem: string | undefined) => void = () => undefined;
	private isAnswering = false;
	private isClosed = false;
	private isLoggedDown = false;
	private isStarted = false;
	private isChecked = false;
	/** Error code → when it was logged last, in milliseconds of the monotonic clock. */
	private readonly logged = new Map<string, number>();

	constructor(options: ConnectionOptions) {
		this.log = options.log;
		this.onUp = options.onUp ?? (() => undefined);
		this.isQuiet = options.isQuiet ?? false;
		this.place = placeOf(options.url);
		this.client = createUnopened(options);
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

	/** Connects. Resolves as {@link started} does. */
	async start(): Promise<string | undefined> {
		this.client.connect().catch(() => undefined);
		const late = setTimeout(() => {
			this.noteDown('timeout');
			this.settleStart(undefined);
		}, START_TIMEOUT_MS);
		const refusal = await this.started;
		clearTimeout(late);
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
		this.client.destroy();
	}

	private ask(command: readonly (string | Buffer)[]): Promise<Reply> {
		return new Promise((resolve, reject) => {
			let isSettled = false;
			const expire = () => {
				if (isSettled) return;
				this.noteDown('timeout');
				this.probe();
				reject(new RedisError(undefined));
			};
			// An answer that has arrived while this process was busy is read before the command counts as unanswered.
			const timer = setTimeout(() => setImmediate(expire), COMMAND_TIMEOUT_MS);
			const settle = () => {
				isSettled = true;
				clearTimeout(timer);
			};
			this.client.sendCommand<Reply>(command).then(
				(reply) => {
					settle();
					resolve(reply);
				},
				(error: unknown) => {
					settle();
					reject(this.noteRefusal(toRedisError(error)));
				},
			);
		});
	}

	/**
	 * Waits for one answer in time, and takes the server for up then. Nothing is sent until an answer to the last ping came:
	 * what is written keeps a broken connection from being taken for silent.
	 */
	private probe(): void {
		const { client } = this;
		const sentMs = performance.now();
		const again = () => {
			if (client.isReady && !this.isClosed) this.probe();
		};
		client.sendCommand(['PING']).then(
			() => (performance.now() - sentMs <= COMMAND_TIMEOUT_MS ? this.noteUp() : again()),
			(error: unknown) => {
				if (!(error instanceof ErrorReply)) return;
				this.noteFailure(error);
				setTimeout(again, PING_INTERVAL_MS);
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
		if (now - (this.logged.get(code) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return error;
		this.logged.set(code, now);
		this.log('warn', 'Redis refused a command.', { redis: this.place, code });
		return error;
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

function createUnopened({ url, purpose }: ConnectionOptions) {
	return createClient({
		url,
		name: `${NAME}:${purpose}`,
		RESP: 3,
		// Each connection begins with HELLO, so a server that accepts and does not answer never counts as connected.
		disableClientInfo: true,
		maintNotifications: 'disabled',
		// A command that was written when a connection broke may have been applied: nothing is kept and sent again.
		disableOfflineQueue: true,
		commandsQueueMaxLength: MAX_COMMANDS,
		// Its time limit ends once a command is written, so each command is timed here instead.
		commandOptions: { timeout: 0 },
		pingInterval: PING_INTERVAL_MS,
		socket: {
			connectTimeout: CONNECT_TIMEOUT_MS,
			socketTimeout: SOCKET_TIMEOUT_MS,
			reconnectStrategy: (retries: number) => Math.min(FIRST_RECONNECT_MS * 2 ** retries, LONGEST_RECONNECT_MS),
		},
	});
}

/** Host and port, without the password. */
function placeOf(url: string): string {
	return new URL(url).host;
}

function toRedisError(error: unknown): RedisError {
	return new RedisError(error instanceof ErrorReply ? firstWordOf(error) : undefined, error);
}

function firstWordOf({ message }: Error): string {
	return /^[A-Z]{2,20}\b/.exec(message)?.[0] ?? 'ERR';
}

/** What a server or its certificate refuses this client by; undefined where the failure may pass. */
function refusalOf(error: unknown): string | undefined {
	const reason = reasonOf(error);
	if (error instanceof ErrorReply) return PASSING.includes(reason) ? undefined : reason;
	return CERTIFICATE.test(reason) ? reason : undefined;
}

function reasonOf(error: unknown): string {
	if (error instanceof ErrorReply) return firstWordOf(error);
	return codeOf(error) ?? (error instanceof Error ? error.constructor.name : 'unknown');
}
