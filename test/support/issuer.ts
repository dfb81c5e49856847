/** An OAuth issuer on 127.0.0.1: discovery, keys, registration, a login without a page, and tokens by code with PKCE. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { listenLocally } from './local-server.js';

/** How a token is signed. What is not given is as it should be. */
export interface Signing {
	/** Claims that replace the usual ones; undefined leaves one out. */
	claims?: Record<string, unknown>;
	alg?: string;
	kid?: string;
	key?: CryptoKey | Uint8Array;
	/** Seconds until the token ends. */
	lifetime?: number;
}

/** A running issuer. */
export interface TestIssuer {
	/** Byte for byte as its tokens and metadata name it. */
	readonly issuer: string;
	/** Paths of the requests that came, oldest first. */
	readonly requests: string[];
	/** Requests for keys. */
	keyFetches(): number;
	/** Signs an access token for `audience`, with the scopes of `claims.scope`. */
	sign(audience: string, signing?: Signing): Promise<string>;
	/** What the next logins are granted; by default what they ask for. */
	grant(scope: string): void;
	/** Public keys by their ids, as JWKs. */
	readonly keySet: { keys: Record<string, unknown>[] };
	/** Replaces the answer of a path; undefined is the usual one again. */
	answer(path: string, reply: { status?: number; body: string } | undefined): void;
	/** Makes a new key pair, published under `kid`. */
	addKey(alg: string, kid: string): Promise<void>;
	/** Closes the port. */
	close(): Promise<void>;
}

/** How an issuer is set up. */
export interface IssuerOptions {
	/** Path of the issuer, such as `/realms/team`. */
	path?: string;
	/** Where the metadata stands. */
	metadata?: 'oauth' | 'openid-before' | 'openid-behind';
	now?(): number;
}

/** Where metadata stands, by its kind, for a path without a slash at its end. */
const WELL_KNOWN = {
	oauth: (path: string) => `/.well-known/oauth-authorization-server${path}`,
	'openid-before': (path: string) => `/.well-known/openid-configuration${path}`,
	'openid-behind': (path: string) => `${path}/.well-known/openid-configuration`,
};

/** Starts an issuer that ends with the test. */
export async function startIssuer({
	path = '',
	metadata = 'oauth',
	now = Date.now,
}: IssuerOptions = {}): Promise<TestIssuer> {
	const requests: string[] = [];
	const replies = new Map<string, { status?: number; body: string }>();
	const keySet: TestIssuer['keySet'] = { keys: [] };
	const keys = new Map<string, { key: CryptoKey; alg: string }>();
	const codes = new Map<string, { challenge: string; scope: string; resource: string }>();
	let granted: string | undefined;

	const addKey = async (alg: string, kid: string) => {
		const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
		keys.set(kid, { key: privateKey, alg });
		keySet.keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
	};
	await addKey('ES256', 'first');

	const sign: TestIssuer['sign'] = async (audience, { claims = {}, kid = 'first', lifetime = 600, ...given } = {}) => {
		const seconds = Math.floor(now() / 1_000);
		const usual = { iss: issuer, aud: audience, sub: 'user-1', iat: seconds, exp: seconds + lifetime };
		// JSON leaves out what is undefined.
		const payload = JSON.parse(JSON.stringify({ ...usual, ...claims })) as JWTPayload;
		const key = given.key ?? keys.get(kid)?.key;
		if (!key) throw new Error(`There is no key ${kid}.`);
		return new SignJWT(payload).setProtectedHeader({ alg: given.alg ?? keys.get(kid)?.alg ?? 'ES256', kid }).sign(key);
	};

	const routes: Record<string, (request: IncomingMessage, url: URL, response: ServerResponse) => unknown> = {
		[WELL_KNOWN[metadata](path.replace(/\/$/, ''))]: () => ({
			issuer,
			authorization_endpoint: `${origin}/authorize`,
			token_endpoint: `${origin}/token`,
			registration_endpoint: `${origin}/register`,
			jwks_uri: `${origin}/jwks`,
			response_types_supported: ['code'],
			grant_types_supported: ['authorization_code'],
			code_challenge_methods_supported: ['S256'],
			token_endpoint_auth_methods_supported: ['none'],
			scopes_supported: ['cache:read', 'cache:purge', 'cache:write', 'cache:destroy'],
		}),
		'/jwks': () => keySet,
		'/register': async (request, _, response) => {
			response.statusCode = 201;
			return { ...(JSON.parse(await text(request)) as object), client_id: randomUUID() };
		},
		'/authorize': (_, { searchParams: asked }, response) => {
			const code = randomUUID();
			const scope = granted ?? asked.get('scope') ?? '';
			codes.set(code, {
				challenge: asked.get('code_challenge') ?? '',
				scope,
				resource: asked.get('resource') ?? '',
			});
			const target = new URL(asked.get('redirect_uri') ?? '');
			target.searchParams.set('code', code);
			target.searchParams.set('state', asked.get('state') ?? '');
			response.writeHead(302, { Location: target.href }).end();
		},
		'/token': async (request, _, response) => {
			const form = new URLSearchParams(await text(request));
			const code = codes.get(form.get('code') ?? '');
			codes.delete(form.get('code') ?? '');
			const proof = createHash('sha256')
				.update(form.get('code_verifier') ?? '')
				.digest('base64url');
			if (code?.challenge !== proof) {
				response.statusCode = 400;
				return { error: 'invalid_grant' };
			}
			const { scope, resource } = code;
			return {
				access_token: await sign(resource, { claims: { scope } }),
				token_type: 'Bearer',
				expires_in: 600,
				scope,
			};
		},
	};

	const serve = async (request: IncomingMessage, response: ServerResponse) => {
		const url = new URL(request.url ?? '/', origin);
		requests.push(url.pathname);
		const reply = replies.get(url.pathname);
		if (reply) return void response.writeHead(reply.status ?? 200).end(reply.body);
		const route = routes[url.pathname];
		if (!route) return void response.writeHead(404).end('not found');
		const body = await route(request, url, response);
		if (!response.headersSent) response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
	};
	const server = createServer((request, response) => {
		serve(request, response).catch(() => response.destroy());
	});
	const { origin, close } = await listenLocally(server);
	const issuer = origin + path;
	return {
		issuer,
		requests,
		keyFetches: () => requests.filter((one) => one === '/jwks').length,
		sign,
		grant: (scope) => {
			granted = scope;
		},
		keySet,
		answer: (at, reply) => {
			if (reply) replies.set(at, reply);
			else replies.delete(at);
		},
		addKey,
		close,
	};
}
