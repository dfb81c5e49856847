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
 * - Pending zones are purged like active ones. There is no rate limit; the Ratelimit headers are constant.
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
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Body, readBody } from './body.js';
import type { Behaviour } from './call.js';
import type { Rights } from './credentials.js';
import { answerRequest, type State } from './gate.js';
import { BASE } from './router.js';
import { startZones } from './zones.js';

/** A running sandbox. */
export interface Sandbox {
	/** The base URL of the API: `http://127.0.0.1:PORT/client/v4`. */
	url: string;
	port: number;
	/** Stops listening and ends open connections at once. */
	close(): Promise<void>;
}

/** A request as the sandbox saw and answered it. */
export interface SeenRequest {
	method: string;
	/** Under /client/v4, still encoded, without the query. */
	path: string;
	query: string;
	/** The parsed JSON, the raw text when it is none, undefined when there was no body. */
	body: unknown;
	headers: IncomingHttpHeaders;
	status: number;
}

/** What can be chosen about a sandbox. */
export interface SandboxOptions {
	/** 0 or absent: any free port. */
	port?: number;
	/** The clock, in milliseconds. */
	now?: () => number;
	/** How long a Cache Reserve Clear runs; 2 minutes unless told. */
	clearTakesMs?: number;
	/** Called once per request, after it was answered. */
	onRequest?: (request: SeenRequest) => void;
	/** Restricts the tokens named here; every other well-formed token has all rights. */
	tokens?: Record<string, Rights>;
	/** What GET answers when Smart Tiered Cache was never set. */
	smartMissing?: Behaviour['smartMissing'];
}

/** Starts a sandbox on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const { port = 0, now = Date.now, clearTakesMs = 120_000, tokens = {}, smartMissing = '404' } = options;
	const state: State = { zones: startZones(), tokens, behaviour: { now, clearTakesMs, smartMissing } };
	const server = createServer((request, response) => {
		serve(state, request, response, options.onRequest);
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject).listen(port, '127.0.0.1', resolve);
	});
	const bound = (server.address() as AddressInfo).port;
	return {
		url: `http://127.0.0.1:${bound}${BASE}`,
		port: bound,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

async function serve(
	state: State,
	request: IncomingMessage,
	response: ServerResponse,
	onRequest: SandboxOptions['onRequest'],
): Promise<void> {
	let body: Body;
	try {
		body = await readBody(request);
	} catch {
		// The client went away in the middle of its body: nobody is left to answer.
		response.destroy();
		return;
	}
	const { method = '', url = '', headers } = request;
	const [path = '', query = ''] = splitOnce(url, '?');
	const answer = answerRequest(state, { method, path, query, headers, body });
	response.writeHead(answer.status, {
		'Content-Type': 'application/json',
		'CF-Ray': `${randomBytes(8).toString('hex')}-SIM`,
		Ratelimit: '"default";r=1199;t=300',
		'Ratelimit-Policy': '"default";q=1200;w=300',
	});
	response.end(JSON.stringify(answer.body));
	const seen = body.parsed === undefined ? body.text || undefined : body.parsed.value;
	onRequest?.({ method, path: stripBase(path), query, body: seen, headers, status: answer.status });
}

function splitOnce(text: string, separator: string): string[] {
	const at = text.indexOf(separator);
	return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function stripBase(path: string): string {
	return path.startsWith(`${BASE}/`) ? path.slice(BASE.length) : path;
}
