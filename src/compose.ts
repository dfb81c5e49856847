/** Config → running parts. What is heavy (the HTTP pool, the sandbox) starts when first needed, or when warmed. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { forbiddenBy } from './call/allow.js';
import { createCodes } from './call/consent.js';
import type { Parts } from './call/parts.js';
import { type Client, type Credential, createClient } from './cloudflare/client.js';
import { createZones } from './cloudflare/zones.js';
import type { Config } from './config.js';
import { ConfigError } from './errors.js';
import { suggest } from './nearest.js';
import { OPERATIONS } from './operations/index.js';
import type { Operation } from './operations/operation.js';
import { NAME, VERSION } from './version.js';

const API_ROOT = 'https://api.cloudflare.com/client/v4';
/** Seconds for one attempt at one request. */
const TIMEOUT = 30;
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
export function compose(config: Config, now: () => number = Date.now): Product {
	const names = new Map(OPERATIONS.map((operation) => [operation.name, operation]));
	for (const [flag, tools] of [
		['--tools', config.tools],
		['--exclude-tools', config.excludeTools],
	] as const)
		for (const name of tools ?? [])
			if (!names.has(name))
				throw new ConfigError(`${flag}: there is no tool "${name.slice(0, 64)}".${suggest(name, names.keys())}`);
	const confirm = config.skipConfirmation ? 'off' : (config.confirm ?? 'ask');
	const scope = { ...config, blockDestructive: confirm === 'block' };
	const connection = connect(config);
	const client: Client = async (request, about) => (await connection.client())(request, about);
	return {
		parts: {
			operations: names,
			forbiddenBy: (operation) => forbiddenBy(operation, scope),
			client,
			zones: createZones(client),
			codes: createCodes(config.confirmSecret ?? randomBytes(32), config.confirmTtl ?? CONFIRM_TTL, now),
			settings: { zone: config.zone, plan: config.plan ?? 'auto', confirm },
		},
		allowed: OPERATIONS.filter((operation) => forbiddenBy(operation, scope) === undefined),
		// A failure here is not lost: the first call meets it again and reports it.
		warm: () => void connection.client().catch(() => undefined),
		close: connection.close,
	};
}

/** The way to the API, or to the sandbox in this process; opened once. */
function connect(config: Config): { client(): Promise<Client>; close(): Promise<void> } {
	const credential: Credential = config.sandbox ? { kind: 'token', token: 'sandbox-token' } : readCredential(config);
	const closers: (() => Promise<void>)[] = [];
	const open = async (): Promise<Client> => {
		const [{ openPool }, { withDeadline }, { retryReads }] = await Promise.all([
			import('./http/pool.js'),
			import('./http/deadline.js'),
			import('./http/retry.js'),
		]);
		let root = config.baseUrl ?? API_ROOT;
		if (config.sandbox) {
			const { startSandbox } = await import('./sandbox/server.js');
			const sandbox = await startSandbox();
			closers.push(() => sandbox.close());
			root = sandbox.url;
		}
		const pool = openPool(root);
		closers.unshift(pool.close);
		return createClient(
			retryReads(withDeadline(pool.send, config.timeout ?? TIMEOUT)),
			credential,
			`${NAME}/${VERSION}`,
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

/** Looks like `${input:token}`: a client that did not fill in its own variable. */
const PLACEHOLDER = /^\$\{.*\}$/;

/** The credential of the configuration. None is no error yet: a server without one still lists its tools. */
function readCredential(config: Config): Credential {
	const unfilled: string[] = [];
	const usable = (name: string, value: string | undefined): string | undefined => {
		const trimmed = value?.trim();
		if (!trimmed) return undefined;
		if (PLACEHOLDER.test(trimmed)) {
			unfilled.push(name);
			return undefined;
		}
		// A header value with anything else would be refused by Cloudflare as 6003, or worse, split.
		if (!/^[\x21-\x7e]+$/.test(trimmed)) throw new ConfigError(`${name} contains spaces or control characters`);
		return trimmed;
	};
	const token =
		usable('CLOUDFLARE_API_TOKEN', config.token) ??
		usable('CLOUDFLARE_API_TOKEN_FILE', readTokenFile(config.tokenFile));
	if (token) return { kind: 'token', token };
	const [email, key] = [usable('CLOUDFLARE_EMAIL', config.email), usable('CLOUDFLARE_API_KEY', config.key)];
	if (email && key) return { kind: 'key', email, key };
	const missing = unfilled[0]
		? `No credential: ${unfilled[0]} still holds a placeholder such as \${…} that the client did not fill in.`
		: email || key
			? 'No credential: CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY are needed together.'
			: 'No credential: CLOUDFLARE_API_TOKEN is not set.';
	return { kind: 'none', why: missing };
}

function readTokenFile(path: string | undefined): string | undefined {
	if (path === undefined || PLACEHOLDER.test(path)) return path;
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new ConfigError(`CLOUDFLARE_API_TOKEN_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`);
	}
}
