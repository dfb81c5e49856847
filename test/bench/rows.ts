/** Declares every row of the bench: its name, unit and limit, and how it is measured. */

/** One row. Lower is better and `limit` is an upper limit, unless `atLeast` is set. */
export interface Row {
	readonly name: string;
	readonly unit: '×' | 'ms' | 'MB' | 'bytes' | 'tokens' | '';
	readonly limit?: number;
	readonly atLeast?: true;
	readonly how: string;
}

/** The sections in the order of the table. */
export const SECTIONS = ['start', 'call', 'cancel', 'tokens', 'size', 'purge', 'http', 'others'] as const;
/** Name of a section, as --only takes it. */
export type SectionName = (typeof SECTIONS)[number];

/** The purges of the purge section, which run in real time. */
export const SCENARIOS = {
	mixed: '20,000 URLs + 6,000 tags',
	halves: 'the same as two calls at once',
	tags: '6,000 tags',
	urls: '100,000 URLs',
	file: '100,000 URLs from a file',
} as const;
/** Name of one of these purges. */
export type Scenario = keyof typeof SCENARIOS;

const start = {
	'start.sdk': { name: 'tools/list ÷ minimal SDK server', unit: '×', limit: 1.15, how: 'spawn to answer' },
	'start.node': { name: 'tools/list ÷ node -e 0', unit: '×', limit: 2.1, how: 'spawn to answer ÷ spawn to exit' },
	'start.responder': { name: 'tools/list ÷ bare responder', unit: '×', how: 'spawn to answer' },
	'start.call': { name: 'first call ÷ minimal SDK server', unit: '×', how: 'spawn to answer of zones_list' },
	'start.modern': {
		name: 'MCP 2026-07-28: discover ÷ initialize',
		unit: '×',
		limit: 1.15,
		how: 'spawn to first answer, both of this server',
	},
	'start.modern-call': {
		name: '  first call ÷ that of 2025-06-18',
		unit: '×',
		limit: 1.15,
		how: 'spawn to answer of zones_list, both of this server',
	},
	'start.memory': { name: 'memory after tools/list', unit: 'MB', limit: 55, how: 'VmRSS at the answer' },
	'start.memory-sdk': { name: '  ÷ minimal SDK server', unit: '×', how: 'VmRSS at the answer' },
	'start.settled': { name: 'memory settled', unit: 'MB', how: 'VmRSS 500 ms after the answer' },
	'start.settled-sdk': { name: '  ÷ minimal SDK server', unit: '×', how: 'VmRSS 500 ms after the answer' },
} as const satisfies Record<string, Row>;

const OVER_DIRECT = 'median of one call at a time minus that of undici alone';
const SHARE_OF_DIRECT = 'calls a second with 32 in flight ÷ those of undici alone';
const call = {
	'call.one': { name: 'read: time over undici', unit: 'ms', limit: 0.65, how: OVER_DIRECT },
	'call.one-sdk': { name: '  minimal SDK server, node:http', unit: 'ms', how: OVER_DIRECT },
	'call.one-fetch': { name: '  minimal SDK server, fetch', unit: 'ms', how: OVER_DIRECT },
	'call.many': { name: 'read, 32 in flight ÷ undici', unit: '×', limit: 0.5, atLeast: true, how: SHARE_OF_DIRECT },
	'call.many-sdk': { name: '  minimal SDK server, node:http', unit: '×', atLeast: true, how: SHARE_OF_DIRECT },
	'call.many-fetch': { name: '  minimal SDK server, fetch', unit: '×', atLeast: true, how: SHARE_OF_DIRECT },
	'call.modern': { name: 'read, MCP 2026-07-28: time over undici', unit: 'ms', limit: 0.65, how: OVER_DIRECT },
	'call.modern-many': {
		name: 'read, MCP 2026-07-28, 32 in flight ÷ undici',
		unit: '×',
		limit: 0.5,
		atLeast: true,
		how: SHARE_OF_DIRECT,
	},
	'call.purge-one': { name: 'purge of 1 URL: time over undici', unit: 'ms', limit: 0.65, how: OVER_DIRECT },
	'call.purge-many': {
		name: 'purge of 1 URL, 32 in flight ÷ undici',
		unit: '×',
		limit: 0.5,
		atLeast: true,
		how: SHARE_OF_DIRECT,
	},
} as const satisfies Record<string, Row>;

