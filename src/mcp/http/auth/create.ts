/** Creates the authenticator of a server from the way in which its callers sign in. */
import type { PolicySource } from '../../../call/principal.js';
import type { Authenticator } from './authenticator.js';
import { CloudflareAuthenticator, type CloudflareOptions } from './cloudflare.js';
import { createOpenDoor } from './none.js';
import type { OAuthOptions } from './oauth.js';
import { TokenAuthenticator } from './tokens.js';

/** How callers sign in, with what each way needs. */
export type SignIn =
	| { readonly mode: 'none' }
	| { readonly mode: 'tokens'; readonly policies: PolicySource }
	| ({ readonly mode: 'cloudflare' } & CloudflareOptions)
	| ({ readonly mode: 'oauth' } & OAuthOptions);

/** The authenticator of a way to sign in. What only one way needs is loaded with it. */
export async function createAuthenticator(signIn: SignIn): Promise<Authenticator> {
	switch (signIn.mode) {
		case 'none':
			return createOpenDoor();
		case 'tokens':
			return new TokenAuthenticator(signIn.policies);
		case 'cloudflare':
			return new CloudflareAuthenticator(signIn);
		case 'oauth':
			return openOAuth(signIn);
	}
}

async function openOAuth(options: OAuthOptions): Promise<Authenticator> {
	const { OAuthAuthenticator } = await import('./oauth.js');
	const authenticator = new OAuthAuthenticator(options);
	// The server begins to listen meanwhile: an issuer that is away must not keep it from starting.
	authenticator.preload().catch(() => undefined);
	return authenticator;
}
