/** Answers visitors' requests as Cloudflare's edge does: out of the cache of the zone, or from the origin. */

import { settingOf } from '../zone-settings.js';
import type { Zone } from '../zones.js';
import { cacheKeyOf } from './cache-key.js';
import { type CacheSettings, cacheSettingsOf } from './cache-settings.js';
import type { Origin, OriginAnswer } from './origin.js';
import { applyResponseRules } from './response-rules.js';
import { lifetimeOf } from './storage-decision.js';
import type { StoredAnswer } from './store.js';
import type { Visit } from './visit.js';

/** An answer to a visitor. */
export interface EdgeAnswer extends OriginAnswer {
	/** The value of CF-Cache-Status; absent where the request did not pass the cache. */
	cacheStatus?: string;
	/** Seconds since the answer was stored or checked; absent where it was just fetched. */
	ageSeconds?: number;
}

interface Surroundings {
	origin: Origin;
	/** Milliseconds since 1970. */
	now: number;
}

/** The extensions that are cached without a rule, from Cloudflare's page on default cache behavior. */
const CACHED_EXTENSIONS = new Set(
	'7z avi avif apk bin bmp bz2 class css csv doc docx dmg ejs eot eps exe flac gif gz ico iso jar jpg jpeg js mid midi mkv mp3 mp4 ogg otf pdf pict pls png ppt pptx ps rar svg svgz swf tar tif tiff ttf webm webp woff woff2 xls xlsx zip zst'.split(
		' ',
	),
);
/** What an origin that cannot be reached looks like to visitors. */
const UNREACHABLE: OriginAnswer = { status: 522 };

/** Answers a request for a URL of the zone. */
export function answerVisit(zone: Zone, visit: Visit, { origin, now }: Surroundings): EdgeAnswer {
	const settings = cacheSettingsOf(zone, visit);
	if (!isEligible(zone, visit, settings, now)) return pass(origin(visit), 'DYNAMIC');
	return new CachedVisit(zone, visit, settings, { origin, now }).answer();
}

/** Whether the cache is asked at all. */
export function isEligible(zone: Zone, { method, path, query }: Visit, { cache }: CacheSettings, now: number): boolean {
	if (settingOf(zone, 'development_mode', now).value === 'on') return false;
	// A purge asks for what a GET has stored.
	if (!['GET', 'HEAD', 'PURGE'].includes(method)) return false;
	if (settingOf(zone, 'cache_level', now).value === 'basic' && query !== '') return false;
	return cache ?? CACHED_EXTENSIONS.has(extensionOf(path));
}

