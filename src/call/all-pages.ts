/** Reads a list with all its pages, and chooses rows of it: the API can only cut it into pages. */
import { canonicalJson, isObject } from '../base/json.js';
import { InputError } from '../errors.js';
import type { ReadAnswer, RoutedOperation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
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

/** All rows of a list, each once. Throws an InputError where it has more pages than one call reads. */
export async function readAllRows(call: ListCall, operation: RoutedOperation): Promise<readonly unknown[]> {
	const first = await readPage(call, operation, 1);
	if ((first.pages ?? 1) > MAX_PAGES) throw tooLong(operation);
	const answers = [first, ...(await readOthers(call, operation, first))];
	// A row that moves to another page while the list is read comes twice.
	return [...new Map(answers.flatMap(({ rows }) => rows).map((row) => [canonicalJson(row), row])).values()];
}

/** The pages behind the first one. Where no counter tells how many there are, a full page has another one behind it. */
async function readOthers(call: ListCall, operation: RoutedOperation, first: Page): Promise<Page[]> {
	const others: Page[] = [];
	if (first.pages === undefined) {
		for (let last = first; last.isFull; ) {
			if (others.length + 1 >= MAX_PAGES) throw tooLong(operation);
			last = await readPage(call, operation, others.length + 2);
			others.push(last);
		}
		return others;
	}
	for (let start = 2; start <= first.pages; start += MAX_IN_FLIGHT) {
		const count = Math.min(MAX_IN_FLIGHT, first.pages - start + 1);
		const numbers = Array.from({ length: count }, (_, at) => start + at);
		others.push(...(await Promise.all(numbers.map((page) => readPage(call, operation, page)))));
	}
	return others;
}

function tooLong({ name }: RoutedOperation): InputError {
	return new InputError(`The list has more than ${MAX_PAGES} pages, and one call reads no more to choose from.`, {
		advice: `Read it page by page (${name} with page and per_page).`,
	});
}

/** One page of a list. */
interface Page {
	readonly rows: readonly unknown[];
	/** How many pages there are; undefined where the answer does not say. */
	readonly pages: number | undefined;
	readonly isFull: boolean;
}

async function readPage(
	{ deps, context, zone, api }: ListCall,
	operation: RoutedOperation,
	page: number,
): Promise<Page> {
	const request = planRequest(operation, { page, per_page: PER_PAGE }, zone);
	const answer = await api(request, { permission: permissionOf(operation), ...limitsOf({ deps, context }) });
	const { result } = parseResult(operation, answer.result);
	if (!Array.isArray(result)) throw unexpectedAnswer(answer, "Cloudflare's response has an unexpected form.");
	const isFull = Array.isArray(answer.result) && answer.result.length >= PER_PAGE;
	return { rows: result, pages: answer.page?.total_pages, isFull };
}
