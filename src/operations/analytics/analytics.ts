/** Defines the analytics of a zone's cache: what it served, what went to the origin, and what Cache Reserve costs. */
import { CHANGE_TOKEN, joinWordings } from '../../base/audience.js';
import { ApiError, Refused } from '../../errors.js';
import { z } from '../../zod.js';
import { rows } from '../fields.js';
import { type CompositeContext, defineOperation, type Operation, type ZoneRef } from '../operation.js';
import { permissionOf } from '../permission.js';
import { host } from '../purge-items.js';
import { type Analytics, analytics, countTraffic, type Row, row, toReserveUse, toSeries } from './figures.js';
import { readPurges } from './purge-history.js';
import { LIMITS_QUERY, printQuery, type QueryPart, RESERVE_PARTS, trafficParts, withoutField } from './queries.js';
import { describeAnalytics } from './wording.js';

const HOUR_MS = 3_600_000;
/** The longest time that any plan keeps (Enterprise: 90 days). */
const MAX_HOURS = 90 * 24;
/** What every plan allows, for the case that the API does not tell its own limit. */
const SAFE_HOURS = 24;
/** Above this, a point of the series is a day. */
const MAX_HOURLY_HOURS = 72;
/** Most fields that are left out of a query before it is given up. */
const MAX_MISSING_FIELDS = 5;

/** Sends one query. It is no tool of its own: an agent could ask it for anything that the token may read. */
const query: Operation = defineOperation({
	name: 'cache_analytics',
	title: 'Query analytics',
	description: 'Sends one query.',
	toolset: 'zone',
	permission: 'Analytics',
	danger: 'read',
	route: 'POST /graphql',
	input: z.object({ query: z.string().max(8_000), variables: z.object({}).passthrough() }).strict(),
	output: z.object({ viewer: z.object({ zones: z.array(z.unknown()) }) }),
	summarize: () => '',
	example: { query: LIMITS_QUERY, variables: {} },
});

const input = z
	.object({
		hours: z.number().int().min(1).max(MAX_HOURS).describe('Hours back from now, default 24').optional(),
		host: host.describe('Only this host, e.g. www.example.com').optional(),
		top: z.number().int().min(1).max(25).describe('Rows of uncached paths, default 10').optional(),
	})
	.strict();
type AnalyticsArgs = z.output<typeof input>;

const cacheAnalytics = defineOperation({
	name: query.name,
	title: 'Get cache analytics',
	description:
		'Shows what the cache of a zone did: hit ratio, share that is not eligible, bytes, paths that reach the origin most, size and price of Cache Reserve, and who purged. Sampled by Cloudflare, a few minutes late.',
	toolset: 'zone',
	permission: 'Analytics',
	danger: 'read',
	input,
	output: analytics,
	run: readAll,
	summarize: describeAnalytics,
	example: { hours: 24 },
});

/** The analytics, and beside them the last purges where the token may read them. */
async function readAll(context: CompositeContext<AnalyticsArgs>): Promise<Analytics> {
	const figures = await readAnalytics(context);
	const purges = await readPurges(context, figures);
	return { ...figures, ...(purges && purges.length > 0 && { purges }) };
}

/** Reads the analytics of a zone. Throws a Refused where the token may not. */
export async function readAnalytics({ args, zone, now, read }: CompositeContext<AnalyticsArgs>): Promise<Analytics> {
	const ask = new Query(zone, read);
	const limits = await ask.limits();
	const hours = Math.min(args.hours ?? SAFE_HOURS, limits);
	const until = new Date(Math.floor(now / 60_000) * 60_000);
	const since = new Date(until.getTime() - hours * HOUR_MS);
	const range = { since: since.toISOString(), until: until.toISOString() };
	const step = hours > MAX_HOURLY_HOURS ? 'date' : 'datetimeHour';
	const parts = trafficParts({ hasHost: args.host !== undefined, step });
	const [traffic, reserve] = await Promise.all([
		ask.rows(parts, { ...range, top: args.top ?? 10, host: args.host }),
		ask.rows(RESERVE_PARTS, range).catch(ignoreRefusal),
	]);
	const statuses = traffic.rows.statuses ?? [];
	const interval = Math.max(1, ...statuses.map(({ avg }) => avg?.sampleInterval ?? 1));
	return {
		hours,
		...range,
		...countTraffic(statuses),
		bytes: statuses.reduce((sum, one) => sum + (one.sum?.edgeResponseBytes ?? 0), 0),
		...(interval > 1 && { sample_interval: Math.round(interval) }),
		statuses: Object.fromEntries(statuses.map(({ dimensions, count }) => [dimensions.cacheStatus || 'unknown', count])),
		uncached: (traffic.rows.uncached ?? []).map(toUncached),
		series: [...toSeries(traffic.rows.series ?? [])],
		reserve: args.host === undefined && reserve ? toReserveUse(reserve.rows, hours) : undefined,
		...((args.hours ?? 0) > hours && { limit_hours: hours }),
		...(traffic.missing.length > 0 && { missing: [...traffic.missing] }),
	};
}

