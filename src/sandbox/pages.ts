/** Page numbers: read from the query, and the slice they stand for. */
import { badRequest } from './failures.js';

/** A page that was asked for. */
export interface Page {
	page: number;
	per_page: number;
}

/** Reads `page` and `per_page`; the limits are those of the list. */
export function readPage(query: URLSearchParams, least: number, most: number): Page {
	const page = readNumber(query.get('page'), 1);
	const perPage = readNumber(query.get('per_page'), 20);
	if (!(page >= 1)) throw badRequest('invalid page parameter, must be at least 1');
	if (!(perPage >= least && perPage <= most)) {
		throw badRequest(`invalid per_page parameter, must be between ${least} and ${most}`);
	}
	return { page, per_page: perPage };
}

function readNumber(text: string | null, otherwise: number): number {
	if (text === null) return otherwise;
	return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Cuts one page out of a list; past the end it is empty, because the official client asks until it is. */
export function cutPage<T>(all: T[], { page, per_page }: Page) {
	const items = all.slice((page - 1) * per_page, page * per_page);
	const total_pages = Math.ceil(all.length / per_page);
	return { items, result_info: { count: items.length, page, per_page, total_count: all.length, total_pages } };
}
