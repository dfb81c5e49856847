/** Writes the queries of the analytics, in Cloudflare's dialect of GraphQL. Pure. */

/** One group of rows that a query asks for. */
export interface QueryPart {
	/** Name of the rows in the answer. */
	readonly alias: string;
	readonly dataset: string;
	/** How many rows, in which order. */
	readonly rows: string;
	/** Conditions beside the time range. */
	readonly filter?: string;
	/** How the dataset names the end of the time range. */
	readonly end: 'datetime_lt' | 'datetime_leq';
	readonly fields: readonly string[];
}

/** Types of the variables that a query may use. The names of the types are Cloudflare's. */
const VARIABLES: Readonly<Record<string, string>> = {
	zone: 'string!',
	since: 'Time!',
	until: 'Time!',
	top: 'uint64!',
	host: 'string!',
};

const REQUESTS = 'httpRequestsAdaptiveGroups';
/** Requests of visitors, without those that Cloudflare's own services send. */
const VISITORS = 'requestSource:"eyeball"';
/** Fewer rows than Cloudflare gives for one group: 31 days of hours with eight states each, and a margin. */
const MAX_ROWS = 7_000;

/** What a query needs to know of its caller's wishes. */
export interface TrafficWishes {
	readonly hasHost: boolean;
	/** Time of one point of the series. */
	readonly step: 'datetimeHour' | 'date';
}

/** Requests by cache status: in all, over time, and those that the cache did not serve. */
export function trafficParts({ hasHost, step }: TrafficWishes): readonly QueryPart[] {
	const filter = hasHost ? `${VISITORS},clientRequestHTTPHost:$host` : VISITORS;
	const common = { dataset: REQUESTS, end: 'datetime_lt' } as const;
	return [
		{
			...common,
			alias: 'statuses',
			rows: 'limit:50,orderBy:[count_DESC]',
			filter,
			fields: ['count', 'avg{sampleInterval}', 'sum{edgeResponseBytes}', 'dimensions{cacheStatus}'],
		},
		{
			...common,
			alias: 'series',
			rows: `limit:${MAX_ROWS},orderBy:[${step}_ASC]`,
			filter,
			fields: ['count', `dimensions{${step} cacheStatus}`],
		},
		{
			...common,
			alias: 'uncached',
			rows: 'limit:$top,orderBy:[count_DESC]',
			filter: `${filter},cacheStatus_in:["dynamic","bypass","miss","expired"]`,
			fields: ['count', 'sum{edgeResponseBytes}', 'dimensions{cacheStatus clientRequestHTTPHost clientRequestPath}'],
		},
	];
}

/** Operations and size of Cache Reserve. */
export const RESERVE_PARTS: readonly QueryPart[] = [
	{
		alias: 'operations',
		dataset: 'cacheReserveOperationsAdaptiveGroups',
		rows: 'limit:5000',
		end: 'datetime_leq',
		fields: ['sum{requests}', 'dimensions{operationClass}'],
	},
	{
		alias: 'size',
		dataset: 'cacheReserveStorageAdaptiveGroups',
		rows: 'limit:1,orderBy:[datetime_DESC]',
		end: 'datetime_leq',
		fields: ['max{objectCount storedBytes}', 'dimensions{datetime}'],
	},
];

/** Asks how far back, and how long at once, the zone may be looked at. */
export const LIMITS_QUERY = `query($zone:string!){viewer{zones(filter:{zoneTag:$zone}){settings{${REQUESTS}{enabled maxDuration notOlderThan}}}}}`;

/** A query for these parts. It declares the variables that it uses, because GraphQL refuses others. */
export function printQuery(parts: readonly QueryPart[]): string {
	const groups = parts.map(({ alias, dataset, rows, filter, end, fields }) => {
		const range = `datetime_geq:$since,${end}:$until`;
		return `${alias}:${dataset}(${rows},filter:{${range}${filter ? `,${filter}` : ''}}){${fields.join(' ')}}`;
	});
	const selection = `viewer{zones(filter:{zoneTag:$zone}){${groups.join(' ')}}}`;
	const used = Object.entries(VARIABLES).filter(([name]) => new RegExp(`\\$${name}\\b`).test(selection));
	return `query(${used.map(([name, type]) => `$${name}:${type}`).join(',')}){${selection}}`;
}

/** The parts without a field or a dataset that the plan lacks. A part of which nothing but its dimensions is left goes too. */
export function withoutField(parts: readonly QueryPart[], field: string): readonly QueryPart[] {
	const names = new RegExp(`\\b${field.replace(/\W/g, '')}\\b`);
	return parts
		.filter(({ dataset }) => dataset !== field)
		.map((part) => ({ ...part, fields: part.fields.filter((one) => !names.test(one)) }))
		.filter(({ fields }) => fields.some((one) => !one.startsWith('dimensions')));
}