/** Cache Reserve is a part that may be missing: without the subscription there is nothing to tell. */
function ignoreRefusal(error: unknown): undefined {
	if (!(error instanceof ApiError)) throw error;
	return undefined;
}

function toUncached({ count, sum, dimensions }: Row): Analytics['uncached'][number] {
	const { cacheStatus = '', clientRequestHTTPHost: name = '', clientRequestPath: path = '' } = dimensions;
	return { status: cacheStatus, host: name, path, requests: count, bytes: sum?.edgeResponseBytes ?? 0 };
}

/** Asks for the analytics of one zone. */
class Query {
	private readonly zone: ZoneRef;
	private readonly read: CompositeContext['read'];

	constructor(zone: ZoneRef, read: CompositeContext['read']) {
		this.zone = zone;
		this.read = read;
	}

	/** The most hours back that the zone's plan allows at once. */
	async limits(): Promise<number> {
		const { settings } = limitsAnswer.parse(await this.send(LIMITS_QUERY, {}));
		const own = settings?.httpRequestsAdaptiveGroups;
		if (own?.enabled === false)
			throw new Refused(`The analytics of ${this.zone.name} are not in its plan.`, { advice: 'Do not retry.' });
		const seconds = Math.min(
			own?.maxDuration ?? Number.POSITIVE_INFINITY,
			own?.notOlderThan ?? Number.POSITIVE_INFINITY,
		);
		return Number.isFinite(seconds) ? Math.max(1, Math.floor(seconds / 3_600)) : SAFE_HOURS;
	}

	/** The rows by alias. What the plan lacks is left out and named: one such field makes the whole query fail. */
	async rows(
		asked: readonly QueryPart[],
		variables: Readonly<Record<string, unknown>>,
	): Promise<{ rows: Readonly<Record<string, readonly Row[]>>; missing: readonly string[] }> {
		let parts = asked;
		const missing: string[] = [];
		for (;;) {
			try {
				const answer = rowsAnswer.parse(parts.length > 0 ? await this.send(printQuery(parts), variables) : {});
				return { rows: answer, missing };
			} catch (error) {
				const field = error instanceof ApiError ? error.field : undefined;
				if (field === undefined || missing.includes(field) || missing.length === MAX_MISSING_FIELDS) throw error;
				missing.push(field);
				parts = withoutField(parts, field);
			}
		}
	}

	/** What the answer holds of the zone. Throws a Refused when it holds nothing: the token does not cover the zone then. */
	private async send(text: string, variables: Readonly<Record<string, unknown>>): Promise<unknown> {
		const used = Object.entries({ ...variables, zone: this.zone.id }).filter(([name]) => text.includes(`$${name}`));
		const { result } = await this.read(query, { query: text, variables: Object.fromEntries(used) });
		const { viewer } = result as { viewer: { zones: readonly unknown[] } };
		if (viewer.zones.length > 0) return viewer.zones[0];
		throw new Refused(`The token may not read the analytics of ${this.zone.name}.`, {
			advice: joinWordings(`It needs ${permissionOf(query)} on the zone.`, CHANGE_TOKEN),
		});
	}
}

const seconds = z.number().positive().optional().catch(undefined);
const limitsAnswer = z
	.object({
		settings: z
			.object({
				httpRequestsAdaptiveGroups: z
					.object({ enabled: z.boolean().optional().catch(undefined), maxDuration: seconds, notOlderThan: seconds })
					.optional()
					.catch(undefined),
			})
			.optional()
			.catch(undefined),
	})
	.catch({});
const rowsAnswer = z.record(rows(row)).catch({});

/** The tools of this family, in listing order. */
export const analyticsOperations = [cacheAnalytics];
