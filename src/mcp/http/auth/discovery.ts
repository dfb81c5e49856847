/** Knows where the metadata of OAuth stands: that of an issuer, and that of this server. */
import { isThisMachine } from '../../../base/identifiers.js';

/** The addresses of an issuer's metadata: RFC 8414, and OpenID Connect with the path behind it and before it. */
export function discoveryUrls(issuer: string): readonly string[] {
	const { origin, pathname } = new URL(issuer);
	const path = pathname.replace(/\/$/, '');
	const oauth = `${origin}/.well-known/oauth-authorization-server${path}`;
	const openId = `${origin}/.well-known/openid-configuration${path}`;
	return path === '' ? [oauth, openId] : [oauth, openId, `${origin}${path}/.well-known/openid-configuration`];
}

/**
 * Whether an issuer's keys may be fetched from there. Plain http would let others on the network put in their own, and an
 * issuer elsewhere has no business with this machine.
 */
export function isSafeUrl(text: string, issuer: string): boolean {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.protocol === 'https:') return true;
	return url?.protocol === 'http:' && [url, new URL(issuer)].every(({ hostname }) => isThisMachine(hostname));
}

/** The path below which the metadata of protected resources stands (RFC 9728). */
const RESOURCE_PATH = '/.well-known/oauth-protected-resource';

/** Where the metadata of this server is found. */
export interface ResourceAddresses {
	/** The id of the resource: the public URL without a slash at its end. */
	readonly resource: string;
	/** The URL that challenges name. */
	readonly metadataUrl: string;
	/** The paths that answer with the metadata: with the path of the resource, and at the root, where some clients look. */
	readonly paths: ReadonlySet<string>;
}

/** The addresses of a server's metadata. `endpoint` is the path that it serves: a proxy may give it another one outside. */
export function addressesOf(publicUrl: string, endpoint: string): ResourceAddresses {
	const resource = publicUrl.replace(/\/$/, '');
	const { origin, pathname } = new URL(resource);
	const path = pathname === '/' ? '' : pathname;
	return {
		resource,
		metadataUrl: origin + RESOURCE_PATH + path,
		paths: new Set([RESOURCE_PATH + path, RESOURCE_PATH + endpoint, RESOURCE_PATH]),
	};
}
