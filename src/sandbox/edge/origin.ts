/** Answers in place of the origin servers of the sandbox's zones. */
import { createHash } from 'node:crypto';
import type { Visit } from './visit.js';

/** An answer of an origin. */
export interface OriginAnswer {
	/** 200 when absent. */
	status?: number;
	/** By name in lower case. */
	headers?: Record<string, string | string[]>;
	/** How long the body claims to be, where that is more than the few bytes that it has. */
	contentLength?: number;
}

/** An origin server. `unreachable`: no connection to it can be made. */
export type Origin = (visit: Visit) => OriginAnswer | 'unreachable';

const PUBLISHED = 'Sun, 01 Mar 2026 12:00:00 GMT';

/** What the origin of a fresh sandbox serves, by the last part of the path; other paths have an ETag and no Cache-Control. */
const PAGES: Record<string, OriginAnswer> = {
	'no-store.js': { headers: { 'cache-control': 'no-store' } },
	'private.js': { headers: { 'cache-control': 'private, max-age=60' } },
	'login.js': { headers: { 'set-cookie': ['session=simulated; HttpOnly'] } },
	'always-check.js': { headers: { 'cache-control': 'public, max-age=0, must-revalidate' } },
	'stale-while-revalidate.js': { headers: { 'cache-control': 'max-age=60, stale-while-revalidate=3600' } },
	'vary-all.js': { headers: { vary: '*' } },
	'moved.js': { status: 302, headers: { location: 'https://elsewhere.example/app.js' } },
	'missing.js': { status: 404 },
	'fails.js': { status: 503 },
};

/** The origin of a fresh sandbox. */
export const startOrigin: Origin = ({ path, query }) => {
	const { status = 200, headers = {} } = PAGES[path.slice(path.lastIndexOf('/') + 1)] ?? {};
	const etag = `"${createHash('sha256').update(`${path}${query}`).digest('hex').slice(0, 12)}"`;
	return { status, headers: { ...(status === 200 && { etag, 'last-modified': PUBLISHED }), ...headers } };
};
