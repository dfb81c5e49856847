/** Declares how a composite fetches URLs of its zone, as visitors of the site fetch them. */

/** An answer to a visitor. Its body is not read. */
export interface Visited {
	readonly status: number;
	/** Those that tell about caching, by name in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	/** Whether it sets a cookie, whose value is not kept. */
	readonly setsCookie: boolean;
}

/** A visitor of the zone's sites. */
export interface Visitor {
	/** Fetches a URL of the call, whose host was found to belong to the zone. Throws a Failure when there is no answer. */
	visit(url: string, headers: Readonly<Record<string, string>>): Promise<Visited>;
	/** Waits so many milliseconds. */
	wait(milliseconds: number): Promise<void>;
}
