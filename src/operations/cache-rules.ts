/** Reads the rules of a zone about caching, and tells what they do. Rules are never written: that would replace all of a phase. */
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import { z } from '../zod.js';
import { rows } from './fields.js';
import { defineOperation, type Route } from './operation.js';
import { formatNumber } from './wording.js';

const rule = z.object({
	description: z.string().optional().catch(undefined),
	enabled: z.boolean().optional().catch(undefined),
	action: z.string().optional().catch(undefined),
	expression: z.string().optional().catch(undefined),
	action_parameters: z.record(z.unknown()).optional().catch(undefined),
});
/** A Cache Rule or a Cache Response Rule, as far as it is told. */
export type CacheRule = z.output<typeof rule>;

const pageRule = z.object({
	targets: rows(z.object({ constraint: z.object({ value: z.string() }) })),
	actions: rows(z.object({ id: z.string(), value: z.unknown() })),
});
/** A Page Rule, as far as it is told. */
export type PageRule = z.output<typeof pageRule>;

const common = { toolset: 'zone', danger: 'read', input: z.object({}).strict(), example: {} } as const;

/** A read of the rules of one phase. */
function phaseOf(phase: string, label: string) {
	return defineOperation({
		...common,
		name: `${label.toLowerCase().replaceAll(' ', '_')}_get`,
		title: `Get ${label}`,
		description: `Shows the ${label} of a zone.`,
		permission: 'Cache Rules',
		route: `GET /zones/{zone_id}/rulesets/phases/${phase}/entrypoint`,
		output: z.object({ rules: rows(rule) }),
		summarize: ({ result }) => `${label}: ${result.rules.length}.`,
	});
}

/** Reads the rules about requests. It is no tool, and nor are the two below. */
export const cacheRulesGet = phaseOf('http_request_cache_settings', 'Cache Rules');
/** Reads the rules about origins' answers. */
export const cacheResponseRulesGet = phaseOf('http_response_cache_settings', 'Cache Response Rules');
const PAGE_RULES: Route = 'GET /zones/{zone_id}/pagerules?status=active';
/** Reads the Page Rules that are on. */
export const pageRulesList = defineOperation({
	...common,
	name: 'page_rules_list',
	title: 'List Page Rules',
	description: 'Lists the active Page Rules of a zone.',
	permission: 'Page Rules',
	route: PAGE_RULES,
	output: rows(pageRule),
	summarize: ({ result }) => `Page Rules: ${result.length}.`,
});

const seconds = (value: unknown) => (typeof value === 'number' ? `${formatNumber(value)} s` : 'an unknown time');

/** Puts the parameters of Cache Rules into words, by their names. The others are told as the API names them. */
const EFFECTS: Readonly<Record<string, (value: unknown) => string>> = {
	cache: (value) => (value === false ? 'bypasses the cache' : 'makes it eligible'),
	edge_ttl: (value) => {
		const { mode, default: ttl } = isObject(value) ? value : {};
		if (mode === 'override_origin') return `edge TTL ${seconds(ttl)} whatever the origin says`;
		if (mode === 'bypass_by_default') return 'caches only what has Cache-Control';
		return ttl === undefined ? 'edge TTL as the origin says' : `edge TTL ${seconds(ttl)} where the origin gives none`;
	},
	browser_ttl: (value) =>
		`browser TTL ${isObject(value) && value.default !== undefined ? seconds(value.default) : 'set'}`,
	cache_key: (value) => {
		const parts = keyPartsOf({ action_parameters: { cache_key: value } });
		return `key ${parts.length > 0 ? `by ${parts.map(describeKeyPart).join(', ')}` : 'changed'}`;
	},
	origin_cache_control: (value) => `Origin Cache Control ${value === false ? 'off' : 'on'}`,
	strip_set_cookie: () => 'removes Set-Cookie',
};

