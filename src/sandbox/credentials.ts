/** Authenticates the caller by the headers alone, before the path is known. */
import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from './answers.js';
import { badHeader } from './failures.js';

/** What a restricted token may do; an absent list restricts nothing. */
export interface Rights {
	permissions?: string[];
	/** Ids or names. */
	zones?: string[];
}

/** A caller whose headers are well formed. */
export interface Caller extends Rights {
	/** Absent when the caller sent an e-mail address and a Global API Key. */
	token?: string;
}

const BEARER = /^Bearer ([A-Za-z0-9_-]{8,})$/;
const GLOBAL_KEY = /^(?:[0-9a-f]{37}|cfk_[A-Za-z0-9_-]{40,})$/;

/** Returns the caller. Throws what Cloudflare's gateway answers to malformed credentials. */
export function authenticate(headers: IncomingHttpHeaders, tokens: Record<string, Rights>): Caller {
	if (!headers['user-agent']) throw new Failure(403, { code: 10001, message: 'Unable to authenticate request' });
	const { authorization, 'x-auth-email': email, 'x-auth-key': key } = headers;
	if (authorization !== undefined) {
		const token = BEARER.exec(authorization)?.[1];
		if (token === undefined) throw badHeader(6111, 'Authorization');
		return { token, ...(Object.hasOwn(tokens, token) ? tokens[token] : {}) };
	}
	if (!email || !key) {
		throw new Failure(400, {
			code: 9106,
			message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers',
		});
	}
	if (!GLOBAL_KEY.test(String(key))) throw badHeader(6103, 'X-Auth-Key');
	return {};
}
