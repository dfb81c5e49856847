/** Verifies access tokens with the keys of their issuer, which are found by discovery. Loads jose, so it is itself loaded late. */
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../../../base/clock.js';
import { isObject } from '../../../base/json.js';
import type { Log } from '../../../base/log.js';
import { discoveryUrls, isSafeUrl } from './discovery.js';

/** Signatures that can be checked without a secret. Never `none`, and none whose key would be a public text. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const TOLERANCE_SECONDS = 30;

/** A move of the keys to another address is found after this time. */
const REDISCOVER_MS = 60 * 60_000;
/** For how long an issuer that gave no answer is left alone. */
const REST_MS = 5_000;

/** Failures to get the keys. Every other error of the library is about the token. */
const KEYS_AWAY: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

/** Fetches a document by GET, with limits of time and size. Rejects where there is no answer. */
export type FetchDocument = (url: string) => Promise<{ readonly status: number; readonly body: string }>;

/** What the check of tokens needs. */
export interface IssuerOptions {
	/** Byte for byte as tokens and metadata name it. */
	readonly issuer: string;
	/** Byte for byte as tokens name it. */
	readonly audience: string;
	readonly fetchDocument: FetchDocument;
	readonly clock: Clock;
	readonly log: Log;
}

/** Knows the keys of an issuer. */
export class Issuer {
	private readonly options: IssuerOptions;
	private keys: JWTVerifyGetKey | undefined;
	private discovery: Promise<void> | undefined;
	private rediscoverAtMs = 0;
	/** The issuer is not asked before. */
	private restUntilMs = 0;
	private isAway = false;

	constructor(options: IssuerOptions) {
		this.options = options;
	}

	/** The claims of a token. `invalid`: the token is not accepted; `away`: the keys cannot be fetched, so nothing is known of it. */
	async verify(token: string): Promise<JWTPayload | 'invalid' | 'away'> {
		const { issuer, audience, clock, log } = this.options;
		try {
			const keys = await this.findKeys();
			const { payload } = await jwtVerify(token, keys, {
				...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: TOLERANCE_SECONDS },
				requiredClaims: ['exp', 'sub'],
				currentDate: new Date(clock.now()),
			});
			return payload;
		} catch (error) {
			if (error instanceof errors.JOSEError && !KEYS_AWAY.has(error.code)) {
				log('info', 'oauth: a token is not accepted', { error: error.code, claim: claimOf(error) });
				return 'invalid';
			}
			// Only the name: texts of libraries may quote the token.
			log('debug', 'oauth: a token could not be checked', { error: error instanceof Error ? error.name : 'unknown' });
			return 'away';
		}
	}

	/** Finds the keys before the first token needs them, so that the log tells at the start that they cannot be fetched. */
	async preload(): Promise<void> {
		await this.findKeys().catch(() => undefined);
	}

	private async findKeys(): Promise<JWTVerifyGetKey> {
		if (!this.keys || this.options.clock.now() >= this.rediscoverAtMs) {
			this.discovery ??= this.discover().finally(() => {
				this.discovery = undefined;
			});
			// The keys of an hour ago are still the keys while the issuer is away.
			await this.discovery.catch((error: unknown) => {
				if (!this.keys) throw error;
			});
		}
		if (!this.keys) throw new Error('no keys');
		return this.keys;
	}

	/** Asks the addresses of the metadata in turn. */
	private async discover(): Promise<void> {
		const { issuer, clock } = this.options;
		let answered = 'no metadata';
		for (const url of discoveryUrls(issuer)) {
			const { status, body } = await this.ask(url);
			const metadata = status === 200 ? parseJson(body) : undefined;
			if (!metadata) continue;
			answered = 'metadata of another issuer, or without jwks_uri';
			const { issuer: named, jwks_uri: keysUrl } = metadata;
			if (named !== issuer || typeof keysUrl !== 'string' || !isSafeUrl(keysUrl, issuer)) continue;
			this.keys = createRemoteJWKSet(new URL(keysUrl), { [customFetch]: (from) => this.fetchKeys(from) });
			this.rediscoverAtMs = clock.now() + REDISCOVER_MS;
			return;
		}
		this.noteAway(`its address gives ${answered}`);
		throw new Error('not discovered');
	}

	private async fetchKeys(url: string): Promise<Response> {
		const { status, body } = await this.ask(url);
		const isKeySet = status === 200 && Array.isArray(parseJson(body)?.keys);
		if (isKeySet) this.isAway = false;
		else this.noteAway('the address of its keys gives none');
		return new Response(body, { status: isKeySet ? 200 : 502 });
	}

	/** Fetches a document. After a failure nothing is asked for a while, however many tokens come. */
	private async ask(url: string): ReturnType<FetchDocument> {
		if (this.options.clock.now() < this.restUntilMs) throw new Error('at rest');
		try {
			return await this.options.fetchDocument(url);
		} catch (error) {
			this.noteAway('it does not answer');
			throw error;
		}
	}

	/** An outage is logged once. */
	private noteAway(why: string): void {
		const { clock, log } = this.options;
		this.restUntilMs = clock.now() + REST_MS;
		if (!this.isAway) log('warn', `The keys of the OAuth issuer cannot be fetched, because ${why}. Requests get 503.`);
		this.isAway = true;
	}
}

/** The claim that a token is refused for: a name that was asked for, never its value. */
function claimOf(error: errors.JOSEError): string | undefined {
	return error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired
		? error.claim
		: undefined;
}

function parseJson(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}