/** What a rule does, such as `makes it eligible, edge TTL 60 s whatever the origin says`. */
export function describeEffects({ action = '', action_parameters: parameters = {} }: CacheRule): string {
	const names = Object.keys(parameters);
	if (action === 'set_cache_control')
		return `changes Cache-Control: ${names.map((name) => quote(name, 40)).join(', ')}`;
	if (action === 'set_cache_tags') return 'changes Cache-Tag';
	const effects = names.map((name) => {
		const describe = Object.hasOwn(EFFECTS, name) ? EFFECTS[name] : undefined;
		return describe ? describe(parameters[name]) : quote(name, 40);
	});
	return effects.join(', ') || quote(action, 40);
}

/** A part of the cache key that a rule adds to the URL. */
export type KeyPart =
	| { readonly kind: 'device' | 'country' | 'language' | 'query' }
	| { readonly kind: 'header' | 'cookie'; readonly name: string };

/** What a rule puts into the cache key beside the URL, or in place of its query. */
export function keyPartsOf({ action_parameters: parameters = {} }: CacheRule): KeyPart[] {
	const key = objectIn(parameters, 'cache_key');
	const custom = objectIn(key, 'custom_key');
	const user = objectIn(custom, 'user');
	const named = (kind: 'header' | 'cookie') =>
		['include', 'check_presence'].flatMap((list) => {
			const names = objectIn(custom, kind)[list];
			return Array.isArray(names) ? names.map((name): KeyPart => ({ kind, name: String(name) })) : [];
		});
	return [
		...(key.cache_by_device_type === true || user.device_type === true ? [{ kind: 'device' } as const] : []),
		...(user.geo === true ? [{ kind: 'country' } as const] : []),
		...(user.lang === true ? [{ kind: 'language' } as const] : []),
		...named('header'),
		...named('cookie'),
		...(custom.query_string !== undefined ? [{ kind: 'query' } as const] : []),
	];
}

function objectIn(value: Record<string, unknown>, name: string): Record<string, unknown> {
	const inner = value[name];
	return isObject(inner) ? inner : {};
}

/** `device`, or `header "X-Shop"`. */
export function describeKeyPart(part: KeyPart): string {
	if (part.kind === 'query') return 'chosen parts of the query';
	return 'name' in part ? `${part.kind} ${quote(part.name, 40)}` : part.kind;
}

/** Whether a rule is on, and matches requests by GET without matching those by PURGE, as which a purge of a URL is checked. */
export function isForGetOnly({ enabled, expression = '' }: CacheRule): boolean {
	return (
		enabled !== false && /http\.request\.method\s+(?:eq|==)\s+"GET"/i.test(expression) && !/"PURGE"/i.test(expression)
	);
}

/** Texts shorter than this stand in nearly every URL. */
const MIN_LITERAL_CHARACTERS = 2;

/**
 * Whether an expression names a part of the URL. Expressions cannot be evaluated here with certainty: they depend on facts of
 * the visitor, and on lists of the account.
 */
export function mentionsUrl(expression: string, url: string): boolean {
	if (expression.trim() === 'true') return true;
	const literals = [...expression.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, literal = '']) => literal);
	return literals.some((literal) => {
		const parts = literal.split('*').filter((part) => part.length >= MIN_LITERAL_CHARACTERS);
		return parts.length > 0 && parts.every((part) => url.includes(part));
	});
}

/** Whether a Page Rule matches a URL. `*` stands for any text, and a target without a scheme for both schemes. */
export function matchesPageRule({ targets }: PageRule, url: string): boolean {
	return targets.some(({ constraint: { value } }) =>
		matchesWildcard(
			value.toLowerCase(),
			(/^https?:/i.test(value) ? url : url.replace(/^https?:\/\//, '')).toLowerCase(),
		),
	);
}

/** Takes the parts between the asterisks from left to right: a pattern of the API's must not cost more than one pass. */
function matchesWildcard(pattern: string, text: string): boolean {
	const [first = '', ...others] = pattern.split('*');
	const last = others.pop();
	if (last === undefined) return text === first;
	if (!text.startsWith(first)) return false;
	let at = first.length;
	for (const part of others) {
		const found = text.indexOf(part, at);
		if (found < 0) return false;
		at = found + part.length;
	}
	return text.length - last.length >= at && text.endsWith(last);
}
