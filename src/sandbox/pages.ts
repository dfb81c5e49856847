/** Reads page numbers from a query, and cuts the page out of a list. */
import { badRequest } from './failures.js';

/** The page that a query asks for. */
interface Page {
	page: number;
	per_page: number;
}

/** Reads `page` and `per_page`. Throws 1146 unless `per_page` is from `min` to `max`. */
export function readPage(query: URLSearchParams, min: number, max: number): Page {
	const page = readNumber(query.get('page'), 1);
	const perPage = readNumber(query.get('per_page'), 20);
	if (!(page >= 1)) throw badRequest('invalid page parameter, must be at least 1');
	if (!(perPage >= min && perPage <= max)) {
		throw badRequest(`invalid per_page parameter, must be between ${min} and ${max}`);
	}
	return { page, per_page: perPage };
}

function readNumber(text: string | null, otherwise: number): number {
	if (text === null) return otherwise;
	return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Returns one page of a list. Past the end it is empty: the official client asks until it meets an empty page. */
export function cutPage<T>(all: T[], { page, per_page }: Page) {
	const items = all.slice((page - 1) * per_page, page * per_page);
	const total_pages = Math.ceil(all.length / per_page);
	return { items, result_info: { count: items.length, page, per_page, total_count: all.length, total_pages } };
}
