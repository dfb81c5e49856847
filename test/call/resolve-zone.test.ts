/** A mistyped zone gets the name of a visible one that is spelled alike, and the read for it never fails the call. */
import { describe, expect, test } from 'vitest';
import { failure, type Reply, type Step, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { openSession, ZONE } from '../support/session.js';

const LIST = '/zones?per_page=50';
const UNKNOWN = 'it does not exist, or this token cannot see it (both look the same).';

/** Calls a tool for a zone name that is not found, with `list` as the answer to the list of zones. */
async function callFor(zone: string, list: Step) {
	const upstream = await startUpstream(({ target }) => (target === LIST ? list : success([])));
	const clock = createVirtualClock(({ path }) => list === 'hang' && path.endsWith(LIST));
	const { call } = await openSession({ upstream: upstream.url, clock, flags: ['--retries', '0'] });
	const { text, isError } = await call('purge_cache', { zone, tags: ['a'] });
	return { lines: text.split('\n'), isError, upstream };
}

describe('A zone that is not found', () => {
	test.each([
		['exmaple.com', 'example.com'],
		['example.co', 'example.com'],
		['www.exmaple.com', 'example.com'],
		['https://exampel.net/path', 'example.net'],
	])('%s gets the question for %s', async (zone, meant) => {
		const { call, changes } = await openSession();
		const { text } = await call('purge_cache', { zone, tags: ['a'] });
		expect(text.split('\n')[0]).toContain(`${UNKNOWN} Did you mean "${meant}"?`);
		expect(changes()).toEqual([]);
	});

	test.each(['nowhere.test', 'examples-of-all.com'])(
		'%s gets no question: no visible name is within two letters',
		async (zone) => {
			const { call } = await openSession();
			const { text } = await call('purge_cache', { zone, tags: ['a'] });
			expect(text.split('\n')[0]?.endsWith(UNKNOWN)).toBe(true);
		},
	);

	test('costs one read of one page for the question', async () => {
		const { upstream } = await callFor('exmaple.com', success([ZONE_FACTS]));
		expect(upstream.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
			'GET /zones?name=exmaple.com',
			`GET ${LIST}`,
		]);
	});

	test.each<[string, Reply | 'break' | 'hang']>([
		['is refused', failure(403, { code: 10000, message: 'Authentication error' })],
		['breaks', 'break'],
		['gets no answer', 'hang'],
		['has another form', success({ name: ZONE })],
	])('gets the same error when the read %s', async (_, list) => {
		const { lines, isError } = await callFor('exmaple.com', list);
		expect(isError).toBe(true);
		expect(lines).toEqual([
			`No zone "exmaple.com" was found: ${UNKNOWN}`,
			'Nothing was changed.',
			'Give the name as zones_list shows it, or the 32-hex zone id.',
		]);
	});

	test('gets no question for an id', async () => {
		const { call, requests } = await openSession();
		await call('purge_cache', { zone: 'a'.repeat(32), tags: ['a'] });
		expect(requests.filter(({ path }) => path === '/zones')).toEqual([]);
	});
});

describe('A zone outside --zones', () => {
	test('gets the question for an entry, without any request', async () => {
		const { call, requests } = await openSession({ flags: ['--zones', 'example.com'] });
		const { text } = await call('purge_cache', { zone: 'exmaple.com', tags: ['a'] });
		expect(text).toContain('(--zones): example.com. Did you mean "example.com"?');
		expect(requests).toEqual([]);
	});

	test('never gets the question for a zone that is no entry', async () => {
		const { call, requests } = await openSession({ flags: ['--zones', 'example.net'] });
		const { text } = await call('purge_cache', { zone: 'exmaple.com', tags: ['a'] });
		expect(text).not.toContain('Did you mean');
		expect(requests).toEqual([]);
	});

	test('that is an entry but not visible gets no question and no list is read', async () => {
		const { call, requests } = await openSession({ flags: ['--zones', 'exmaple.com'] });
		const { text } = await call('purge_cache', { zone: 'exmaple.com', tags: ['a'] });
		expect(text).not.toContain('Did you mean');
		expect(requests.map(({ path, query }) => path + query)).toEqual(['/zonesname=exmaple.com']);
	});
});
