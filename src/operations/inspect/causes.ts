/** Finds the facts that decide whether a URL is cached: headers of the answer, rules, and the state of the zone. */
import { quote } from '../../base/sanitize.js';
import { type CacheRule, describeEffects, describeKeyPart, keyPartsOf } from '../cache-rules.js';
import { formatNumber } from '../wording.js';
import { freshSeconds, parseDirectives } from './cache-control.js';
import type { Evidence, Probe } from './evidence.js';

/** Looks for one fact. Returns it as a sentence, or undefined where it does not hold. */
export type Cause = (evidence: Evidence) => string | undefined;

/** Cloudflare's limits of a cached file, from its page on default cache behavior. */
const MAX_BYTES = 512 * 1024 ** 2;
const MAX_ENTERPRISE_BYTES = 5 * 1024 ** 3;

/** Extensions that are cached without a rule, from the same page. */
const CACHED_EXTENSIONS = new Set(
	'7z avi avif apk bin bmp bz2 class css csv doc docx dmg ejs eot eps exe flac gif gz ico iso jar jpg jpeg js mid midi mkv mp3 mp4 ogg otf pdf pict pls png ppt pptx ps rar svg svgz swf tar tif tiff ttf webm webp woff woff2 xls xlsx zip zst'.split(
		' ',
	),
);

/** The last request: the ones before may have filled the cache. */
export const lastOf = ({ probes }: Evidence): Probe => probes.at(-1) ?? probes[0];

/** The header whose directives count: one for CDNs counts more than the one for all caches. */
function controlOf({ headers }: Probe) {
	const name = headers['cdn-cache-control'] === undefined ? 'Cache-Control' : 'CDN-Cache-Control';
	const text = headers[name.toLowerCase()] ?? '';
	return { name, text, directives: parseDirectives(text) };
}

const nameRule = ({ description, expression = '' }: CacheRule) =>
	description ? `The rule ${quote(description, 60)}` : `The rule for ${quote(expression, 80)}`;

const ruleWith = ({ rules }: Evidence, holds: (parameters: Record<string, unknown>) => boolean) =>
	rules.findLast(({ action_parameters: parameters = {} }) => holds(parameters));

const isPlainObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

// Causes of an answer that did not pass the cache.

export const notCloudflare: Cause = (evidence) =>
	lastOf(evidence).ray === undefined
		? 'There is no CF-Ray header, so the answer did not come through Cloudflare: the DNS record may not be proxied.'
		: undefined;

export const redirected: Cause = (evidence) => {
	const { status, headers } = lastOf(evidence);
	if (status < 300 || status > 399 || status === 304) return undefined;
	const target = headers.location === undefined ? '' : ` to ${quote(headers.location, 200)}`;
	return `HTTP ${status} redirects${target}. It was not followed.`;
};

export const refusedByEdge: Cause = (evidence) => {
	const { status, headers } = lastOf(evidence);
	if (headers['cf-mitigated'] !== undefined) return 'Cloudflare answered with a challenge (CF-Mitigated).';
	return status === 403 || status === 429 ? `HTTP ${status}: a security rule may have answered.` : undefined;
};

export const paused: Cause = ({ zone }) => (zone.paused ? 'The zone is paused: nothing passes the cache.' : undefined);

// Causes of a request that is not eligible.

export const developmentMode: Cause = ({ zone: { development_mode: left = 0 } }) =>
	left > 0 ? `Development mode is on for another ${formatNumber(left)} s: nothing is cached meanwhile.` : undefined;

export const bypassedByRule: Cause = (evidence) => {
	const rule = ruleWith(evidence, ({ cache }) => cache === false);
	if (rule) return `${nameRule(rule)} bypasses the cache, if it matches.`;
	const level = evidence.pageRules[0]?.actions.find(({ id }) => id === 'cache_level')?.value;
	return level === 'bypass' ? 'A Page Rule that matches bypasses the cache.' : undefined;
};

export const notEligible: Cause = (evidence) => {
	const extension = /\.([a-z0-9]{1,5})$/i.exec(evidence.path)?.[1]?.toLowerCase();
	if (extension !== undefined && CACHED_EXTENSIONS.has(extension)) return undefined;
	const rule = ruleWith(evidence, ({ cache }) => cache === true);
	if (rule) return `${nameRule(rule)} would make it eligible, and does not seem to match.`;
	const path = extension === undefined ? 'The path has no extension' : `The extension ${extension} is not one`;
	return `${path} that Cloudflare caches by default, and no rule that names the URL makes it eligible.`;
};

