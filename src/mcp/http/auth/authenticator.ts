/** Declares how a request over HTTP is matched to its principal. */
import type { Principal } from '../../../call/principal.js';

/** Decides who calls. */
export interface Authenticator {
	/**
	 * The principal of a request, from the values of all its headers Authorization (`headersDistinct`): more than one is
	 * refused. Throws {@link Challenge} where there is none. An answer without a promise costs no turn of the event loop.
	 */
	authenticate(authorization: readonly string[] | undefined): Principal | Promise<Principal>;
	/** The challenge of a request that needs a scope which the principal was not granted; undefined where none is missing. */
	missingScope?(
		principal: Principal,
		request: ScopedCall | ScopedRead,
	): Challenge | undefined | Promise<Challenge | undefined>;
	/** Hears that the API refused the principal's own credential (401, or 6003), so that it is not accepted for a while. */
	markBad?(principal: Principal): void;
	/** The JSON that a path beside the endpoint answers with, such as OAuth's metadata; undefined where there is none. */
	document?(path: string): Readonly<Record<string, unknown>> | undefined;
	/** Ends what still looks something up. */
	close(): void;
}

/** A call of a tool that the principal's policy allows. */
export interface ScopedCall {
	readonly tool: string;
	readonly args: unknown;
	/** Whether what needs consent is refused in any case, so that no scope would help. */
	readonly isConsentBlocked: boolean;
}

/** A request that reads beside the tools, such as `resources/read`. Behind some resources and completions stand tools. */
export interface ScopedRead {
	readonly method: string;
}

/** Why a request is refused. The reason is a word for metrics; the message is for the client. */
export class Challenge extends Error {
	override name = 'Challenge';
	readonly status: 401 | 403 | 503;
	readonly headers: Readonly<Record<string, string>>;
	readonly reason: string;

	constructor(message: string, { status, headers, reason }: Pick<Challenge, 'status' | 'headers' | 'reason'>) {
		super(message);
		this.status = status;
		this.headers = headers;
		this.reason = reason;
	}
}
