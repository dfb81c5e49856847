/** Config → running parts. What is heavy (the HTTP pool, the sandbox) starts when first needed, or when warmed. */

import { randomBytes } from 'node:crypto';
import envPaths from 'env-paths';
import { type Appender, openAppender } from './appender.js';
import { createZoneRule, forbiddenBy, isWithin } from './call/allow.js';
import { createAudit } from './call/audit.js';
import { createCodes, createForms } from './call/consent.js';
import type { Parts } from './call/parts.js';
import { type Clock, systemClock } from './clock.js';
import { type Client, type Credential, createClient } from './cloudflare/client.js';
import { createPacer } from './cloudflare/pace.js';
import { createPatientClient } from './cloudflare/patience.js';
import { createZones, ZONE_ID } from './cloudflare/zones.js';
import { type Config, sandboxOptions } from './config.js';
import { readCredential } from './credential.js';
import { ConfigError } from './errors.js';
import { withDeadline } from './http/deadline.js';
import { openJournal } from './journal.js';
import type { Log } from './log.js';
import { suggest } from './nearest.js';
import { OPERATIONS } from './operations/index.js';
import type { ZoneArgument } from './operations/input.js';
import type { Operation } from './operations/operation.js';
import { quote } from './quote.js';
import { createRedactor, type Redactor } from './redact.js';
import { NAME, VERSION } from './version.js';

const API_ROOT = 'https://api.cloudflare.com/client/v4';
/** Seconds for one attempt at one request. */
const TIMEOUT = 30;
/** Further attempts at a request that may be repeated. */
const RETRIES = 3;
/** Seconds that a confirmation code lives. */
const CONFIRM_TTL = 600;

/** The running product, without a transport. */
export interface Product {
	readonly parts: Parts;
	/** The operations that are listed and accepted, in listing order. */
	readonly allowed: readonly Operation[];
	/** Starts what is heavy in the background, so that the first call does not wait for it. */
	warm(): void;
	close(): Promise<void>;
}

/** Puts the parts together. Throws ConfigError when a name or a credential in the configuration is unusable. */
export function compose(
	config: Config,
	{
		clock = systemClock,
		log,
		redactor = createRedactor(),
	}: { clock?: Clock | undefined; log: Log; redactor?: Redactor },
): Product {
	for (const secret of [config.token, config.key, config.email, config.confirmSecret]) redactor.add(secret?.trim());
	checkNames(config);
	const confirm = config.skipConfirmation ? 'off' : (config.confirm ?? 'ask');
	const scope = { ...config, blockDestructive: confirm === 'block' };
	const connection = connect(config, log, redactor);
	const appender = openAuditLog(config.auditLog);
	const { now } = clock;
	const client = createPatientClient(async (request, about) => (await connection.client())(request, about), {
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
				confirm,
			},
		},
		allowed: OPERATIONS.filter((operation) => forbiddenBy(operation, scope) === undefined),
		// A failure here is not lost: the first call meets it again and reports it.
		warm: () => void connection.client().catch(() => undefined),
		close: async () => {
			await connection.close();
			appender?.close();
		},
	};
}

function openAuditLog(path: string | undefined): Appender | undefined {
	if (path === undefined) return undefined;
	try {
		return openAppender(path);
	} catch (error) {
		throw new ConfigError(`--audit-log ${quote(path)} cannot be opened (${(error as NodeJS.ErrnoException).code})`);
	}
}

/** Throws ConfigError when the configuration names a tool that does not exist, or a default zone that is not allowed. */
export function checkNames(config: Config): void {
	const names = OPERATIONS.map(({ name }) => name);
	for (const [flag, tools] of [
		['--tools', config.tools],
		['--exclude-tools', config.excludeTools],
	] as const)
		for (const name of tools ?? [])
			if (!names.includes(name))
				throw new ConfigError(`${flag}: there is no tool ${quote(name)}.${suggest(name, names)}`);
	checkDefaultZone(config);
}

/** A default zone outside the list would fail at every call: better to say so at the start. */
function checkDefaultZone({ zone, zones }: Config): void {
	if (zone === undefined || !zones) return;
	const allowed = zones.some(
		({ name, id }) => zone === id || name === undefined || isWithin(zone.toLowerCase(), name) || ZONE_ID.test(zone),
	);
	const names = zones.flatMap(({ name }) => name ?? []);
	if (!allowed) throw new ConfigError(`--zone ${quote(zone, 80)} is not among --zones.${suggest(zone, names)}`);
}

/** With a default zone and no other allowed, no call can name a zone: the argument only costs tokens. */
function zoneArgumentOf({ zone, zones }: Config): ZoneArgument {
	if (zone === undefined) return 'required';
	return zones?.length === 1 ? 'fixed' : 'optional';
}

/** The way to the API, or to the sandbox in this process; opened once. */
function connect(config: Config, log: Log, redactor: Redactor): { client(): Promise<Client>; close(): Promise<void> } {
	const readSecret = config.sandbox
		? async (): Promise<Credential> => ({ kind: 'token', token: 'sandbox-token' })
		: readCredential(config, log);
	const closers: (() => Promise<void>)[] = [];
	const open = async (): Promise<Client> => {
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
		const pool = openPool(root);
		closers.unshift(pool.close);
		return createClient(
			withDeadline(pool.send, config.timeout ?? TIMEOUT),
			credential,
			`${NAME}/${VERSION}`,
			redactor.redact,
		);
	};
	let opened: Promise<Client> | undefined;
	return {
		client: () => {
			opened ??= open();
			return opened;
		},
		close: async () => {
			await opened?.catch(() => undefined);
			for (const close of closers) await close();
		},
	};
}
