/** --zones is one rule: a zone is touched, listed and named either in every way or in none. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failure, type Reply, startUpstream, success } from '../support/api.js';
import { type Answer, openSession } from '../support/session.js';

/** The zones that the token sees. The API gives names of international zones in Unicode. */
const WORLD = [
	['example.com', 'a'],
	['shop.example.com', 'b'],
	['example.net', 'c'],
	['münchen.example', 'd'],
	['twice.example', 'e'],
	['twice.example', 'f'],
].map(([name = '', digit = '']) => ({
	id: digit.repeat(32),
	name,
	plan: { legacy_id: 'pro' },
	account: { id: digit.repeat(32), name: `Account ${digit}` },
	status: 'active',
	paused: false,
}));
const ASCII: Readonly<Record<string, string>> = { 'münchen.example': 'xn--mnchen-3ya.example' };
const asciiOf = (name: string) => ASCII[name] ?? name;
const MISSING = '9'.repeat(32);
const REFUSED = 'is not one of the zones that this server may touch (--zones)';

/** Answers look-ups and lists of zones, and the setting of Tiered Cache, as Cloudflare does. */
function answer(target: string): Reply {
	const { pathname, searchParams } = new URL(target, 'http://localhost');
	const [, , id, ...rest] = pathname.split('/');
	if (id === undefined) return listOf(searchParams.get('name') ?? 'contains:');
	const zone = WORLD.find((one) => one.id === id);
	if (!zone) return failure(403, { code: 9109, message: 'Unauthorized' });
	return success(rest.length === 0 ? zone : { id: 'tiered_caching', value: 'on' });
}

function listOf(name: string): Reply {
	const found = WORLD.filter((zone) =>
		name.startsWith('contains:') ? zone.name.includes(name.slice(9)) : asciiOf(zone.name) === name,
	);
	const counters = { page: 1, per_page: 50, count: found.length, total_count: found.length, total_pages: 1 };
	return success(found, { result_info: counters });
}

/** The id of the zone that an answer is about. */
const idOf = ({ structured }: Answer) => (structured?.zone as { id: string } | undefined)?.id;

async function open(entries: readonly string[]) {
	const upstream = await startUpstream(({ target }) => answer(target));
	return {
		...(await openSession({ raw: true, upstream: upstream.url, flags: ['--zones', entries.join()] })),
		upstream,
	};
}

const zoneEntry = fc.oneof(
	fc.constantFrom(...WORLD).chain(({ name, id }) => fc.constantFrom(name, asciiOf(name), id, `${name}=${id}`)),
	fc.constantFrom('www.example.com', 'gone.shop.example.com', 'old.example', MISSING),
);

test('a zone is accepted by its name exactly where it is accepted by its id, and where zones_list shows it', async () => {
	const property = fc.asyncProperty(fc.uniqueArray(zoneEntry, { minLength: 1, maxLength: 4 }), async (entries) => {
		const { call, close, upstream } = await open(entries);
		const { structured } = await call('zones_list');
		const listed = ((structured?.result ?? []) as { id: string }[]).map(({ id }) => id);
		for (const { id, name } of WORLD) {
			const byId = !(await call('tiered_cache_get', { zone: id })).isError;
			expect(byId, `${name} by its id, under ${entries}`).toBe(listed.includes(id));
			const answered = idOf(await call('tiered_cache_get', { zone: name }));
			if (name !== 'twice.example') expect(answered === id, `${name}, under ${entries}`).toBe(byId);
			else if (answered) expect(listed).toContain(answered);
		}
		expect(upstream.changes()).toEqual([]);
		await close();
	});
	await fc.assert(property, { numRuns: 60, seed: 20_261_126 });
});

describe('An entry of --zones', () => {
	test.each(['www.example.com', 'gone.shop.example.com'])(
		'%s, which is no zone, admits neither the zone above it nor anything else',
		async (entry) => {
			const { call, upstream } = await open([entry]);
			for (const { id, name } of WORLD)
				for (const zone of [id, name]) {
					const { text, isError } = await call('purge_cache', { zone, tags: ['a'] });
					expect(isError, text).toBe(true);
					expect(text).toContain(REFUSED);
				}
			expect((await call('purge_cache', { zone: entry, tags: ['a'] })).text).toContain(`No zone "${entry}" was found`);
			expect(upstream.changes()).toEqual([]);
		},
	);

	test('that is the id of a zone whose name another zone has admits the one of that id by its name', async () => {
		const { call, upstream } = await open(['e'.repeat(32)]);
		expect(idOf(await call('tiered_cache_get', { zone: 'www.twice.example' }))).toBe('e'.repeat(32));
		expect(upstream.requests.filter(({ target }) => target.includes('f'.repeat(32)))).toEqual([]);
	});

	test('that two zones have as their name is refused with the advice to pin one', async () => {
		const { call } = await open(['twice.example']);
		const { text, isError } = await call('tiered_cache_get', { zone: 'twice.example' });
		expect(isError).toBe(true);
		expect(text).toContain('2 zones are named "twice.example"');
		expect(text).toContain('Ask the operator to pin the zone that is meant: --zones twice.example=ID.');
	});

	test.each(['münchen.example', 'xn--mnchen-3ya.example'])(
		'%s admits the zone in either form of its name',
		async (entry) => {
			const { call } = await open([entry]);
			for (const zone of ['münchen.example', 'mu\u0308nchen.example', 'xn--mnchen-3ya.example', 'www.MÜNCHEN.example'])
				expect(idOf(await call('tiered_cache_get', { zone })), zone).toBe('d'.repeat(32));
			expect((await call('zones_list')).structured?.result).toMatchObject([{ id: 'd'.repeat(32) }]);
		},
	);

	test('that cannot be looked up does not hide the others', async () => {
		const { call } = await open([MISSING, 'example.net']);
		expect((await call('tiered_cache_get', { zone: 'c'.repeat(32) })).isError).toBe(false);
		expect((await call('zones_list')).structured?.result).toMatchObject([{ name: 'example.net' }]);
	});
});

