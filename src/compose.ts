/** Config → running parts. What is heavy (the HTTP pool, the sandbox) starts when first needed, or when warmed. */

import { randomBytes } from 'node:crypto';
import envPaths from 'env-paths';
import { createZoneRule, forbiddenBy, forbiddenWithin } from './call/allow.js';
import { createAudit } from './call/audit.js';
import { createCodes, createForms } from './call/consent.js';
import type { Parts } from './call/parts.js';
import { type Clock, systemClock } from './clock.js';
import { type Client, type Credential, createClient } from './cloudflare/client.js';
import { endAtDeadline } from './cloudflare/deadline.js';
import { createPacer } from './cloudflare/pace.js';
import { createPatientClient } from './cloudflare/patience.js';
import { createZones } from './cloudflare/zones.js';
import { type Config, policyOf, sandboxOptions, scopeOf, zoneArgumentOf } from './config.js';
import { type Groundwork, layGroundwork } from './groundwork.js';
import { openJournal } from './journal.js';
import type { Log } from './log.js';
import { OPERATIONS } from './operations/index.js';
import type { Operation } from './operations/operation.js';
import { createRedactor, type Redactor } from './redact.js';
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
	const connection = connect(config, ground.readSecret, redactor);
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
		warm: async () => void (await connection.open().catch(() => undefined)),
		close: async () => {
			await connection.close();
			appender?.close();
		},
	};
}

/** The way to the API, or to the sandbox in this process; opened once. */
function connect(
	config: Config,
	readSecret: () => Promise<Credential>,
	redactor: Redactor,
): { client: Client; open(): Promise<Client>; close(): Promise<void> } {
	const closers: (() => Promise<void>)[] = [];
	const openOnce = async (): Promise<Client> => {
		const { openPool } = await import('./http/pool.js');
		let root = config.baseUrl ?? API_ROOT;
		if (config.sandbox) {
			const { startSandbox } = await import('./sandbox/server.js');
			const sandbox = await startSandbox(sandboxOptions(config));
			closers.push(() => sandbox.close());
			root = sandbox.url;
		}
		const credential = await readSecret();
		if (credential.kind === 'token' && !config.sandbox) redactor.add(credential.token);
		const pool = openPool(root, config.timeout ?? TIMEOUT);
		closers.unshift(pool.close);
		return createClient(pool.send, credential, `${NAME}/${VERSION}`, redactor.redact);
	};
	let opened: Promise<Client> | undefined;
	let ready: Client | undefined;
	const open = () => {
		opened ??= openOnce().then((client) => {
			ready = client;
			return client;
		});
		return opened;
	};
	return {
		client: (request, about) => (ready ? ready(request, about) : open().then((client) => client(request, about))),
		open,
		close: async () => {
			await opened?.catch(() => undefined);
			for (const close of closers) await close();
		},
	};
}
