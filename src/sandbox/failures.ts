/** The failures that more than one part of the API can answer with. */
import { Failure } from './answers.js';

/** 7003 with 7000: no such path, no such method on it, or an identifier of the wrong form. */
export function noRoute(path: string): Failure {
	return new Failure(
		400,
		{ code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
		{ code: 7000, message: 'No route for that URI' },
	);
}

/** 6003: a credential header that cannot be what it says. */
export function badHeader(code: 6103 | 6111, header: string): Failure {
	const chain = [{ code, message: `Invalid format for ${header} header` }];
	return new Failure(400, { code: 6003, message: 'Invalid request headers', error_chain: chain });
}

/** 10000 on a valid token: the permission group or the zone is missing from it. */
export function forbidden(): Failure {
	return new Failure(403, {
		code: 10000,
		message: 'Authentication error',
		documentation_url: 'https://developers.cloudflare.com/fundamentals/api/reference/permissions/',
	});
}

/** 9109: the zone belongs to somebody else. */
export function foreignZone(): Failure {
	return new Failure(403, { code: 9109, message: 'Unauthorized to access requested resource' });
}

/** 1135: the plan or subscription of the zone does not include the setting. */
export function planTooSmall(): Failure {
	return new Failure(403, {
		code: 1135,
		message: 'Sorry, this zone setting is not available for your plan type.',
	});
}

/** 1134: the account's allowance for purges is used up for this many seconds. */
export function tooManyPurges(seconds: number): Failure {
	const message = 'Unable to purge, rate limit reached. Please wait and consider throttling your request speed';
	const failure = new Failure(429, { code: 1134, message });
	failure.headers = { 'Retry-After': String(seconds) };
	return failure;
}

/** 971: the caller's allowance for calls of any sort is used up for this many seconds. */
export function tooManyCalls(seconds: number): Failure {
	const message = 'Please wait and consider throttling your request speed';
	const failure = new Failure(429, { code: 971, message });
	failure.headers = { 'Retry-After': String(seconds), Ratelimit: `"default";r=0;t=${seconds}` };
	return failure;
}

/** 1142: nothing was ever stored under that name. */
export function neverSet(setting: string, reason = '.'): Failure {
	return new Failure(404, {
		code: 1142,
		message: `Unable to retrieve ${setting} setting value. The zone setting does not exist${reason}`,
	});
}

/** 1146: a value of the request is of the wrong form. */
export function badRequest(message: string): Failure {
	return new Failure(400, { code: 1146, message });
}
