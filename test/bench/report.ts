/** What was measured → one narrow table, and JSON; and what became better or worse since an earlier run. */
import { isExact, isOver, ROWS, type Row, type RowId, rowsOf, SECTIONS, type SectionName } from './rows.js';

/** One value of a run. */
export interface Measured {
	/** Undefined where this machine cannot tell it. */
	value: number | undefined;
	/** What it was computed from. */
	detail: string;
}

/** All values of a run. */
export type Run = ReadonlyMap<RowId, Measured>;

/** A change of less than this share is the machine's. */
const NOISE = 0.1;

/** How a row stands: against its limit, or against an earlier run. */
export type Verdict = '' | 'over' | 'missing' | 'no data';

/** Against the limit. */
export function judge(id: RowId, run: Run): Verdict {
	const measured = run.get(id);
	if (!measured) return 'missing';
	if (measured.value === undefined) return 'no data';
	return isOver(id, measured.value) ? 'over' : '';
}

/** True when the run is no success: something was not measured, or something that does not depend on the machine is over. */
export function hasFailed(sections: readonly SectionName[], run: Run): boolean {
	return sections.flatMap(rowsOf).some((id) => {
		const verdict = judge(id, run);
		return verdict === 'missing' || (verdict === 'over' && isExact(id));
	});
}

/** Against an earlier value: the change in per cent, and a word where it is more than noise. */
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

/** The table of these sections; with `before`, a column of the earlier values and one of the change. */
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

/** Three digits are as many as noise leaves; what is counted is shown whole. */
function show(value: number | undefined, unit: string): string {
	if (value === undefined) return '–';
	const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	const text = value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ',');
	return unit && unit !== 'tokens' ? `${text} ${unit}` : text;
}

/** The run as JSON: each row with all that is known of it. */
export function printJson(
	sections: readonly SectionName[],
	run: Run,
	about: Readonly<Record<string, unknown>>,
): string {
	const rows = sections.flatMap(rowsOf).map((id) => ({ id, ...ROWS[id], ...run.get(id), verdict: judge(id, run) }));
	return `${JSON.stringify({ ...about, rows }, null, '\t')}\n`;
}

/** The values of an earlier run, by row. Throws when the text is none. */
export function readJson(text: string): ReadonlyMap<string, number | undefined> {
	const { rows } = JSON.parse(text) as { rows: { id: string; value?: number }[] };
	return new Map(rows.map(({ id, value }) => [id, value]));
}
