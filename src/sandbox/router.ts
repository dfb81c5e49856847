/** Finds the operation of a request's method and path. */
import type { Route } from './call.js';
import { noRoute } from './failures.js';
import { ROUTES } from './routes.js';

/** The path of the API root. */
export const BASE = '/client/v4';

/** An operation, with the decoded values of its path. */
interface Match {
	route: Route;
	parameters: Record<string, string>;
}

interface Candidate extends Match {
	method: string;
}

/**
 * Returns the operation. Throws 7003 when there is none. Dots are not resolved, and each segment is decoded on its own, so
 * that an encoded slash stays inside its segment.
 */
export function findRoute(method: string, path: string): Match {
	const segments = decodeSegments(path);
	const candidates = segments === undefined ? [] : findCandidates(segments);
	const fewest = Math.min(...candidates.map(countParameters));
	const match = candidates.find((one) => one.method === method && countParameters(one) === fewest);
	const zone = match?.parameters.zone_id;
	if (match === undefined || (zone !== undefined && !/^[0-9a-f]{32}$/.test(zone))) throw noRoute(path);
	return match;
}

/** The path with the fewest parameters wins: `batch` is never taken for an origin_ip, whatever the method. */
function countParameters({ parameters }: Match): number {
	return Object.keys(parameters).length;
}

function decodeSegments(path: string): string[] | undefined {
	if (!path.startsWith(`${BASE}/`)) return undefined;
	try {
		const segments = path.slice(BASE.length + 1).split('/');
		return segments.map(decodeURIComponent);
	} catch {
		return undefined;
	}
}

function findCandidates(segments: string[]): Candidate[] {
	const found: Candidate[] = [];
	for (const [key, route] of Object.entries(ROUTES)) {
		const [method = '', pattern = ''] = key.split(' ');
		const parameters = matchPattern(pattern.slice(1).split('/'), segments);
		if (parameters !== undefined) found.push({ method, route, parameters });
	}
	return found;
}

function matchPattern(pattern: string[], segments: string[]): Record<string, string> | undefined {
	if (pattern.length !== segments.length) return undefined;
	const parameters: Record<string, string> = {};
	for (const [at, expected] of pattern.entries()) {
		const segment = segments[at] ?? '';
		if (!expected.startsWith('{')) {
			if (segment !== expected) return undefined;
		} else if (segment === '' || segment === '.' || segment === '..') return undefined;
		else parameters[expected.slice(1, -1)] = segment;
	}
	return parameters;
}
