/** Config → running parts. What is heavy (the HTTP pool, the sandbox) starts when first needed, or when warmed. */

import { randomBytes } from 'node:crypto';
import envPaths from 'env-paths';
import type { Signal } from './base/cancel.js';
import { type Clock, systemClock } from './base/clock.js';
import type { Log } from './base/log.js';
import { createRedactor, type Redactor } from './base/redact.js';
import { createAudit } from './call/audit.js';
import { createCodes, createForms } from './call/consent/codes.js';
import type { Parts } from './call/context.js';
import { createZoneRule, forbiddenBy, forbiddenWithin } from './call/zone-rule.js';
import { type Client, createClient } from './cloudflare/api.js';
import { endAtDeadline } from './cloudflare/deadline.js';
import type { Send } from './cloudflare/http/send.js';
import { createPacer } from './cloudflare/rate-limiter.js';
import { createPatientClient } from './cloudflare/retry.js';
import { createZones } from './cloudflare/zones.js';
import { type Config, policyOf, sandboxOptions, scopeOf, zoneArgumentOf } from './config/config.js';
import type { ReadCredential } from './config/credential.js';
import { type Groundwork, layGroundwork } from './config/preflight.js';
import { cancelled } from './errors.js';
import { OPERATIONS } from './operations/index.js';
import type { Operation } from './operations/operation.js';
import { openJournal } from './state/disk/journal.js';
import { NAME, VERSION } from './version.js';

const API_ROOT = 'https://api.cloudflare.com/client/v4';
/** Seconds for one attempt at one request. */
const TIMEOUT = 30;
/** Further attempts at a request that may be repeated. */
const RETRIES = 3;
/** Seconds that a confirmation code lives. */
const CONFIRM_TTL = 600;

const NAMES = OPERATIONS.map(({ name }) => name);

/** The running product, without a transport. */
export interface Product {
	readonly parts: Parts;
	/** The operations that are listed and accepted, in listing order. */
	readonly allowed: readonly Operation[];
	/** Starts what is heavy in the background, so that the first call does not wait for it. */
	warm(): Promise<void>;
	close(): Promise<void>;
}

/** Puts the parts together. Throws ConfigError when a name or a credential in the configuration is unusable. */
export function compose(
	config: Config,
	{
		clock = systemClock,
		log,
		redactor = createRedactor(),
		ground = layGroundwork(config, NAMES, log),
	}: { clock?: Clock | undefined; log: Log; redactor?: Redactor; ground?: Groundwork },
): Product {
	for (const secret of [config.token, config.key, config.email, config.confirmSecret]) redactor.add(secret?.trim());
	const scope = scopeOf(config);
	const { appender } = ground;
	const connection = connect(config, ground.readSecret, { clock, redactor });
	const { now } = clock;
	const client = createPatientClient(endAtDeadline(connection.client, clock, (config.timeout ?? TIMEOUT) * 1000), {
		clock,
		pacer: createPacer(clock),
		retries: config.retries ?? RETRIES,
	});
	const pins = (config.zones ?? []).flatMap(({ name, id }) => (name && id ? [[name, id] as const] : []));
	const zones = createZones(client, new Map(pins));
	return {
		parts: {
			operations: new Map(OPERATIONS.map((operation) => [operation.name, operation])),
			forbiddenBy: (operation) => forbiddenBy(operation, scope),
			forbiddenWithin: (part) => forbiddenWithin(part, scope),
			client,
			zones,
			zoneRule: createZoneRule(config.zones, zones),
			forms: createForms(now),
			audit: createAudit({
				version: VERSION,
				now,
				write: appender && ((line) => appender.append(redactor.redact(line))),
				onLost: (problem) => log('error', problem),
			}),
			unfinished: openJournal(config.stateDir ?? envPaths(NAME, { suffix: '' }).data, clock, log),
			clock,
			redact: redactor.redact,
			codes: createCodes(config.confirmSecret ?? randomBytes(32), config.confirmTtl ?? CONFIRM_TTL, now),
			settings: {
				zone: config.zone,
				zoneArgument: zoneArgumentOf(config),
				plan: config.plan ?? 'auto',
				filesRoot: config.filesRoot,
				confirm: policyOf(config),
			},
		},
		allowed: OPERATIONS.filter((operation) => forbiddenBy(operation, scope) === undefined),
		// A failure here is not lost: the first call meets it again and reports it.
		warm: async () => void (await connection.warm().catch(() => undefined)),
		close: async () => {
			await connection.close();
			appender?.close();
		},
	};
}

/**
 * The way to the API, or to the sandbox in this process. It is laid once; the credential is asked for when a request is to
 * leave, since that may ask a person, and asked for again as long as there is none.
 */
function connect(
	config: Config,
	readSecret: ReadCredential,
	{ clock, redactor }: { clock: Clock; redactor: Redactor },
): { client: Client; warm(): Promise<unknown>; close(): Promise<void> } {
	const closing = new AbortController();
	const closers: (() => Promise<void>)[] = [];
	const lay = async (): Promise<Send> => {
		const { openPool } = await import('./cloudflare/http/pool.js');
		let root = config.baseUrl ?? API_ROOT;
		if (config.sandbox) {
			const { startSandbox } = await import('./sandbox/server.js');
			const sandbox = await startSandbox(sandboxOptions(config));
			closers.push(() => sandbox.close());
			root = sandbox.url;
		}
		const pool = openPool(root, config.timeout ?? TIMEOUT);
		closers.unshift(pool.close);
		return pool.send;
	};
	let way: Promise<Send> | undefined;
	const warm = () => {
		way ??= lay();
		return way;
	};
	let ready: Client | undefined;
	const open = async (): Promise<Client> => {
		const [send, credential] = await Promise.all([warm(), readSecret(closing.signal)]);
		if (credential.kind === 'token' && !config.sandbox) redactor.add(credential.token);
		const client = createClient(send, credential, `${NAME}/${VERSION}`, redactor.redact);
		if (credential.kind !== 'none') ready = client;
		return client;
	};
	const first = endAtDeadline(
		async (request, about) => {
			const client = await unlessCancelled(open(), about.signal);
			return client(request, about);
		},
		clock,
		// However long the person takes: the call ends in time.
		Number.POSITIVE_INFINITY,
	);
	return {
		client: (request, about) => (ready ?? first)(request, about),
		warm,
		close: async () => {
			closing.abort();
			await way?.catch(() => undefined);
			for (const close of closers) await close();
		},
	};
}

/** The result of `work`, which goes on by itself when `signal` aborts. */
function unlessCancelled<Result>(work: Promise<Result>, signal: Signal | undefined): Promise<Result> {
	return new Promise((resolve, reject) => {
		const cancel = () => reject(cancelled(signal?.reason));
		if (signal?.aborted) cancel();
		signal?.addEventListener('abort', cancel);
		work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', cancel));
	});
}
