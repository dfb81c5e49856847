/** Reads a list with all its pages, and chooses rows of it: the API can only cut it into pages. */
import { isObject } from '../base/json.js';
import { InputError } from '../errors.js';
import { permissionOf, type ReadAnswer, type RoutedOperation } from '../operations/operation.js';
import { formatNumber } from '../operations/wording.js';
import { type Call, limitsOf } from './context.js';
import { planRequest } from './plan/plan.js';
import { parseResult, unexpectedAnswer } from './summarize.js';

/** The most rows of a page that the API gives. */
const PER_PAGE = 100;
/** A zone has at most 3,500 mappings, which are 35 pages. */
const MAX_PAGES = 40;
/** Reads under way at once. */
const MAX_IN_FLIGHT = 8;

type ListCall = Pick<Call, 'deps' | 'context' | 'args' | 'zone' | 'api'>;

/** The rows with the wanted values in the fields `filters`, cut into pages here. */
export async function readChosen(
	call: ListCall,
	operation: RoutedOperation,
	filters: readonly string[],
): Promise<ReadAnswer> {
	const { page = 1, per_page = PER_PAGE, ...wanted } = call.args as { page?: number; per_page?: number };
	const asked = Object.entries(wanted).filter(([name, value]) => filters.includes(name) && value !== undefined);
	const rows = (await readAllRows(call, operation)).filter(
		(row) => isObject(row) && asked.every(([name, value]) => row[name] === value),
	);
	const result = rows.slice((page - 1) * per_page, page * per_page);
	const total_pages = Math.max(1, Math.ceil(rows.length / per_page));
	return { result, page: { page, per_page, count: result.length, total_count: rows.length, total_pages } };
}

/** All rows of a list. Throws an InputError where it has more pages than one call reads. */
export async function readAllRows(call: ListCall, operation: RoutedOperation): Promise<readonly unknown[]> {
	const first = await readPage(call, operation, 1);
	const pages = first.page?.total_pages ?? 1;
	if (pages > MAX_PAGES)
		throw new InputError(
			`The list has ${formatNumber(pages)} pages, and one call reads at most ${MAX_PAGES} to choose from.`,
			{ advice: `Read it page by page (${operation.name} with page and per_page).` },
		);
	const rows = [...(first.result as unknown[])];
	for (let start = 2; start <= pages; start += MAX_IN_FLIGHT) {
		const numbers = Array.from({ length: Math.min(MAX_IN_FLIGHT, pages - start + 1) }, (_, at) => start + at);
		const answers = await Promise.all(numbers.map((page) => readPage(call, operation, page)));
		for (const { result } of answers) rows.push(...(result as unknown[]));
	}
	return rows;
}

async function readPage(
	{ deps, context, zone, api }: ListCall,
	operation: RoutedOperation,
	page: number,
): Promise<ReadAnswer> {
	const request = planRequest(operation, { page, per_page: PER_PAGE }, zone);
	const answer = await api(request, { permission: permissionOf(operation), ...limitsOf({ deps, context }) });
	const { result } = parseResult(operation, answer.result);
	if (!Array.isArray(result)) throw unexpectedAnswer(answer, "Cloudflare's response has an unexpected form.");
	return { result, page: answer.page };
}
