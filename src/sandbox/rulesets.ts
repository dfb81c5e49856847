/** Reads and replaces the rules of a zone about caching, phase by phase, and its Page Rules. */
import { createHash } from 'node:crypto';
import { type Answer, Failure, markInvented, succeed } from './answers.js';
import { isRecord, takeField, takeJson } from './body.js';
import { type Call, formatTime } from './call.js';
import type { PageRule, Rule } from './edge/rule.js';
import { badRequest } from './failures.js';
import type { Zone } from './zones.js';

/** The actions that a phase allows. */
const ACTIONS: Record<string, readonly string[]> = {
	http_request_cache_settings: ['set_cache_settings'],
	http_response_cache_settings: ['set_cache_settings', 'set_cache_control', 'set_cache_tags'],
};

/** GET /zones/{zone_id}/rulesets/phases/{phase}/entrypoint. A phase that was never used is 404 with 10003. */
export function showEntrypoint(zone: Zone, call: Call): Answer {
	const phase = call.parameters.phase ?? '';
	const rules = zone.rulesets.get(phase);
	if (rules === undefined) {
		const message = `could not find entrypoint ruleset in the "${phase}" phase`;
		throw new Failure(404, { code: 10003, message }).invented('message');
	}
	return succeed({
		id: idOf(`${zone.facts.id} ${phase}`),
		name: 'default',
		description: '',
		kind: 'zone',
		version: '1',
		phase,
		last_updated: formatTime(call.behavior.now()),
		rules,
	});
}

/** PUT of the same path: replaces all rules of the phase. */
export function replaceEntrypoint(zone: Zone, call: Call): Answer {
	const phase = call.parameters.phase ?? '';
	const rules = takeField(takeJson(call.body), 'rules');
	if (!Object.hasOwn(ACTIONS, phase) || !Array.isArray(rules)) {
		throw badRequest('the phase must be about caching, and rules must be a list').invented('status, code and message');
	}
	const read = rules.map((rule, at) => readRule(rule, `${phase} ${at}`, ACTIONS[phase] ?? []));
	zone.rulesets.set(phase, read);
	return showEntrypoint(zone, call);
}

function readRule(given: unknown, name: string, actions: readonly string[]): Rule {
	const { action, expression, enabled = true, description = '', action_parameters = {} } = isRecord(given) ? given : {};
	const isValid = actions.includes(String(action)) && typeof expression === 'string' && isRecord(action_parameters);
	if (!isValid || typeof enabled !== 'boolean' || typeof description !== 'string') {
		throw badRequest(`rule ${name} is invalid`).invented('status, code and message');
	}
	return { id: idOf(name), action: String(action), expression, enabled, description, action_parameters };
}

/** GET /zones/{zone_id}/pagerules. */
export function listPageRules(zone: Zone, { query }: Call): Answer {
	const status = query.get('status') ?? 'disabled';
	return succeed(zone.pageRules.filter((rule) => status === 'disabled' || rule.status === status));
}

/** POST /zones/{zone_id}/pagerules. The new rule comes first. */
export function createPageRule(zone: Zone, call: Call): Answer {
	const given = takeJson(call.body);
	const targets = takeField(given, 'targets');
	const actions = takeField(given, 'actions');
	if (!Array.isArray(targets) || !Array.isArray(actions)) {
		throw badRequest('targets and actions must be lists').invented('status, code and message');
	}
	const rule: PageRule = {
		id: idOf(`page rule ${zone.pageRules.length}`),
		targets,
		actions,
		priority: zone.pageRules.length + 1,
		status: String(takeField(given, 'status') ?? 'disabled'),
	};
	zone.pageRules.unshift(rule);
	return markInvented(succeed(rule), 'the place of the rule');
}

function idOf(name: string): string {
	return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
