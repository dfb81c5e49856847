/** Wraps results and failures in the envelope of the API. */

/** One item of `errors` or `messages`. */
interface Notice {
	code: number;
	message: string;
	documentation_url?: string;
	error_chain?: { code: number; message: string }[];
}

/** The JSON object around every result. */
interface Envelope {
	success: boolean;
	errors: Notice[];
	messages: Notice[];
	result: unknown;
	result_info?: unknown;
}

/** An HTTP answer. */
export interface Answer {
	status: number;
	headers?: Record<string, string>;
	/** GraphQL has an envelope of its own. */
	body: Envelope | { data: unknown; errors: unknown };
}

/** Thrown by any operation; request-handler.ts turns it into an answer. */
export class Failure extends Error {
	readonly status: number;
	readonly errors: Notice[];
	/** Headers of the answer. */
	headers: Record<string, string> = {};

	constructor(status: number, ...errors: [Notice, ...Notice[]]) {
		super(errors[0].message);
		this.status = status;
		this.errors = errors;
	}

	/** Says that a part of this answer is made up. */
	invented(part: string): this {
		this.headers = { ...this.headers, ...inventedHeader(part) };
		return this;
	}
}

/**
 * The header of an answer of which a part is made up, because Cloudflare does not document it. It keeps readers from taking
 * that part for Cloudflare's.
 */
function inventedHeader(part: string): Record<string, string> {
	return { Sandbox: `invented (${part})` };
}

/** The answer, with the header that a part of it is made up. */
export function markInvented(answer: Answer, part: string): Answer {
	return { ...answer, headers: { ...answer.headers, ...inventedHeader(part) } };
}

/** Wraps a result. */
export function succeed(result: unknown, more: { result_info?: unknown; messages?: Notice[] } = {}): Answer {
	return { status: 200, body: { success: true, errors: [], messages: [], result, ...more } };
}

/** Wraps a failure. */
export function fail(failure: Failure): Answer {
	return {
		status: failure.status,
		headers: failure.headers,
		body: { success: false, errors: failure.errors, messages: [], result: null },
	};
}
