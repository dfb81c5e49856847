/** Builds the key under which the edge stores an answer. */

import { settingOf } from '../zone-settings.js';
import type { Zone } from '../zones.js';
import type { CacheSettings, CustomKey } from './cache-settings.js';
import type { Visit } from './visit.js';

/** Returns the key of a request, as text. `now` in milliseconds since 1970. */
export function cacheKeyOf(zone: Zone, visit: Visit, { cache_key: rule = {} }: CacheSettings, now: number): string {
	const { custom_key: custom = {} } = rule;
	const sorts = rule.ignore_query_strings_order || settingOf(zone, 'sort_query_string_for_cache', now).value === 'on';
	const query = settingOf(zone, 'cache_level', now).value === 'simplified' ? '' : queryOf(visit.query, custom, sorts);
	const { user = {}, header = {} } = custom;
	const parts = [
		`${visit.scheme}://${visit.host}${visit.path}${query}`,
		...(visit.headers.origin === undefined ? [] : [`origin=${visit.headers.origin}`]),
		...(rule.cache_by_device_type || user.device_type ? [`device=${visit.device}`] : []),
		...(user.geo ? [`country=${visit.country}`] : []),
		...(user.lang ? [`language=${visit.language}`] : []),
		...(header.include ?? []).map((name) => `${name.toLowerCase()}=${visit.headers[name.toLowerCase()]}`),
	];
	return parts.join(' ');
}

function queryOf(query: string, { query_string: rule }: CustomKey, sorts: boolean): string {
	if (query === '' || (!rule && !sorts)) return query;
	const pairs = query
		.slice(1)
		.split('&')
		.filter((pair) => isKept(pair.split('=', 1)[0] ?? '', rule));
	if (sorts) pairs.sort();
	return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

function isKept(name: string, rule: CustomKey['query_string']): boolean {
	if (rule?.exclude) return !rule.exclude.all && !rule.exclude.list?.includes(name);
	return rule?.include === undefined || rule.include.all === true || (rule.include.list?.includes(name) ?? false);
}
