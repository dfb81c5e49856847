/** Traces a request through the rules of its zone that are about caching. */
import { type Answer, Failure, markInvented, succeed } from './answers.js';
import { isRecord, takeJson } from './body.js';
import type { Call } from './call.js';
import { cacheKeyOf } from './edge/cache-key.js';
import { cacheSettingsOf, matchingRules } from './edge/cache-settings.js';
import type { Rule } from './edge/rule.js';
import { readVisit, type Visit } from './edge/visit.js';
import { forbidden } from './failures.js';
import type { Zone } from './zones.js';

/** POST /accounts/{account_id}/request-tracer/trace. */
export function traceRequest({ visible, parameters, body, behavior }: Call): Answer {
	const own = visible.filter(({ facts }) => facts.account.id === parameters.account_id);
	if (own.length === 0) throw forbidden();
	const visit = readTraced(takeJson(body));
	const zone = own.find(({ facts }) => `.${visit?.host}`.endsWith(`.${facts.name}`));
	if (visit === undefined || zone === undefined) {
		throw new Failure(400, { code: 1004, message: 'The URL is not of a zone of this account' }).invented('all of it');
	}
	const rules = zone.rulesets.get('http_request_cache_settings') ?? [];
	const answer = succeed({
		status_code: 200,
		trace: [tracePhase(rules, matchingRules(rules, visit)), traceCache(zone, visit, behavior.now())],
	});
	return markInvented(answer, 'the steps that have nothing to do with caching');
}

function readTraced(given: unknown): Visit | undefined {
	const { method = 'GET', url = '', headers = {}, context } = isRecord(given) ? given : {};
	if (!URL.canParse(String(url))) return undefined;
	const { protocol, hostname, pathname, search } = new URL(String(url));
	const sent = Object.entries(isRecord(headers) ? headers : {}).map(([name, value]) => [name.toLowerCase(), value]);
	const visit = readVisit({
		method: String(method),
		scheme: protocol === 'https:' ? 'https' : 'http',
		host: hostname,
		target: pathname + search,
		headers: Object.fromEntries(sent),
	});
	const country = isRecord(context) && isRecord(context.geoloc) ? context.geoloc.iso_code : undefined;
	return typeof country === 'string' ? { ...visit, country } : visit;
}

function tracePhase(rules: readonly Rule[], matching: readonly Rule[]) {
	return {
		type: 'phase',
		step_name: 'http_request_cache_settings',
		matched: matching.length > 0,
		trace: rules.map((rule) => ({
			type: 'rule',
			step_name: rule.id,
			matched: matching.includes(rule),
			action: rule.action,
			action_parameters: rule.action_parameters,
			expression: rule.expression,
			description: rule.description,
		})),
	};
}

function traceCache(zone: Zone, visit: Visit, now: number) {
	const { scheme, host, path, query } = visit;
	return {
		type: 'cache',
		step_name: 'cache',
		matched: true,
		cache: {
			key: { zone_id: zone.facts.id, scheme, host, uri: path + query },
			key_string: cacheKeyOf(zone, visit, cacheSettingsOf(zone, visit), now),
		},
	};
}
