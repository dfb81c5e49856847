/**
 * Serves a small imitation of Cloudflare's cache API over HTTP, on 127.0.0.1 only, with its state in memory.
 *
 * The public documents leave some behavior open, or contradict each other. An answer of which a part is made up says which
 * part in the header `Sandbox: invented (…)`. This sandbox chose:
 * - A request without User-Agent is refused first: 403 with 10001. Authorization wins over X-Auth-Key.
 * - Only one of X-Auth-Key and X-Auth-Email: 9106. The e-mail address is not checked.
 * - A Global API Key is 37 hex characters, or `cfk_` and at least 40 more.
 * - Every well-formed token is valid unless `tokens` restricts it; no answer is 401 with 10000.
 * - A zone that a token's list lacks: 403 with 10000. A well-formed id of no zone: 403 with 9109.
 * - tokens/verify: e-mail and key get 400 with 6003, an account token 401 with 1000; `id` is a hash of the token.
 * - Regions and argo need Zone Settings Read or Write. POST of Smart Tiered Cache needs what its PATCH needs.
 * - Unknown path, wrong method, trailing slash, unknown environment: HTTP 400 with 7003 and 7000.
 * - `batch` and `supported_regions` are never taken for an address. A path with a dot segment is unknown.
 * - A body over 1 MiB: 413 with 10413. A malformed or missing JSON body: 400 with 6007, but 1012 in a purge;
 *   a missing body of a batch: 1146.
 * - Only purge and invalidate check Content-Type. Unknown fields of a body are ignored.
 * - A purge may mix kinds, each with its own limit. An empty list counts as absent (1012).
 * - Too many items: files 1094, tags 1101, hosts and prefixes 1111. One malformed item refuses the whole call.
 * - Malformed URL, headers or prefix: 1016; tag: 1100; host over 253 characters: 1114; malformed or foreign host: 1115.
 * - URL or prefix of another zone: 1082. A `*` makes a URL or prefix malformed. A tag may contain a comma.
 * - Pending zones are purged like active ones.
 * - 1136 applies to expressions with ip.src, ip.geoip or cf.threat_score, but not with cf.edge.server_ip.
 * - Environments of a zone below Enterprise: 403 with 1135.
 * - Smart Tiered Cache that was never set: 404 with 1142, or off with `smartMissing: 'off'` (DELETE then succeeds).
 *   Both POST and PATCH create or replace it.
 * - `modified_on` is null for a setting that still has its first value. Cache Reserve never has it.
 * - A second clear while one runs returns the running one. After its end, a new one starts.
 * - Below /settings: only the five settings that decide how a zone caches. Another name: 400 with 1006; a value that it
 *   does not have: 400 with 1007; sort_query_string_for_cache below Enterprise: 403 with 1015.
 * - Rulesets: only the two phases about caching, which PUT replaces as a whole. Page Rules can only be listed and added.
 * - Variants: only the 11 documented extensions, each with a list of different `image/…` types; otherwise 400 with 1146.
 * - A malformed setting value, page or address: 400 with 1146.
 * - supported_regions with Tiered Cache off: 400 with 1146. The list of regions is our own.
 * - Addresses: four-part decimal IPv4, or IPv6 without a zone. IPv4-mapped IPv6 stays IPv6 (`::ffff:c000:201`).
 * - A batch applies repeated addresses in turn. Over 3,500 mappings the whole call fails (1164) and stores nothing.
 * - Mappings are listed in order of creation; zones too, unless `order` is given. Unknown filters match nothing.
 *
 * The edge serves the hosts of the zones on two ports of its own, from the cache of one data centre (SIM), to visitors from
 * the US. It chose:
 * - Expressions of rules: the fields, operators and functions in edge/expression.ts. A rule with any other never matches.
 * - The device is taken from User-Agent. CF-Device-Type and CF-IPCountry of a visitor are ignored.
 * - Every visitor gets Production. A purge of another environment leaves the edge as it is.
 * - A purge of a URL means the key of a request by the method PURGE. Without CF-Device-Type it means a desktop.
 * - With Tiered Cache, what was purged by tag, host or prefix is EXPIRED next, and MISS otherwise.
 * - Unchanged is an answer of 200 with the same ETag, or without one with the same Last-Modified.
 * - An unreachable origin gives STALE where anything is stored, and HTTP 522 otherwise. An unknown host gives HTTP 530.
 * - browser_cache_ttl and always_online are stored, and change no answer.
 *
 * With `limits: 'strict'` (by default nothing is limited, and the Ratelimit headers say so):
 * - Purges: one bucket for each account and plan. URLs have a bucket of their own, which holds one second's worth.
 * - A call with URLs and other kinds takes from both buckets, or from neither when one of them refuses.
 * - Too many items of a kind are refused before the buckets, and take nothing. A malformed item takes what a good one does.
 * - Retry-After is in whole seconds, rounded up. After it the same call succeeds, if no other call comes between.
 * - 1200 calls in 300 seconds for each token, from its first call on. All callers with e-mail and key count as one.
 * - Every call with well-formed credentials counts, also a refused one, but not one that purges only URLs: Cloudflare said
 *   in 2022 that it no longer counts those. Over the limit every call is refused, as documented, with 971 right after the
 *   credentials are checked.
 *
 * With `faults`: requests draw them in order of arrival. Credentials are checked before a 429 or 5xx.
 * - A fault counts against no limit, except where the operation runs. Both kinds of 429 have Retry-After 1.
 * - 5xx come before the operation runs, half of them as HTML. Truncated is half a JSON text, whole or broken off.
 * With `latencyMs` the operation runs at once; only its answer is late.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Behavior } from './call.js';
import type { Rights } from './credentials.js';
import { type SeenVisit, startEdge } from './edge/listener.js';
import { type Origin, startOrigin } from './edge/origin.js';
import { type SandboxSettings, type SeenRequest, serveRequest } from './exchange.js';
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
	/** The ports on 127.0.0.1 at which visitors reach the hosts of the zones, by the scheme of the URL. Both speak plain HTTP. */
	edgePorts: { http: number; https: number };
	/** Stops listening, and ends all connections at once, also those of waiting and hung requests. */
	close(): Promise<void>;
}

