/** Declares what is counted of the work of a server. No label names a principal, a zone or a URL. */

/** Hears what happens, to count it. Never throws. */
export interface Metrics {
	/** A call of a tool has ended. `consent` is how consent to it was obtained. */
	callEnded(call: { tool: string; outcome: string; consent: string; seconds: number }): void;
	/** The API has answered an attempt; status 0 where no answer came. */
	attemptEnded(status: number): void;
	/** A request has waited for a rate limit: `urls` or `requests` of an account, or `token`, the limit of a credential. */
	waited(group: string, seconds: number): void;
	/** A request over HTTP was refused because of who sent it. */
	signInFailed(reason: string): void;
	/** A request over HTTP was answered. */
	answered(status: number): void;
}