function extensionOf(path: string): string {
	return /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

function pass(answer: OriginAnswer | 'unreachable', cacheStatus: string): EdgeAnswer {
	return answer === 'unreachable' ? UNREACHABLE : { ...answer, cacheStatus };
}

/** One request that is eligible. */
class CachedVisit {
	private readonly zone: Zone;
	private readonly visit: Visit;
	private readonly settings: CacheSettings;
	private readonly surroundings: Surroundings;
	private readonly key: string;
	private readonly version: string;

	constructor(zone: Zone, visit: Visit, settings: CacheSettings, surroundings: Surroundings) {
		this.zone = zone;
		this.visit = visit;
		this.settings = settings;
		this.surroundings = surroundings;
		this.key = cacheKeyOf(zone, visit, settings, surroundings.now);
		this.version = versionOf(zone, visit, settings);
	}

	answer(): EdgeAnswer {
		const stored = this.zone.cache.find(this.key, this.version);
		if (stored === undefined) return this.fetchAnew('MISS');
		if (stored.mark === 'purged') return this.fetchAnew('EXPIRED');
		const isWithin = (seconds: number) => this.secondsSince(stored) < seconds;
		if (stored.mark === undefined && isWithin(stored.freshSeconds)) return this.serve(stored, 'HIT');
		const { freshSeconds, staleWhileRevalidateSeconds: window } = stored;
		const updates = window > 0 && (stored.mark === 'invalidated' || isWithin(freshSeconds + window));
		if (!updates || this.settings.serve_stale?.disable_stale_while_updating) return this.revalidate(stored);
		// The visitor is answered first. The check runs in the background.
		const answer = this.serve(stored, 'UPDATING');
		this.revalidate(stored);
		return answer;
	}

	private fetchAnew(cacheStatus: 'MISS' | 'EXPIRED'): EdgeAnswer {
		const answer = this.surroundings.origin(this.visit);
		if (answer === 'unreachable') return UNREACHABLE;
		return pass(answer, this.store(answer) ? cacheStatus : 'BYPASS');
	}

	/** Asks the origin about a stored answer that is not fresh any more. */
	private revalidate(stored: StoredAnswer): EdgeAnswer {
		const answer = this.surroundings.origin(this.visit);
		if (answer === 'unreachable') return this.serve(stored, 'STALE');
		if ((answer.status ?? 200) >= 500 && this.mayHideError(stored)) return this.serve(stored, 'STALE');
		if (!isUnchanged(stored.answer, answer)) return pass(answer, this.store(answer) ? 'EXPIRED' : 'BYPASS');
		// A 304 keeps the tags and the rest of what rules once set.
		stored.storedAt = this.surroundings.now;
		delete stored.mark;
		return pass(stored.answer, 'REVALIDATED');
	}

	private mayHideError(stored: StoredAnswer): boolean {
		const { freshSeconds, staleIfErrorSeconds: window, mark } = stored;
		return window > 0 && (mark === 'invalidated' || this.secondsSince(stored) < freshSeconds + window);
	}

	/** Stores an answer. Returns false where it must not be stored. */
	private store(given: OriginAnswer): boolean {
		const { zone, visit, settings, surroundings } = this;
		const { answer, tags } = applyResponseRules(zone, visit, given);
		const lifetime = bypassesVary(answer, settings) ? undefined : lifetimeOf(answer, settings, zone.plan);
		if (lifetime === undefined) return false;
		const { 'set-cookie': _, ...headers } = given.headers ?? {};
		const { host, path } = visit;
		const stored = { ...lifetime, host, path, tags, answer: { ...given, headers }, storedAt: surroundings.now };
		zone.cache.put(this.key, this.version, stored);
		return true;
	}

	private serve(stored: StoredAnswer, cacheStatus: string): EdgeAnswer {
		return { ...stored.answer, cacheStatus, ageSeconds: Math.floor(this.secondsSince(stored)) };
	}

	private secondsSince({ storedAt }: StoredAnswer): number {
		return (this.surroundings.now - storedAt) / 1000;
	}
}

function isUnchanged({ headers: old = {} }: OriginAnswer, { status = 200, headers: now = {} }: OriginAnswer): boolean {
	if (status !== 200) return false;
	if (old.etag !== undefined) return old.etag === now.etag;
	return old['last-modified'] !== undefined && old['last-modified'] === now['last-modified'];
}

/** Which of several answers under one key a visitor gets: by the formats of an image, and by headers that a rule names. */
function versionOf(zone: Zone, { path, headers }: Visit, { vary }: CacheSettings): string {
	const formats = Object(zone.settings.get('variants')?.value)[extensionOf(path)] as string[] | undefined;
	const accept = headers.accept ?? '';
	const named = Object.entries(vary?.headers ?? {}).filter(([, { action }]) => action !== 'bypass');
	return [
		formats?.find((format) => accept.includes(format)) ?? '',
		...named.map(([name]) => `${name.toLowerCase()}=${headers[name.toLowerCase()] ?? ''}`),
	].join(' ');
}

function bypassesVary({ headers }: OriginAnswer, { vary }: CacheSettings): boolean {
	const named = Object.entries(vary?.headers ?? {}).filter(([, { action }]) => action === 'bypass');
	const varied = String(headers?.vary ?? '').toLowerCase();
	return named.some(([name]) => varied.includes(name.toLowerCase()));
}
