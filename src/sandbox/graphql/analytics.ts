/** Answers queries of the GraphQL Analytics API about zones. Its errors have no codes, and HTTP says 200. */
import { type Answer, markInvented } from '../answers.js';
import { isRecord, takeField, takeJson } from '../body.js';
import type { Call } from '../call.js';
import type { Zone } from '../zones.js';
import { answerGroup, type DataRow } from './groups.js';
import { QueryError, type QueryField, readQuery } from './query.js';
import { requestsOf, reserveOperationsOf, reserveStorageOf } from './traffic.js';

const DAY_S = 86_400;
/** How long at once, and how far back, by plan. Free was measured, the others are documented. */
const LIMITS = {
	free: { maxDuration: DAY_S, notOlderThan: 8 * DAY_S },
	pro: { maxDuration: 7 * DAY_S, notOlderThan: 7 * DAY_S },
	business: { maxDuration: 31 * DAY_S, notOlderThan: 31 * DAY_S },
	enterprise: { maxDuration: 90 * DAY_S, notOlderThan: 90 * DAY_S },
};

/** Rows of a dataset from a time on, before another (milliseconds since 1970). */
type Dataset = (zone: Zone, since: number, until: number) => DataRow[];
const DATASETS: Record<string, Dataset> = {
	httpRequestsAdaptiveGroups: requestsOf,
	cacheReserveOperationsAdaptiveGroups: reserveOperationsOf,
	cacheReserveStorageAdaptiveGroups: reserveStorageOf,
};

const PERMISSIONS = ['Analytics Read', 'Analytics Write'];

/** POST /graphql. */
export function queryAnalytics(call: Call): Answer {
	const { caller, visible } = call;
	const given = takeJson(call.body);
	const mayRead = !caller.permissions || caller.permissions.some((one) => PERMISSIONS.includes(one));
	const zones = mayRead ? visible : [];
	try {
		const fields = readQuery(takeField(given, 'query'), takeField(given, 'variables'));
		const data = answerFields(fields, (viewer) => answerViewer(viewer, zones, call.behavior.now()));
		return markInvented(toAnswer(data, null), 'traffic');
	} catch (error) {
		if (!(error instanceof QueryError)) throw error;
		return toAnswer(null, [
			{ message: error.message, path: null, extensions: { timestamp: new Date(call.behavior.now()).toISOString() } },
		]);
	}
}

function answerViewer({ name, fields }: QueryField, zones: readonly Zone[], now: number): unknown {
	if (name !== 'viewer') throw new QueryError(`unknown field "${name}"`);
	return answerFields(fields, ({ name: inner, args, fields: groups }) => {
		if (inner !== 'zones') throw new QueryError(`unknown field "${inner}"`);
		const tag = isRecord(args.filter) ? args.filter.zoneTag : undefined;
		return zones
			.filter(({ facts }) => facts.id === tag)
			.map((zone) => answerFields(groups, (group) => answerZoneField(group, zone, now)));
	});
}

function answerZoneField(field: QueryField, zone: Zone, now: number): unknown {
	if (field.name === 'settings')
		return answerFields(field.fields, ({ fields }) => {
			const limits: Record<string, unknown> = { enabled: true, maxPageSize: 10_000, ...LIMITS[zone.plan] };
			return answerFields(fields, ({ name }) => limits[name] ?? null);
		});
	const dataset = Object.hasOwn(DATASETS, field.name) ? DATASETS[field.name] : undefined;
	if (dataset === undefined)
		throw new QueryError(`zone '${zone.facts.id}' does not have access to the path '${field.name}'`);
	const { since, until } = rangeOf(field, zone, now);
	return answerGroup(dataset(zone, since, until), field);
}

/** The time range of a group. Throws a QueryError when it is longer, or further back, than the plan allows. */
function rangeOf({ args }: QueryField, { plan }: Zone, now: number): { since: number; until: number } {
	const filter = isRecord(args.filter) ? args.filter : {};
	const since = Date.parse(String(filter.datetime_geq));
	const until = Date.parse(String(filter.datetime_lt ?? filter.datetime_leq));
	const { maxDuration, notOlderThan } = LIMITS[plan];
	if (!(since <= until)) throw new QueryError('a time range is expected');
	if (until - since > maxDuration * 1000)
		throw new QueryError(`cannot request a time range wider than ${maxDuration / DAY_S}d`);
	// The start of the range was computed a moment ago.
	if (now - since > (notOlderThan + 120) * 1000)
		throw new QueryError(`cannot request data older than ${notOlderThan / DAY_S}d`);
	return { since, until };
}

function answerFields(fields: readonly QueryField[], answer: (field: QueryField) => unknown): Record<string, unknown> {
	return Object.fromEntries(fields.map((field) => [field.alias, answer(field)]));
}

function toAnswer(data: unknown, errors: unknown): Answer {
	return { status: 200, body: { data, errors } };
}
