/** Builds the failures that several operations answer with. */
import { Failure } from './answers.js';

/** 7003 with 7000: unknown path, wrong method, or a malformed identifier. */
export function noRoute(path: string): Failure {
	return new Failure(
		400,
		{ code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
		{ code: 7000, message: 'No route for that URI' },
	);
}

/** 6003: a malformed credential header. */
export function badHeader(code: 6103 | 6111, header: string): Failure {
	const chain = [{ code, message: `Invalid format for ${header} header` }];
	return new Failure(400, { code: 6003, message: 'Invalid request headers', error_chain: chain });
}

/** 10000: the token is valid but lacks the permission group or the zone. */
export function forbidden(): Failure {
	return new Failure(403, {
		code: 10000,
		message: 'Authentication error',
		documentation_url: 'https://developers.cloudflare.com/fundamentals/api/reference/permissions/',
	});
}

/** 9109: the zone belongs to another account. */
export function foreignZone(): Failure {
	return new Failure(403, { code: 9109, message: 'Unauthorized to access requested resource' });
}

/** 1135: the zone's plan or subscription does not include the setting. */
export function planTooSmall(): Failure {
	return new Failure(403, {
		code: 1135,
		message: 'Sorry, this zone setting is not available for your plan type.',
	});
}

/** 1134: the account may purge again after this many seconds. */
export function tooManyPurges(seconds: number): Failure {
	const message = 'Unable to purge, rate limit reached. Please wait and consider throttling your request speed';
	const failure = new Failure(429, { code: 1134, message });
	failure.headers = { 'Retry-After': String(seconds) };
	return failure.invented('Retry-After');
}

/** 971: the caller may call again after this many seconds. */
export function tooManyCalls(seconds: number): Failure {
	const message = 'Please wait and consider throttling your request speed';
	const failure = new Failure(429, { code: 971, message });
	failure.headers = { 'Retry-After': String(seconds), Ratelimit: `"default";r=0;t=${seconds}` };
	return failure;
}

/** 1142: the setting was never stored. */
export function neverSet(setting: string, reason = '.'): Failure {
	return new Failure(404, {
		code: 1142,
		message: `Unable to retrieve ${setting} setting value. The zone setting does not exist${reason}`,
	});
}

/** 1146: a malformed value. */
export function badRequest(message: string): Failure {
	return new Failure(400, { code: 1146, message });
}
