/** Filters, groups and sums the rows of a dataset, as a query asks. */
import { isRecord } from '../body.js';
import { QueryError, type QueryField } from './query.js';

/** A row: its dimensions, and the numbers that can be summed up. */
export interface DataRow {
	/** Milliseconds since 1970. */
	time: number;
	dimensions: Record<string, string>;
	numbers: Record<string, number>;
}

/** Answers one group of a query. Throws a QueryError for a field that the dataset does not have. */
export function answerGroup(rows: readonly DataRow[], { args, fields }: QueryField): Record<string, unknown>[] {
	const filter = isRecord(args.filter) ? args.filter : {};
	const kept = rows.filter((row) => Object.entries(filter).every(([key, value]) => matches(row, key, value)));
	const wanted = fields.find(({ name }) => name === 'dimensions')?.fields.map(({ name }) => name) ?? [];
	const groups = new Map<string, DataRow[]>();
	for (const row of kept) {
		const key = JSON.stringify(wanted.map((name) => dimensionOf(row, name)));
		groups.set(key, [...(groups.get(key) ?? []), row]);
	}
	const answers = [...groups.values()].map((group) => answerFields(group, fields));
	const limit = typeof args.limit === 'number' ? args.limit : 10;
	return sortGroups(answers, args.orderBy).slice(0, limit);
}

function answerFields(group: readonly DataRow[], fields: readonly QueryField[]): Record<string, unknown> {
	return Object.fromEntries(
		fields.map(({ alias, name, fields: inner }) => {
			if (name === 'count') return [alias, sum(group, 'count')];
			const compute = COMPUTE[name];
			if (compute === undefined) throw new QueryError(`unknown field "${name}"`);
			return [alias, Object.fromEntries(inner.map((field) => [field.alias, compute(group, field.name)]))];
		}),
	);
}

const COMPUTE: Record<string, (group: readonly DataRow[], name: string) => unknown> = {
	dimensions: (group, name) => (group[0] ? dimensionOf(group[0], name) : null),
	sum,
	avg: (group, name) => sum(group, name) / group.length,
	max: (group, name) => Math.max(...group.map(({ numbers }) => numberOf(numbers, name))),
};

function sum(group: readonly DataRow[], name: string): number {
	return group.reduce((total, { numbers }) => total + numberOf(numbers, name), 0);
}

function numberOf(numbers: Record<string, number>, name: string): number {
	const value = numbers[name];
	if (value === undefined) throw new QueryError(`unknown field "${name}"`);
	return value;
}

function dimensionOf({ time, dimensions }: DataRow, name: string): string {
	const hour = new Date(time).toISOString().slice(0, 13);
	if (name === 'datetimeHour' || name === 'datetime') return `${hour}:00:00Z`;
	if (name === 'date') return hour.slice(0, 10);
	const value = dimensions[name];
	if (value === undefined) throw new QueryError(`unknown field "${name}"`);
	return value;
}

/** Conditions are a dimension, or one with `_in`, or an end of the time range. */
function matches(row: DataRow, key: string, value: unknown): boolean {
	if (key === 'datetime_geq') return row.time >= Date.parse(String(value));
	if (key === 'datetime_lt') return row.time < Date.parse(String(value));
	if (key === 'datetime_leq') return row.time <= Date.parse(String(value));
	if (key.endsWith('_in')) return Array.isArray(value) && value.includes(dimensionOf(row, key.slice(0, -'_in'.length)));
	return dimensionOf(row, key) === value;
}

function sortGroups(groups: Record<string, unknown>[], orderBy: unknown): Record<string, unknown>[] {
	const [by] = Array.isArray(orderBy) ? orderBy : [];
	const [, name = '', direction] = /^(\w+)_(ASC|DESC)$/.exec(String(by)) ?? [];
	if (name === '') return groups;
	const keyOf = (group: Record<string, unknown>) =>
		name === 'count' ? Number(group.count) : String(isRecord(group.dimensions) ? group.dimensions[name] : '');
	const sign = direction === 'ASC' ? 1 : -1;
	return groups.sort((one, other) => {
		const [a, b] = [keyOf(one), keyOf(other)];
		return a === b ? 0 : (a < b ? -1 : 1) * sign;
	});
}
