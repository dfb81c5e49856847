/** Starts replicas of the built command that share one Redis and one secret, behind a balancer. All of it ends with the test. */
import { onTestFinished } from 'vitest';
import { type Balancer, startBalancer } from './balancer.js';
import { temporaryFolder } from './files.js';
import { type Message, type Running, start, type Until } from './process.js';

/** What replicas are started with where a test names nothing else: what they sign with, and their Cloudflare token. */
export const SECRET = 'the-secret-of-all-replicas-0123456789';
export const CLOUDFLARE_TOKEN = 'test-token-0123456789';

/** How replicas are started. */
export interface ReplicaOptions {
	/** Base URL of the API. */
	readonly upstream: string;
	/** URL of Redis; none when absent. */
	readonly redis?: string | undefined;
	/** Flags beside the address and Redis. When absent, nobody signs in, and consent is asked for. */
	readonly flags?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** When all of it ends. With the test when absent. */
	readonly until?: Until;
}

/** A running replica. */
export interface Replica {
	readonly url: string;
	readonly process: Running;
}

/** Starts one replica. Resolves when it says where it listens. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
	const { upstream, redis, flags = ['--auth', 'none', '--confirm', 'ask'], env, until = onTestFinished } = options;
	const shared = redis === undefined ? [] : ['--redis', redis];
	const process = start(['--http', '0', ...shared, ...flags], {
		env: {
			CF_CACHE_STATE_DIR: temporaryFolder((end) => until(async () => end())),
			CF_CACHE_CONFIRM_SECRET: SECRET,
			CLOUDFLARE_API_TOKEN: CLOUDFLARE_TOKEN,
			CLOUDFLARE_BASE_URL: upstream,
			...env,
		},
		until,
	});
	await process.saw('stderr', '/mcp');
	const [url] = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(process.stderr()) ?? [];
	if (url === undefined) throw new Error(`no address in: ${process.stderr()}`);
	return { url, process };
}

/** Replicas behind a balancer. */
export interface Fleet extends Balancer {
	readonly replicas: readonly Replica[];
	/** The replica that has got a message. Throws where none has. */
	replicaOf(isIt: (message: Message) => boolean): Replica;
}

/** Starts replicas, 3 when no count is given, and a balancer in front of them. */
export async function startFleet({ count = 3, ...options }: ReplicaOptions & { count?: number }): Promise<Fleet> {
	const replicas = await Promise.all(Array.from({ length: count }, () => startReplica(options)));
	const urls = replicas.map(({ url }) => url);
	const { url, handed } = await startBalancer(urls, options.until ?? onTestFinished);
	return {
		url,
		handed,
		replicas,
		replicaOf(isIt) {
			const server = handed.find(({ message }) => isIt(message))?.server;
			const replica = replicas.find((one) => one.url === server);
			if (!replica) throw new Error('no replica has got such a message');
			return replica;
		},
	};
}