const cancel = {
	'cancel.closed': {
		name: 'cancelled → request to the API closed',
		unit: 'ms',
		limit: 100,
		how: 'notification sent to connection closed at the API',
	},
} as const satisfies Record<string, Row>;

const DEFINITIONS = 'o200k tokens of name, description and input schema';
const TEXT = 'o200k tokens of the text';
const STRUCTURED = 'o200k tokens of structuredContent as JSON';

/** Two rows for one answer. Clients show their model either the text or structuredContent, so each is a cost of its own. */
function bothSights<Id extends string>(id: Id, name: string, text: number, structured: number) {
	return {
		[`tokens.${id}`]: { name, unit: 'tokens', limit: text, how: TEXT },
		[`tokens.${id}-structured`]: { name: '  structured', unit: 'tokens', limit: structured, how: STRUCTURED },
	} as Record<`tokens.${Id}` | `tokens.${Id}-structured`, Row & { limit: number }>;
}

const tokens = {
	'tokens.documented': { name: 'tools of the 22 documented', unit: 'tokens', limit: 3_300, how: DEFINITIONS },
	'tokens.all': { name: 'all tools', unit: 'tokens', limit: 5_600, how: DEFINITIONS },
	'tokens.purge-tools': { name: '--toolsets purge', unit: 'tokens', limit: 1_570, how: DEFINITIONS },
	...bothSights('setting', 'cache_reserve_get', 45, 70),
	...bothSights('unset', 'a setting that was never set', 40, 60),
	...bothSights('overview', 'cache_overview', 160, 260),
	...bothSights('purge', 'purge of 5,000 URLs', 75, 150),
	...bothSights('confirm', 'consent to purge_everything', 130, 220),
	...bothSights('mappings', '100 mappings', 1_650, 3_600),
	'tokens.regions': { name: '80 supported regions', unit: 'tokens', limit: 750, how: TEXT },
	'tokens.error': { name: 'the error 1135', unit: 'tokens', limit: 90, how: TEXT },
} as const satisfies Record<string, Row>;

const size = {
	'size.packed': { name: 'package, packed', unit: 'bytes', how: 'npm pack' },
	'size.unpacked': { name: 'package, unpacked', unit: 'bytes', how: 'npm pack' },
	'size.files': { name: 'files in the package', unit: '', how: 'npm pack' },
	'size.dependencies': { name: 'runtime dependencies', unit: '', limit: 0, how: 'package.json' },
	'size.start': { name: 'code read to answer initialize', unit: 'bytes', how: "files of dist in V8's coverage" },
} as const satisfies Record<string, Row>;

const PURGE = {
	ratio: {
		name: '  time ÷ best possible',
		unit: '×',
		how: 'time to the answer ÷ least time that the rate limit allows',
	},
	refused: { name: '  HTTP 429', unit: '', limit: 0, how: 'counted at the API' },
	memory: { name: '  peak memory', unit: 'MB', limit: 150, how: 'VmHWM at the end' },
	block: { name: '  longest block', unit: 'ms', limit: 50, how: 'most CPU time between two ticks of a 1 ms timer' },
} as const satisfies Record<string, Row>;
const purge = {
	...(Object.fromEntries(
		Object.entries(SCENARIOS).flatMap(([scenario, title]) =>
			Object.entries(PURGE).map(([what, row], at) => [
				`purge.${scenario}-${what}`,
				{
					...row,
					...(at === 0 && { name: `${title}: time ÷ best` }),
					// No limit for tags: in so short a purge, the part of the burst that the rate limiter leaves unused dominates.
					...(what === 'ratio' && scenario !== 'tags' && { limit: 1.15 }),
				},
			]),
		),
	) as Record<`purge.${Scenario}-${keyof typeof PURGE}`, Row>),
	'purge.two-one': {
		name: 'two calls ÷ one call',
		unit: '×',
		limit: 1.1,
		how: 'time to the last answer, same content',
	},
} as const satisfies Record<string, Row>;

const BESIDE_SDK =
	"32 in flight, beside the same product on the SDK's HTTP transport with sessions, which answers with JSON";