/** How a sandbox behaves. */
export interface SandboxOptions {
	/** Any free port when 0 or absent. */
	port?: number;
	/** The clock, in milliseconds since 1970; that of the machine by default. */
	now?: () => number;
	/** How long a Cache Reserve clear runs; 2 minutes by default. */
	clearTakesMs?: number;
	/** Called once for each request, after it was answered or its answer was lost. */
	onRequest?: (request: SeenRequest) => void;
	/** Called once for each request of a visitor to the edge. */
	onVisit?: (visit: SeenVisit) => void;
	/** Answers in place of the zones' origin servers; a few pages by default. */
	origin?: Origin;
	/** Restricts the tokens named here. Every other well-formed token has all rights. */
	tokens?: Record<string, Rights>;
	/** What GET answers when Smart Tiered Cache was never set. */
	smartMissing?: Behavior['smartMissing'];
	/** Whether the documented rate limits apply; off by default. */
	limits?: 'strict' | 'off';
	/** Makes a share of the requests fail, but never those to /user/tokens/verify. */
	faults?: FaultOptions;
	/** Real time before each answer. */
	latencyMs?: number;
}

/** Starts a sandbox on 127.0.0.1. Rejects when the port cannot be used. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const settings = toSettings(options);
	const running = new Set<Promise<void>>();
	const server = createServer((request, response) => {
		const exchange = serveRequest(settings, request, response).finally(() => running.delete(exchange));
		running.add(exchange);
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
	});
	const { port } = server.address() as AddressInfo;
	const { zones, behavior } = settings.state;
	const edge = await startEdge({ zones, behavior, onVisit: options.onVisit ?? (() => undefined) });
	return {
		url: `http://127.0.0.1:${port}${BASE}`,
		port,
		edgePorts: edge.ports,
		close: async () => {
			await edge.close();
			await new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			});
			await Promise.allSettled(running);
		},
	};
}

function toSettings(options: SandboxOptions): SandboxSettings {
	const { now = Date.now, clearTakesMs = 120_000, tokens = {}, smartMissing = '404', limits, faults } = options;
	const { origin = startOrigin } = options;
	return {
		state: {
			zones: startZones(),
			tokens,
			behavior: { now, clearTakesMs, smartMissing, origin },
			limits: limits === 'strict' ? startLimits(now) : NO_LIMITS,
		},
		faults: faults === undefined ? () => undefined : startFaults(faults),
		latencyMs: options.latencyMs ?? 0,
		onRequest: options.onRequest ?? (() => undefined),
	};
}
