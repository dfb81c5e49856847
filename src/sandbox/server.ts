/**
 * A small Cloudflare cache API over real HTTP, on this machine only, with its state in memory.
 *
 * Where the public documents are silent or disagree, this sandbox chose:
 * - No User-Agent: 403 with 10001, before anything else. Authorization wins over X-Auth-Key. Half a pair: 9106.
 * - A Global API Key is 37 hex characters or `cfk_` and 40 more; the e-mail is not looked at.
 * - Every well-formed token is valid unless it is restricted; no answer is 401/10000.
 * - A zone outside a token's list: 403/10000. A well-formed id nobody here owns: 403/9109.
 * - tokens/verify: e-mail and key 400/6003, an account token 401/1000, `id` is a hash of the token.
 * - Regions and argo need Zone Settings Read or Write; POST smart needs what PATCH needs.
 * - Unknown path, wrong method, trailing slash, unknown environment: 7003 and 7000 with HTTP 400.
 * - `batch` and `supported_regions` are never taken for an address. A dot segment is no route.
 * - Body over 1 MiB: 413/10413. Unparsable or missing JSON: 400/6007; in a purge 1012; in a batch missing is 1146.
 * - Only purge and invalidate look at Content-Type. Unknown fields of a body are ignored.
 * - Purge kinds may be mixed, each with its own limit. An empty list counts as absent (1012).
 * - Too many items: files 1094, tags 1101, hosts and prefixes 1111. One bad item refuses the call.
 * - Bad URL, headers or prefix: 1016; bad tag: 1100; host too long (253): 1114; bad or foreign host: 1115.
 * - URL or prefix of another zone: 1082. A `*` makes a URL or prefix invalid. A comma in a tag is accepted.
 * - Pending zones are purged like active ones.
 * - 1136 is for expressions with ip.src, ip.geoip or cf.threat_score; cf.edge.server_ip is not one of them.
 * - Environments of a zone below Enterprise: 403/1135.
 * - Smart: missing is 404/1142, or off with `smartMissing: 'off'` (DELETE then succeeds). POST and PATCH upsert.
 * - `modified_on` is null for a setting that still has its first value; Cache Reserve never has it.
 * - A second clear while one runs answers with the running one; after its end a new one starts.
 * - Variants: only the 11 documented extensions, each a list of different `image/…` types; else 400/1146.
 * - A wrong setting value, a bad page of either list, an address that is none: 400/1146.
 * - supported_regions with Tiered Cache off: 400/1146. The list of regions is our own.
 * - Addresses: four-part decimal IPv4, or IPv6 without zone. IPv4-mapped IPv6 stays IPv6 (`::ffff:c000:201`).
 * - Batch: repeated addresses are applied in turn. Over 3,500 the whole call fails (1164), nothing is stored.
 * - Mappings are listed in order of creation, zones too unless `order` is given. Unknown filters match nothing.
 *
 * With `limits: 'strict'` (without it nothing is limited and the Ratelimit headers are constant):
 * - Purges: a bucket per account and plan. URLs have one of their own, which holds one second's worth.
 * - A call with URLs and other kinds pays into both buckets, or into none when one of them refuses.
 * - Too many items of a kind are refused before the buckets and cost nothing; a bad item costs like a good one.
 * - Retry-After is the whole seconds, rounded up, after which this same call succeeds if nobody else calls.
 * - 1200 calls in 300 seconds per token, from its first call on; all who come with e-mail and key are one user.
 * - Every call with well-formed credentials counts, refused ones too, but those that purge only URLs do not:
 *   Cloudflare said in 2022 that it stopped counting them, and has said nothing since. Over the limit,
 *   though, every call is refused, as documented. 971 comes right after the credentials, before the route.
 *
 * With `faults`: they are drawn in order of arrival, and the credentials are judged before a 429 or 5xx.
 * - They cost nothing of the limits, except where the operation runs. Both 429 have Retry-After 1.
 * - 5xx come before the operation, half of them as HTML. Truncated is half a JSON text, whole or broken off.
 * With `latency` the operation runs at once; only its answer is late.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Behaviour } from './call.js';
import type { Rights } from './credentials.js';
import { exchange, type SandboxSettings, type SeenRequest } from './exchange.js';
import { type FaultOptions, startFaults } from './faults.js';
import { NO_LIMITS, startLimits } from './limits.js';
import { BASE } from './router.js';
import { startZones } from './zones.js';

export type { SeenRequest };

/** A running sandbox. */
export interface Sandbox {
	/** The base URL of the API: `http://127.0.0.1:PORT/client/v4`. */
	url: string;
	port: number;
	/** Stops listening and ends open connections at once, waiting and hung requests with them. */
	close(): Promise<void>;
}

/** What can be chosen about a sandbox. */
export interface SandboxOptions {
	/** 0 or absent: any free port. */
	port?: number;
	/** The clock, in milliseconds. */
	now?: () => number;
	/** How long a Cache Reserve Clear runs; 2 minutes unless told. */
	clearTakesMs?: number;
	/** Called once per request, after it was answered or its answer was lost. */
	onRequest?: (request: SeenRequest) => void;
	/** Restricts the tokens named here; every other well-formed token has all rights. */
	tokens?: Record<string, Rights>;
	/** What GET answers when Smart Tiered Cache was never set. */
	smartMissing?: Behaviour['smartMissing'];
	/** The documented rate limits; off unless told. */
	limits?: 'strict' | 'off';
	/** Makes a share of the requests go wrong; never those to /user/tokens/verify. */
	faults?: FaultOptions;
	/** Milliseconds of real time before each answer. */
	latency?: number;
}

/** Starts a sandbox on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const conduct = readOptions(options);
	const running = new Set<Promise<void>>();
	const server = createServer((request, response) => {
		const one = exchange(conduct, request, response).finally(() => running.delete(one));
		running.add(one);
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
	});
	const bound = (server.address() as AddressInfo).port;
	return {
		url: `http://127.0.0.1:${bound}${BASE}`,
		port: bound,
		close: async () => {
			await new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			});
			await Promise.allSettled(running);
		},
	};
}

function readOptions(options: SandboxOptions): SandboxSettings {
	const { now = Date.now, clearTakesMs = 120_000, tokens = {}, smartMissing = '404', limits, faults } = options;
	return {
		state: {
			zones: startZones(),
			tokens,
			behaviour: { now, clearTakesMs, smartMissing },
			limits: limits === 'strict' ? startLimits(now) : NO_LIMITS,
		},
		faults: faults === undefined ? () => undefined : startFaults(faults),
		latency: options.latency ?? 0,
		onRequest: options.onRequest ?? (() => undefined),
	};
}
