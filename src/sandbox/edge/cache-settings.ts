/** Works out by which settings a zone caches a request: those of the zone, of its Page Rules and of its Cache Rules. */
import type { Zone } from '../zones.js';
import { matchesExpression } from './expression.js';
import type { PageRule, Rule } from './rule.js';
import type { Visit } from './visit.js';

/** Parameters of Cache Rules, under Cloudflare's names. */
export interface CacheSettings {
	/** Whether the request is eligible; undefined where no rule says so. */
	cache?: boolean;
	edge_ttl?: { mode?: string; default?: number; status_code_ttl?: StatusTtl[] };
	cache_key?: {
		cache_by_device_type?: boolean;
		ignore_query_strings_order?: boolean;
		custom_key?: CustomKey;
	};
	origin_cache_control?: boolean;
	serve_stale?: { disable_stale_while_updating?: boolean };
	strip_set_cookie?: boolean;
	vary?: { headers?: Record<string, { action?: string }> };
}

interface StatusTtl {
	status_code?: number;
	status_code_range?: { from?: number; to?: number };
	value: number;
}

/** What a rule puts into the key in place of the whole query, and beside it. */
export interface CustomKey {
	header?: { include?: string[] };
	query_string?: { include?: Listed; exclude?: Listed };
	user?: { device_type?: boolean; geo?: boolean; lang?: boolean };
}

type Listed = { all?: true; list?: string[] };

/** The rules of a phase that are on and match, in their order. */
export function matchingRules(rules: readonly Rule[], visit: Visit, status?: number): Rule[] {
	return rules.filter(
		({ enabled, expression }) =>
			enabled && matchesExpression(expression, { visit, ...(status === undefined ? {} : { status }) }),
	);
}

/** The settings for a request. Cache Rules win over Page Rules, and of each setting the last rule that matches. */
export function cacheSettingsOf(zone: Zone, visit: Visit): CacheSettings {
	const rules = matchingRules(zone.rulesets.get('http_request_cache_settings') ?? [], visit);
	return Object.assign({}, settingsOfPageRule(zone, visit), ...rules.map((rule) => rule.action_parameters));
}

/** Of Page Rules only the first that matches counts. */
function settingsOfPageRule(zone: Zone, visit: Visit): CacheSettings {
	const rule = zone.pageRules.find((one) => one.status === 'active' && matchesTarget(one, visit));
	const actions = Object.fromEntries((rule?.actions ?? []).map(({ id, value }) => [id, value]));
	const { cache_level: level, edge_cache_ttl: ttl, cache_by_device_type: byDevice } = actions;
	return {
		...(level === 'cache_everything' && { cache: true }),
		...(level === 'bypass' && { cache: false }),
		...(typeof ttl === 'number' && { edge_ttl: { mode: 'override_origin', default: ttl } }),
		...(byDevice === 'on' && { cache_key: { cache_by_device_type: true } }),
	};
}

function matchesTarget({ targets }: PageRule, { scheme, host, path, query }: Visit): boolean {
	const pattern = targets[0]?.constraint.value ?? '';
	const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
	const address = /^https?:/.test(pattern) ? `${scheme}://${host}${path}${query}` : `${host}${path}${query}`;
	return new RegExp(`^${parts.join('.*')}$`, 'i').test(address);
}