const http = {
	'http.many': {
		name: "read, 32 in flight ÷ on SDK's transport",
		unit: '×',
		limit: 2.5,
		atLeast: true,
		how: BESIDE_SDK,
	},
	'http.p99': { name: '  99th percentile', unit: '×', limit: 0.5, how: BESIDE_SDK },
	'http.cpu': { name: '  CPU time of the server', unit: '×', limit: 0.4, how: BESIDE_SDK },
	'http.minimal': { name: '  ÷ minimal SDK server', unit: '×', atLeast: true, how: 'calls a second with 32 in flight' },
	'http.redis': {
		name: '  with Redis ÷ without',
		unit: '×',
		atLeast: true,
		how: 'calls a second, both of this server',
	},
	'http.list': { name: "tools/list ÷ on SDK's transport", unit: '×', limit: 1, atLeast: true, how: BESIDE_SDK },
	'http.start': { name: 'start ÷ minimal SDK server', unit: '×', how: 'spawn to the line that names the URL' },
	'http.memory': { name: 'memory after these reads', unit: 'MB', how: 'VmRSS' },
	'http.memory-sdk': { name: "  ÷ on SDK's transport", unit: '×', limit: 0.75, how: 'VmRSS' },
	'http.sessions': { name: '500 sessions × 20 calls: failures', unit: '', limit: 0, how: 'answers that are none' },
	'http.initialized': {
		name: '10,000 initializations: growth',
		unit: 'MB',
		limit: 20,
		how: 'VmRSS, after 3,000 others',
	},
	'http.initialized-sdk': { name: "  1,000 on SDK's transport", unit: 'MB', how: 'VmRSS, after 3,000 others' },
	'http.principals': { name: '1,000 principals × 5 calls: failures', unit: '', limit: 0, how: 'answers that are none' },
	'http.principals-memory': { name: '  memory after them', unit: 'MB', how: 'VmRSS' },
	'http.replicas': {
		name: '60 requests from each of 2 replicas: time ÷ best',
		unit: '×',
		limit: 1.1,
		how: 'time to the last answer ÷ least time that the rate limit allows',
	},
	'http.replicas-refused': { name: '  HTTP 429', unit: '', limit: 0, how: 'counted at the API' },
} as const satisfies Record<string, Row>;

/** The servers of the others section by package and version: ours, and three that turn any OpenAPI document into tools. */
export const OTHERS = {
	ours: 'cloudflare-cache-mcp',
	runtime: '@ivotoby/openapi-mcp-server@1.16.1',
	converter: 'mcp-openapi@0.3.0',
	generator: 'openapi-mcp-generator@4.0.1',
} as const;
/** Name of one of these servers. */
export type Other = keyof typeof OTHERS;

const OTHER = {
	start: { name: 'start', unit: '×', how: 'spawn to the answer of tools/list ÷ ours' },
	memory: { name: 'memory', unit: 'MB', how: 'VmRSS at the answer of tools/list' },
	tokens: { name: 'tools as listed', unit: 'tokens', how: DEFINITIONS },
	annotated: { name: 'tools with annotations', unit: '', how: 'in tools/list' },
	packages: { name: 'packages installed', unit: '', how: 'npm install --omit=dev in an empty folder' },
	size: { name: 'installed', unit: 'MB', how: 'all files of node_modules' },
	attempts: { name: 'attempts at a read that gets a 503', unit: '', how: 'counted at the API' },
	open: { name: 'request left open after its cancel', unit: '', how: '1 s after the notification, at the API' },
} as const satisfies Record<string, Row>;
const others = Object.fromEntries(
	Object.entries(OTHERS).flatMap(([other, name]) =>
		Object.entries(OTHER).map(([what, row], at) => [
			`others.${other}-${what}`,
			{ ...row, name: at === 0 ? `${name}: start ÷ ours` : `  ${row.name}` },
		]),
	),
) as Record<`others.${Other}-${keyof typeof OTHER}`, Row>;

export const ROWS = { ...start, ...call, ...cancel, ...tokens, ...size, ...purge, ...http, ...others };
/** Id of a row; it begins with the name of its section. */
export type RowId = keyof typeof ROWS;

/** Gives the rows of a section in the order of the table. */
export function rowsOf(section: SectionName): RowId[] {
	return (Object.keys(ROWS) as RowId[]).filter((id) => sectionOf(id) === section);
}

/** Gives the section of a row. */
function sectionOf(id: RowId): SectionName {
	return id.slice(0, id.indexOf('.')) as SectionName;
}

/** Tells whether a row is counted and not timed. Exact rows are the same on every machine, so any growth is real. */
export function isExact(id: RowId): boolean {
	return ['tokens', 'size'].includes(sectionOf(id));
}

/** Tells whether a value breaks the limit of its row. */
export function isOver(id: RowId, value: number): boolean {
	const { limit, atLeast } = ROWS[id] as Row;
	return limit !== undefined && (atLeast ? value < limit : value > limit);
}
