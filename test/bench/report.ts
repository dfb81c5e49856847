/** Prints the measured values as a table and as JSON, and compares them with limits and an earlier run. */
import { isExact, isOver, ROWS, type Row, type RowId, rowsOf, SECTIONS, type SectionName } from './rows.js';

/** One value of a run. */
export interface Measured {
	/** Undefined where this machine cannot measure it. */
	value: number | undefined;
	/** Note on what it was computed from. */
	detail: string;
}

/** All values of a run. */
export type Run = ReadonlyMap<RowId, Measured>;

/** Changes of timed values below this share are noise. */
const NOISE = 0.1;

/** A row's result against its limit; the empty string means within it. */
export type Verdict = '' | 'over' | 'missing' | 'no data';

/** Compares the value of a row with its limit. */
export function judge(id: RowId, run: Run): Verdict {
	const measured = run.get(id);
	if (!measured) return 'missing';
	if (measured.value === undefined) return 'no data';
	return isOver(id, measured.value) ? 'over' : '';
}

/** Tells whether the run failed: a row is missing, or an exact row is over its limit. Rows that depend on the machine never fail. */
export function hasFailed(sections: readonly SectionName[], run: Run): boolean {
	return sections.flatMap(rowsOf).some((id) => {
		const verdict = judge(id, run);
		return verdict === 'missing' || (verdict === 'over' && isExact(id));
	});
}

/** Gives the change since an earlier run in per cent, with "better" or "worse" where it is more than noise. */
export function compare(id: RowId, before: number | undefined, now: number | undefined): string {
	if (before === undefined || now === undefined) return '';
	if (before === now) return '=';
	const change = now / before - 1;
	const growth = (ROWS[id] as Row).atLeast ? before / now - 1 : change;
	const least = isExact(id) ? 0 : NOISE;
	const word = growth > least ? 'worse' : growth < -least ? 'better' : '';
	const percent = Number.isFinite(change) ? `${change > 0 ? '+' : '−'}${Math.abs(change * 100).toFixed(0)} %` : '';
	return `${percent.padStart(6)} ${word}`.trimEnd();
}

/** Formats the table of these sections. With `before`, it has a column of earlier values and one of changes. */
export function printTable(
	sections: readonly SectionName[],
	run: Run,
	before?: ReadonlyMap<string, number | undefined>,
): string {
	const head = ['', 'value', 'limit', '', ...(before ? ['before', 'change'] : ['from'])];
	const body = SECTIONS.filter((name) => sections.includes(name)).flatMap((name) => [
		[name],
		...rowsOf(name).map((id) => cellsOf(id, run, before)),
	]);
	const widths = head.map((title, at) =>
		Math.max(...[[...title], ...body.map((row) => [...(row[at] ?? '')])].map((cell) => cell.length)),
	);
	const line = (cells: readonly string[]) =>
		cells
			.map((cell, at) => ([1, 2].includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
			.join('  ')
			.trimEnd();
	return `${[head, ...body].map(line).join('\n')}\n`;
}

function cellsOf(id: RowId, run: Run, before?: ReadonlyMap<string, number | undefined>): string[] {
	const { name, unit, limit, atLeast } = ROWS[id] as Row;
	const { value, detail = '' } = run.get(id) ?? {};
	const bound = limit === undefined ? '' : `${atLeast ? '≥' : '≤'} ${show(limit, '')}`;
	const earlier = before?.get(id);
	return [
		`  ${name}`,
		show(value, unit),
		bound,
		judge(id, run),
		...(before ? [show(earlier, unit), compare(id, earlier, value)] : [detail]),
	];
}

/** Formats a value: whole numbers in full, timed ones with three digits, because noise hides the rest. */
function show(value: number | undefined, unit: string): string {
	if (value === undefined) return '–';
	const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	const text = value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ',');
	return unit && unit !== 'tokens' ? `${text} ${unit}` : text;
}

/** Formats the run as JSON, with the definition and the value of each row. */
export function printJson(
	sections: readonly SectionName[],
	run: Run,
	about: Readonly<Record<string, unknown>>,
): string {
	const rows = sections.flatMap(rowsOf).map((id) => ({ id, ...ROWS[id], ...run.get(id), verdict: judge(id, run) }));
	return `${JSON.stringify({ ...about, rows }, null, '\t')}\n`;
}

/** Parses the JSON of an earlier run into its values by row. Throws when the text has another form. */
export function readJson(text: string): ReadonlyMap<string, number | undefined> {
	const { rows } = JSON.parse(text) as { rows: { id: string; value?: number }[] };
	return new Map(rows.map(({ id, value }) => [id, value]));
}
