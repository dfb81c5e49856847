/** Applies the Cache Response Rules of a zone to an origin's answer. */
import type { Zone } from '../zones.js';
import { matchingRules } from './cache-settings.js';
import type { OriginAnswer } from './origin.js';
import type { Rule } from './rule.js';
import type { Visit } from './visit.js';

/** An answer as the edge stores it. */
interface RuledAnswer {
	answer: OriginAnswer;
	tags: string[];
}

type Directive = { operation?: string; value?: number };

/** The answer with the directives of the rules in its Cache-Control, and the tags that it has then. */
export function applyResponseRules(zone: Zone, visit: Visit, answer: OriginAnswer): RuledAnswer {
	const { status = 200, headers = {} } = answer;
	let ruled: RuledAnswer = { answer, tags: splitList(headers['cache-tag']) };
	for (const rule of matchingRules(zone.rulesets.get('http_response_cache_settings') ?? [], visit, status)) {
		ruled = applyRule(ruled, rule);
	}
	return ruled;
}

function applyRule({ answer, tags }: RuledAnswer, { action, action_parameters: parameters }: Rule): RuledAnswer {
	const headers = { ...answer.headers };
	if (action === 'set_cache_tags') {
		const values = Array.isArray(parameters.values) ? parameters.values.map(String) : [];
		if (parameters.operation === 'set') return { answer, tags: values };
		const kept = tags.filter((tag) => !values.includes(tag));
		return { answer, tags: parameters.operation === 'remove' ? kept : [...kept, ...values] };
	}
	if (action === 'set_cache_settings' && parameters.strip_set_cookie === true) delete headers['set-cookie'];
	if (action === 'set_cache_control') {
		const changes = Object.entries(parameters as Record<string, Directive>);
		const kept = splitList(headers['cache-control']).filter(
			(directive) => !changes.some(([name]) => name === directive.split('=')[0]?.toLowerCase()),
		);
		const set = changes
			.filter(([, { operation }]) => operation === 'set')
			.map(([name, { value }]) => (value === undefined ? name : `${name}=${value}`));
		headers['cache-control'] = [...kept, ...set].join(', ');
	}
	return { answer: { ...answer, headers }, tags };
}

function splitList(header: string | string[] | undefined): string[] {
	return String(header ?? '')
		.split(',')
		.map((part) => part.trim())
		.filter((part) => part !== '');
}