describe('Under --zones, a zone outside', () => {
	test.each([['example.com'], ['a'.repeat(32)], [`example.com=${'a'.repeat(32)}`], ['example.com', 'c'.repeat(32)]])(
		'gets the same refusal whether it exists or not, with the entries %s',
		async (...entries) => {
			const { call } = await open(entries);
			const refusalOf = async (zone: string) => (await call('tiered_cache_get', { zone })).text.replace(zone, 'X');
			for (const [real, invented] of [
				['xn--mnchen-3ya.example', 'nowhere.example'],
				['d'.repeat(32), MISSING],
				['www.twice.example', 'www.nowhere.example'],
			] as const) {
				expect(await refusalOf(real)).toContain(REFUSED);
				expect(await refusalOf(real)).toBe(await refusalOf(invented));
			}
		},
	);

	test('that has the same name as others below an allowed zone is not told apart', async () => {
		const twins = [0, 1].map((at) => ({ ...WORLD[0], id: String(at).repeat(32), name: 'twin.example.com' }));
		const upstream = await startUpstream(({ target }) =>
			target.endsWith('name=twin.example.com') ? success(twins) : answer(target),
		);
		const { call } = await openSession({ upstream: upstream.url, flags: ['--zones', 'example.com'] });
		const { text } = await call('tiered_cache_get', { zone: 'twin.example.com' });
		expect(text).toContain(REFUSED);
		expect(text).not.toContain('Account');
	});

	test.each([{}, { name: 'example' }, { name: 'twice' }, { name: 'shop' }, { page: 2 }, { page: 99 }])(
		'leaves no trace in the rows, counters or requests of zones_list %j',
		async (args) => {
			const { call, upstream } = await open(['example.com', 'c'.repeat(32)]);
			const { text, structured } = await call('zones_list', args);
			const { name = '', page = 1 } = args as { name?: string; page?: number };
			const matching = ['example.com', 'example.net'].filter((one) => one.includes(name));
			const rows = page === 1 ? matching : [];
			expect(((structured?.result ?? []) as { name: string }[]).map((one) => one.name)).toEqual(rows);
			const counters = { page, per_page: 50, count: rows.length, total_count: matching.length, total_pages: 1 };
			expect(structured?.result_info).toEqual(counters);
			expect(text).not.toMatch(/shop|twice|münchen/);
			for (const { target } of upstream.requests)
				expect(['/zones?name=example.com', `/zones/${'c'.repeat(32)}`]).toContain(target);
		},
	);
});

test('zones_list under --zones shows no zone that an answer gives in place of the one that was asked for', async () => {
	const upstream = await startUpstream(({ target }) => success(target.startsWith('/zones?') ? [WORLD[3]] : WORLD[3]));
	const { call } = await openSession({ upstream: upstream.url, flags: ['--zones', `example.com,${'c'.repeat(32)}`] });
	const { text, structured } = await call('zones_list');
	expect(structured).toMatchObject({ status: 'done', result: [] });
	expect(text).not.toContain('chen');
});

test('zones_list under --zones has pages of 50 zones', async () => {
	const many = Array.from({ length: 60 }, (_, at) => `z${at}.example`);
	const upstream = await startUpstream(({ target }) => {
		const name = new URL(target, 'http://localhost').searchParams.get('name') ?? '';
		return success([{ ...WORLD[0], id: String(many.indexOf(name)).padStart(32, '0'), name }]);
	});
	const { call } = await openSession({ upstream: upstream.url, flags: ['--zones', many.join()] });
	expect((await call('zones_list')).text).toMatch(/^60 zones, page 1 of 2; next: page 2\n/);
	const { structured } = await call('zones_list', { page: 2 });
	expect(structured?.result).toHaveLength(10);
});

test('cache_overview reads the zone itself, which no list need have on its first page', async () => {
	const paused = { ...WORLD[0], paused: true };
	const upstream = await startUpstream(({ target }) => {
		if (target === `/zones/${'a'.repeat(32)}`) return success(paused);
		return target === '/zones?name=example.com'
			? success([paused])
			: failure(404, { code: 1142, message: 'Unable to retrieve the setting' });
	});
	const { call } = await openSession({ upstream: upstream.url });
	expect((await call('cache_overview', { zone: 'example.com' })).text).toContain('paused: nothing is cached');
});
