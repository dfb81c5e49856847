/** Opens the way in which callers of a shared server sign in. */

import type { Policies } from '../call/principal.js';
import { fetchDocument } from '../cloudflare/http/fetch-document.js';
import { createTokenVerifier } from '../cloudflare/verify-token.js';
import type { Config } from '../config/config.js';
import { proxiesOf } from '../config/derive.js';
import { authModeOf } from '../config/http.js';
import { PolicyFile } from '../config/policy/policy-file.js';
import type { Authenticator } from '../mcp/http/auth/authenticator.js';
import { createAuthenticator, type SignIn } from '../mcp/http/auth/create.js';
import type { FetchDocument } from '../mcp/http/auth/issuer.js';
import { ENDPOINT } from '../mcp/http/door.js';
import type { ServerParts } from './server-parts.js';
import { USER_AGENT } from './transport.js';

/** A way to sign in that is open. */
export interface OpenSignIn {
	readonly authenticator: Authenticator;
	/** Ends the looks at the policy file, and the look-ups of tokens. */
	close(): void;
}

/** The value of an environment variable; undefined where it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/** Opens the configured way to sign in. Throws ConfigError where the policy file cannot be used. */
export async function openSignIn(shared: ServerParts, readVariable: ReadVariable): Promise<OpenSignIn> {
	const policies = openPolicyFile(shared, readVariable);
	await warnOfNoCredential(shared, policies?.current);
	const authenticator = await createAuthenticator(describeSignIn(shared, policies));
	return {
		authenticator,
		close: () => {
			authenticator.close();
			policies?.close();
		},
	};
}

/** Whether some caller is served with the operator's credential. */
export function needsOperatorCredential(config: Config, policies: Policies | undefined): boolean {
	const mode = authModeOf(config);
	if (mode === 'cloudflare') return false;
	const others = mode === 'tokens' ? [] : [policies?.fallback];
	return [...(policies?.principals ?? []), ...others].some((entry) => entry?.credential === undefined);
}

/** Warns where callers need the operator's credential and there is none. A token command is not run for that. */
async function warnOfNoCredential(
	{ config, preflight, log }: ServerParts,
	policies: Policies | undefined,
): Promise<void> {
	if (config.tokenCommand !== undefined || !needsOperatorCredential(config, policies)) return;
	const credential = await preflight.readCredential();
	if (credential.kind === 'none')
		log('warn', `${credential.why} Calls of every caller without a token in the policy file will fail.`);
}

function openPolicyFile(
	{ config, operations, clock, log }: ServerParts,
	readVariable: ReadVariable,
): PolicyFile | undefined {
	const { policy: path } = config;
	const mode = authModeOf(config);
	if (path === undefined || mode === 'none') return undefined;
	return new PolicyFile({ path, mode, tools: [...operations.keys()], readVariable, clock, log });
}

function describeSignIn(
	{ config, operations, transport, clock, log }: ServerParts,
	policies: PolicyFile | undefined,
): SignIn {
	const mode = authModeOf(config);
	switch (mode) {
		case 'none':
			return { mode };
		case 'tokens':
			return { mode, policies: policies ?? { current: { principals: [] } } };
		case 'cloudflare': {
			const verify = createTokenVerifier({ open: () => transport.open(), userAgent: USER_AGENT, clock });
			return { mode, verify, policies, clock, log };
		}
		case 'oauth':
			return { mode, ...oauthOf(config), policies, operations, endpoint: ENDPOINT, clock, log };
	}
}

/** What the configuration says of OAuth. It has been checked to name the issuer and the public URL. */
function oauthOf(config: Config) {
	const { oauthIssuer: issuer = '', oauthAudience: audience, publicUrl = '' } = config;
	return { issuer, audience, publicUrl, fetchDocument: fetchForOAuth(config) };
}

/** Fetches documents of an issuer. It is no sandbox, and it has an address of its own, so that other proxies may lead to it. */
export function fetchForOAuth(config: Config): FetchDocument {
	return (url) =>
		fetchDocument(url, { proxies: proxiesOf({ ...config, sandbox: false, baseUrl: url }), userAgent: USER_AGENT });
}
