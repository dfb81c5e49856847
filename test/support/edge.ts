/** Visits the edge of a sandbox as browsers do, and gives its origin pages that a test can change. */
import { request } from 'node:http';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/server.js';

type Origin = NonNullable<SandboxOptions['origin']>;
type OriginAnswer = Exclude<ReturnType<Origin>, 'unreachable'>;

/** An origin whose pages a test sets. */
export interface TestOrigin {
	origin: Origin;
	/** What it answers to every request from now on. */
	serve(answer: OriginAnswer | 'unreachable'): void;
	/** How many requests have reached it. */
	count(): number;
}

/** An origin that answers 200 with an ETag until it is told otherwise. */
export function createOrigin(first: OriginAnswer = { headers: { etag: '"v1"' } }): TestOrigin {
	let answer: OriginAnswer | 'unreachable' = first;
	let count = 0;
	return {
		origin: () => {
			count++;
			return answer;
		},
		serve: (next) => {
			answer = next;
		},
		count: () => count,
	};
}

/** An answer of the edge. */
export interface EdgeReply {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	/** CF-Cache-Status; empty when it is absent. */
	cache: string;
	age: number | undefined;
}

/** Fetches a URL of a zone of the sandbox from its edge. */
export function visit(
	{ edgePorts }: Pick<Sandbox, 'edgePorts'>,
	url: string,
	{ method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<EdgeReply> {
	const { protocol, host, pathname, search } = new URL(url);
	const port = edgePorts[protocol === 'https:' ? 'https' : 'http'];
	return new Promise((resolve, reject) => {
		const options = { port, method, path: pathname + search, headers: { host, ...headers }, agent: false };
		const outgoing = request(options, (answer) => {
			const { statusCode: status = 0, headers: given } = answer;
			const age = given.age === undefined ? undefined : Number(given.age);
			resolve({ status, headers: given, cache: String(given['cf-cache-status'] ?? ''), age });
			answer.destroy();
		});
		outgoing.on('error', reject).end();
	});
}
