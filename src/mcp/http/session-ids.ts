/**
 * Issues session ids up to MCP 2025-11-25. An id is a signed statement of what the session's initialize said, so that no
 * session need be kept: every replica with the same secret serves it, and a restart does not end it. It is no proof of who calls.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Client } from '../client.js';

/** What is known of a session. */
export interface SessionFacts {
	/** Tells sessions apart: only the session that was asked a question may answer it. */
	readonly nonce: string;
	readonly client: Pick<Client, 'name' | 'version' | 'forms'>;
}

/** What an id states. */
interface Statement extends SessionFacts {
	readonly issuedMs: number;
}

/** What session ids are made with. */
interface SessionIdsOptions {
	/** The secrets of the operator: the first signs, and each verifies. Without them, the ids of another process are unknown. */
	readonly secrets?: readonly [string, ...string[]] | undefined;
	/** Milliseconds since 1970. */
	now(): number;
}

const PURPOSE = 'cloudflare-cache-mcp: session ids';
const MAX_AGE_MS = 24 * 60 * 60_000;
/** What is kept of the words of a client: the id comes with each request, and proxies limit headers to 8 KB in all. */
const MAX_NAME_CHARACTERS = 64;
const NONCE_BYTES = 9;
const MAX_REMEMBERED = 5_000;

/** Issues and reads session ids. */
export class SessionIds {
	private readonly keys: readonly [Buffer, ...Buffer[]];
	/** Ids that were verified lately: an HMAC for each request would take a tenth of its time (bench row `http.many`). */
	private readonly verified = new Map<string, Statement>();
	private readonly now: () => number;

	constructor({ secrets, now }: SessionIdsOptions) {
		const [first, ...others] = secrets ?? [randomBytes(32)];
		this.keys = [deriveKey(first), ...others.map(deriveKey)];
		this.now = now;
	}

	/** A new session of a principal. */
	issue(principal: string, { name, version, forms }: SessionFacts['client']): string {
		const words = [name, version].map((word) => word.slice(0, MAX_NAME_CHARACTERS));
		const issued = Math.floor(this.now() / 1000);
		const content = [randomBytes(NONCE_BYTES).toString('base64url'), ...words, forms ? 1 : 0, issued];
		const text = Buffer.from(JSON.stringify(content)).toString('base64url');
		return `${text}.${sign(this.keys[0], principal, text).toString('base64url')}`;
	}

	/** The session of an id; undefined where it was not issued to this principal, or is older than a day. */
	read(principal: string, id: string): SessionFacts | undefined {
		const name = `${principal}\n${id}`;
		const statement = this.verified.get(name) ?? this.verify(principal, id);
		if (!statement || this.now() - statement.issuedMs > MAX_AGE_MS) return undefined;
		if (!this.verified.has(name)) this.remember(name, statement);
		return statement;
	}

	private verify(principal: string, id: string): Statement | undefined {
		const [, text = '', mac = ''] = /^([\w-]{1,2000})\.([\w-]{43})$/.exec(id) ?? [];
		const given = Buffer.from(mac, 'base64url');
		if (given.length === 0 || !this.keys.some((key) => timingSafeEqual(sign(key, principal, text), given)))
			return undefined;
		// Signed by this server, so of the form that `issue` gives it.
		const content = JSON.parse(Buffer.from(text, 'base64url').toString()) as [string, string, string, number, number];
		const [nonce, name, version, forms, issued] = content;
		return { nonce, client: { name, version, forms: forms === 1 }, issuedMs: issued * 1000 };
	}

	private remember(name: string, statement: Statement): void {
		if (this.verified.size >= MAX_REMEMBERED) this.verified.delete(this.verified.keys().next().value ?? '');
		this.verified.set(name, statement);
	}
}

function deriveKey(secret: string | Buffer): Buffer {
	return Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, 32));
}

/** The principal is signed and not written: the request says by its own proof who calls. */
function sign(key: Buffer, principal: string, text: string): Buffer {
	return createHmac('sha256', key).update(`${principal}\n${text}`).digest();
}
