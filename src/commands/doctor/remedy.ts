/** Says what to do about a failure: links and commands for the person at a terminal. Pure. */
import { ApiError, type Failure, InputError, NetworkError, type RefusalReason, TimeoutError } from '../../errors.js';
import { NAME } from '../../version.js';
import { TOKEN_PAGE, type TokenNeeds } from '../token-link.js';

/** Links and commands, at least one. */
export type Remedy = readonly [string, ...string[]];

/** Cloudflare's page about its own faults. */
const STATUS_PAGE = 'https://www.cloudflarestatus.com';

/** What a remedy may name. */
export interface RemedyFacts {
	readonly needs: TokenNeeds;
	/** Root URL of the API. */
	readonly baseUrl: string;
}

/** What to do about a failure of a request, or of a look-up. */
export function remedyFor(failure: Failure, { needs, baseUrl }: RemedyFacts): Remedy {
	if (failure instanceof NetworkError || failure instanceof TimeoutError)
		return [
			`See what the network says: curl -sSv -o /dev/null ${baseUrl}/ips`,
			'Behind a proxy, set HTTPS_PROXY. Where TLS is inspected, set NODE_EXTRA_CA_CERTS to the root certificate.',
		];
	if (failure instanceof ApiError)
		return failure.reason
			? remedyForReason(failure.reason, needs, baseUrl)
			: [`Cloudflare's own state: ${STATUS_PAGE}`];
	if (failure instanceof InputError)
		return [
			`Zones that the token can see: ${NAME} call zones_list`,
			`Zone resources and permissions of the token: ${TOKEN_PAGE}`,
		];
	return [`What the flags mean: ${NAME} --help`];
}

function remedyForReason(reason: RefusalReason, needs: TokenNeeds, baseUrl: string): Remedy {
	switch (reason) {
		case 'credential':
			return createToken(needs);
		case 'permission':
			return [`Add the permission, or the zone, to the token: ${TOKEN_PAGE}`, ...createToken(needs)];
		case 'address':
			return [`Client IP address filtering of the token: ${TOKEN_PAGE}`];
		case 'blocked':
			return [`See what answers in place of the API: curl -sSi ${baseUrl}/ips`];
		case 'query':
			return [`Cloudflare's own state: ${STATUS_PAGE}`];
		case 'plan':
		case 'field':
		case 'range':
			return ['Plans and what they include: https://www.cloudflare.com/plans/'];
	}
}

/** How to get a token that has every permission that the configured tools need. */
export function createToken({ link, permissions, byHand }: TokenNeeds): Remedy {
	const create = `Create a token with ${permissions.join(', ')}: ${link}`;
	return byHand.length > 0 ? [create, `The link cannot fill in ${byHand.join(', ')}: add it on that page.`] : [create];
}
