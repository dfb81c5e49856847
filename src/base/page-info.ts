/** The counters of one page of a list. */

/** As list answers report them in `result_info`; any counter may be missing. */
export interface PageInfo {
	/** Number of this page, counted from 1. */
	readonly page?: number;
	/** Items on a full page. */
	readonly per_page?: number;
	/** Items on this page. */
	readonly count?: number;
	/** Items on all pages. */
	readonly total_count?: number;
	readonly total_pages?: number;
}