// Causes of an answer that may not be stored.

export const notStorable: Cause = (evidence) => {
	const { name, text, directives } = controlOf(lastOf(evidence));
	const says = (what: string) => `${name} says ${quote(what, 100)}.`;
	if (directives.has('no-store')) return says('no-store');
	if (directives.get('private') === '') return says('private');
	const checks = directives.has('no-cache') || freshSeconds(directives) === 0;
	return checks ? `${says(text)} Without Origin Cache Control, that forbids to store it.` : undefined;
};

export const setsCookie: Cause = (evidence) =>
	lastOf(evidence).setsCookie ? 'The answer sets a cookie (Set-Cookie).' : undefined;

export const variesOnAll: Cause = (evidence) =>
	lastOf(evidence).headers.vary?.trim() === '*' ? 'Vary is *, which no cache can match.' : undefined;

export const tooLarge: Cause = (evidence) => {
	const bytes = Number(lastOf(evidence).headers['content-length'] ?? 0);
	const limit = evidence.zone.plan === 'enterprise' ? MAX_ENTERPRISE_BYTES : MAX_BYTES;
	if (!(bytes > limit)) return undefined;
	return `The body has ${formatNumber(bytes)} bytes, and the limit is ${formatNumber(limit)}.`;
};

export const imageVariants: Cause = (evidence) => {
	const { 'content-type': type = '', vary = '' } = lastOf(evidence).headers;
	if (!type.startsWith('image/') || !/\baccept\b(?!-)/i.test(vary)) return undefined;
	return 'An image with Vary: Accept is stored only in formats that its variants list (variants_get).';
};

export const storageRules: Cause = (evidence) => {
	const rule = evidence.rules.findLast(
		({ action, action_parameters: parameters = {} }) =>
			action === 'set_cache_control' ||
			(isPlainObject(parameters.edge_ttl) && parameters.edge_ttl.mode === 'bypass_by_default'),
	);
	return rule && `${nameRule(rule)}: ${describeEffects(rule)}, if it matches.`;
};

// Causes of a repeated miss.

export const queryInKey: Cause = ({ query }) =>
	query === '' ? undefined : 'The URL has a query: every other query, in any order, is another object.';

export const otherKeys: Cause = (evidence) => {
	const parts = evidence.rules.flatMap(keyPartsOf).map(describeKeyPart);
	return parts.length === 0
		? undefined
		: `A rule that names the URL adds to the key: ${[...new Set(parts)].join(', ')}.`;
};

export const varies: Cause = (evidence) => {
	const { vary } = lastOf(evidence).headers;
	return vary && !/^\s*accept-encoding\s*$/i.test(vary) ? `The origin sends Vary: ${quote(vary, 100)}.` : undefined;
};

// Facts about a stored copy.

export const rulesOverride: Cause = (evidence) => {
	const rule = ruleWith(evidence, ({ edge_ttl: ttl }) => isPlainObject(ttl) && ttl.mode === 'override_origin');
	return rule && `${nameRule(rule)}: ${describeEffects(rule)}, if it matches.`;
};

export const timeLeft: Cause = (evidence) => {
	const { age = 0 } = lastOf(evidence);
	const { name, directives } = controlOf(lastOf(evidence));
	const fresh = freshSeconds(directives);
	if (!fresh || rulesOverride(evidence)) return undefined;
	return fresh > age
		? `By ${name} it stays fresh for another ${formatNumber(fresh - age)} s.`
		: `By ${name} it is out of date.`;
};

export const mustCheck: Cause = (evidence) => {
	const { name, text, directives } = controlOf(lastOf(evidence));
	if (!directives.has('no-cache') && freshSeconds(directives) !== 0) return undefined;
	return `${name} says ${quote(text, 100)}, so the origin is asked every time.`;
};

export const staleDirectives: Cause = (evidence) => {
	const { name, directives } = controlOf(lastOf(evidence));
	const stale = ['stale-while-revalidate', 'stale-if-error'].filter((directive) => directives.has(directive));
	return stale.length > 0 ? `${name} allows it: ${stale.join(', ')}.` : undefined;
};
