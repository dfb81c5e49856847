/** Prepares the answer of each API path, so that the upstream spends almost no time on answering. */
import { MAPPINGS, SUPPORTED } from './regions.js';

/** Id of the zone of all calls. */
export const ZONE = '023e105f4ecef8ad9ca31a8372d0c353';
export const ZONE_NAME = 'example.com';

/** Paths below the base URL. */
export const RESERVE = `/zones/${ZONE}/cache/cache_reserve`;
export const PURGE = `/zones/${ZONE}/purge_cache`;

const ZONE_RECORD = {
	id: ZONE,
	name: ZONE_NAME,
	status: 'active',
	paused: false,
	type: 'full',
	development_mode: 0,
	plan: { id: '3feeeeeeeeeeeeeeeeeeeeeeeeeeeeee', name: 'Enterprise Website', legacy_id: 'enterprise' },
	account: { id: '01a7362d577a6c3019a474fd6f485823', name: 'Example Account Name' },
};

const pageInfo = (items: readonly unknown[]) => ({
	page: 1,
	per_page: 100,
	count: items.length,
	total_count: items.length,
	total_pages: 1,
});

const succeed = (result: unknown, more: object = {}) => ({
	status: 200,
	body: JSON.stringify({ success: true, errors: [], messages: [], result, ...more }),
});

const fail = (status: number, code: number, message: string) => ({
	status,
	body: JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null }),
});

/** A prepared answer. */
export interface Reply {
	status: number;
	body: string;
}

const REPLIES: Readonly<Record<string, Reply>> = {
	'GET /zones': succeed([ZONE_RECORD], { result_info: pageInfo([ZONE_RECORD]) }),
	[`GET /zones/${ZONE}`]: succeed(ZONE_RECORD),
	[`GET ${RESERVE}`]: succeed({
		id: 'cache_reserve',
		value: 'on',
		editable: true,
		modified_on: '2026-09-14T08:21:53.104512Z',
	}),
	[`POST ${PURGE}`]: succeed({ id: ZONE }),
	[`GET /zones/${ZONE}/origin/cloud_regions`]: succeed(MAPPINGS, { result_info: pageInfo(MAPPINGS) }),
	[`GET /zones/${ZONE}/origin/cloud_regions/supported_regions`]: succeed(SUPPORTED),
	[`GET /zones/${ZONE}/cache/variants`]: fail(
		403,
		1135,
		'Sorry, this zone setting is not available for your plan type.',
	),
};

/** Gives the answer to a request; `target` is path and query below the base URL. */
export function reply(method: string, target: string): Reply {
	return REPLIES[`${method} ${target.split('?', 1)[0]}`] ?? fail(400, 7003, 'No route for that URI');
}
