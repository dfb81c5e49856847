/** Routes: an argument becomes one segment of the path, and never changes its shape. */
import { describe, expect, test } from 'vitest';
import { fillRoute } from '../../../src/call/plan/route.js';

const ZONE = { id: '023e105f4ecef8ad9ca31a8372d0c353', name: 'example.com', plan: 'pro' };
const ROUTE = 'POST /zones/{zone_id}[/environments/{environment_id}]/purge_cache';

describe('fillRoute', () => {
	test('leaves out an optional part whose argument is absent, and returns the other arguments', () => {
		expect(fillRoute(ROUTE, { tags: ['a'] }, ZONE)).toEqual({
			method: 'POST',
			path: `/zones/${ZONE.id}/purge_cache`,
			query: {},
			rest: { tags: ['a'] },
		});
	});

	test('takes the arguments of the path out of the others', () => {
		const { path, rest } = fillRoute(ROUTE, { environment_id: 'e1', tags: undefined }, ZONE);
		expect(path).toBe(`/zones/${ZONE.id}/environments/e1/purge_cache`);
		expect(rest).toEqual({});
	});

	test('reads the query of a route', () => {
		const { path, query } = fillRoute('GET /zones?per_page=50', { name: 'example.com' }, undefined);
		expect([path, query]).toEqual(['/zones', { per_page: '50' }]);
	});

	test.for([
		['a/b', 'a%2Fb'],
		['../x', '..%2Fx'],
		['a?b#c', 'a%3Fb%23c'],
		['%2e%2e', '%252e%252e'],
	] as const)('encodes %s as the one segment %s', ([value, segment]) => {
		expect(fillRoute('GET /origins/{ip}', { ip: value }, undefined).path).toBe(`/origins/${segment}`);
	});

	test.for(['', '.', '..', 7, null, undefined, ['a']])('throws on %j as a segment', (ip) => {
		expect(() => fillRoute('GET /origins/{ip}', { ip }, undefined)).toThrow('path argument ip is not a usable segment');
	});

	test('throws when a route needs a zone and there is none', () => {
		expect(() => fillRoute(ROUTE, {}, undefined)).toThrow('path argument zone_id is not a usable segment');
	});
});
