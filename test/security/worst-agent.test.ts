/** The most that an agent can do under the flags of each row of the README's table: it tries every tool, on every zone, in every way. */
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { needsZone, type Operation } from '../../src/operations/operation.js';
import type { SeenRequest } from '../../src/sandbox/server.js';
import { createVirtualClock } from '../support/clock.js';
import type { Answer } from '../support/raw.js';
import { EXAMPLE_COM, STAGING } from '../support/sandbox.js';
import { openSession, types, type User, ZONE } from '../support/session.js';
import { isDestructive, ZONE_IDS } from './effects.js';

const ZONES = Object.keys(ZONE_IDS);
const FOREIGN = ZONES.filter((name) => name !== ZONE);
const MAPPING = { origin_ip: '192.0.2.77', vendor: 'aws', region: 'us-east-1' };

/** What a purge or an invalidation can select, from one page to whole hosts. */
const selections = (name: string) => [
	{ urls: [`https://www.${name}/a`] },
	{ tags: ['a'] },
	{ prefixes: [`www.${name}/a`] },
	{ hosts: [`www.${name}`] },
	{ prefixes: [name] },
];

/** Arguments of a tool for a zone. The zone is named by its name and by its id. */
function argumentsOf(operation: Operation, name: string): Record<string, unknown>[] {
	const takesZone = needsZone(operation) || operation.run !== undefined;
	const example = JSON.parse(JSON.stringify(operation.example).replaceAll(ZONE, name)) as Record<string, unknown>;
	const given = {
		...example,
		...('environment_id' in example && { environment_id: STAGING }),
		...('origin_ip' in example && { origin_ip: MAPPING.origin_ip }),
	};
	const { urls: _, files: __, tags: ___, hosts: ____, prefixes: _____, ...bare } = given as Record<string, unknown>;
	const variants =
		operation.split && operation.repeatable ? selections(name).map((one) => ({ ...bare, ...one })) : [given];
	return variants.flatMap((args) => (takesZone ? [name, ZONE_IDS[name]].map((zone) => ({ ...args, zone })) : [args]));
}

/** A call that was made, with the answer to it. */
interface Attempt extends Answer {
	readonly operation: Operation;
	readonly name: string;
}

/** Opens a session whose clock moves on by 11 minutes before each call, so that a declined form does not block the next one. */
async function openAgent(flags: string, user?: User) {
	const clock = createVirtualClock();
	const session = await openSession({ flags: flags.split(' ').filter(Boolean), clock, ...(user && { user }) });
	const call = (tool: string, args: Record<string, unknown>) => {
		clock.advance(11 * 60_000);
		return session.call(tool, args);
	};
	return { ...session, call, callAtOnce: session.call };
}

/** Makes every call, with every proof of consent that an agent could make up, and repeats each code that it gets. */
async function tryEverything(
	{ call, callAtOnce }: Pick<Awaited<ReturnType<typeof openAgent>>, 'call' | 'callAtOnce'>,
	{ repeatsCodes = true } = {},
): Promise<Attempt[]> {
	const attempts: Attempt[] = [];
	for (const name of ZONES)
		for (const operation of OPERATIONS)
			for (const args of argumentsOf(operation, name))
				for (const proof of [{}, { confirm: name }, { confirm: 'yes' }])
					if (!('confirm' in proof) || 'confirm' in operation.input.shape) {
						const answer = await call(operation.name, { ...args, ...proof });
						attempts.push({ operation, name, ...answer });
						const confirm = answer.structured?.confirm;
						if (repeatsCodes && confirm !== undefined)
							attempts.push({ operation, name, ...(await callAtOnce(operation.name, { ...args, confirm })) });
					}
	return attempts;
}

const worked = (attempts: readonly Attempt[], name = ZONE) =>
	new Set(attempts.filter((one) => !one.isError && one.name === name).map(({ operation }) => operation.name));
const READS = OPERATIONS.filter(({ danger }) => danger === 'read').map(({ name }) => name);

const isRead = (name: string) => READS.includes(name);
/** The kinds of items of the purges or invalidations among some requests. */
const kindsOf = (requests: readonly SeenRequest[], path: string) =>
	new Set(requests.filter((one) => one.path.endsWith(path)).flatMap(({ body }) => Object.keys(body as object)));
const foreignRequests = (requests: readonly SeenRequest[]) =>
	requests.filter(({ path }) => FOREIGN.some((name) => path.includes(ZONE_IDS[name] ?? '')));

describe('The worst agent', () => {
	test('under --read-only reads settings and zone names, and changes nothing', async () => {
		const session = await openAgent('--read-only');
		const attempts = await tryEverything(session);
		expect([...worked(attempts)].filter((name) => !isRead(name))).toEqual([]);
		for (const name of ZONES) expect(worked(attempts, name)).toContain('tiered_cache_get');
		const { text } = await session.call('zones_list', {});
		for (const name of ZONES) expect(text).toContain(name);
		expect(session.changes()).toEqual([]);
	});

	test('under --read-only --zones example.com reads that zone, changes nothing and reads no other zone', async () => {
		const session = await openAgent('--read-only --zones example.com');
		const attempts = await tryEverything(session);
		expect(worked(attempts)).toContain('cache_overview');
		expect([...worked(attempts)].filter((name) => !isRead(name))).toEqual([]);
		for (const name of FOREIGN) expect([...worked(attempts, name)]).toEqual(['zones_list']);
		for (const { operation, text } of attempts)
			if (operation.name === 'zones_list') for (const name of FOREIGN) expect(text).not.toContain(name);
		expect(foreignRequests(session.requests)).toEqual([]);
		expect(session.changes()).toEqual([]);
	});

	test('under --toolsets purge --zones example.com --confirm block purges and invalidates chosen content by URL, tag and path only', async () => {
		const session = await openAgent('--toolsets purge --zones example.com --confirm block', types(ZONE));
		await tryEverything(session);
		const changes = session.changes();
		for (const path of ['/purge_cache', '/invalidate_cache'])
			expect(kindsOf(changes, path)).toEqual(new Set(['files', 'tags', 'prefixes']));
		expect(changes.filter(isDestructive)).toEqual([]);
		expect(changes.filter(({ path }) => !/\/(?:purge|invalidate)_cache$/.test(path))).toEqual([]);
		expect(foreignRequests(session.requests)).toEqual([]);
		// The zone, its environments by name, and its custom hostnames: none of them is a setting.
		const looked = session.requests.filter(({ method }) => method === 'GET').map(({ path }) => path);
		const own = ['', '/environments', '/custom_hostnames'].map((rest) => `/zones/${EXAMPLE_COM}${rest}`);
		expect([...new Set(looked)].filter((path) => path !== '/zones' && !own.includes(path))).toEqual([]);
		expect(session.forms).toEqual([]);
	});

	test('under --zones example.com in a client with forms does without its user what needs no consent, in that zone', async () => {
		const session = await openAgent('--zones example.com', () => ({ action: 'decline' }));
		await tryEverything(session);
		const changes = session.changes();
		expect(kindsOf(changes, '/purge_cache')).toEqual(new Set(['files', 'tags', 'prefixes']));
		expect(changes.some(({ method, path }) => method === 'PATCH' && path.endsWith('/cache_reserve'))).toBe(true);
		expect(changes.some(({ method, path }) => method === 'PUT' && path.endsWith('/batch'))).toBe(true);
		const one = `/cloud_regions/${MAPPING.origin_ip}`;
		expect(changes.some(({ method, path }) => method === 'DELETE' && path.endsWith(one))).toBe(true);
		expect(changes.filter(isDestructive)).toEqual([]);
		expect(foreignRequests(session.requests)).toEqual([]);
		expect(session.forms.length).toBeGreaterThan(5);
	});

	test('under --zones example.com runs a destructive tool, or purges a whole host, after the user typed the zone name', async () => {
		const session = await openAgent('--zones example.com', types(ZONE));
		await tryEverything(session);
		const done = session.changes().filter(isDestructive);
		expect(done.length).toBe(session.forms.length);
		expect(kindsOf(done, '/purge_cache')).toEqual(new Set(['hosts', 'prefixes', 'purge_everything']));
		expect(foreignRequests(session.requests)).toEqual([]);
	});

	test.for(['--confirm code', ''])(
		'without forms ("%s") repeats a code for what was shown, and runs nothing in a single step or with other arguments',
		async (flags) => {
			const session = await openAgent(flags, flags === '' ? undefined : types(ZONE));
			const attempts = await tryEverything(session, { repeatsCodes: false });
			expect(session.changes().filter(isDestructive)).toEqual([]);
			expect(session.forms).toEqual([]);
			const asked = attempts.find(
				({ operation, structured }) => operation.name === 'purge_everything' && structured?.confirm !== undefined,
			);
			const { confirm } = asked?.structured ?? {};
			for (const [tool, args] of [
				['purge_everything', { zone: FOREIGN[0] }],
				['invalidate_everything', { zone: ZONE }],
				['purge_cache', { zone: ZONE, hosts: [ZONE] }],
			] as const)
				expect((await session.call(tool, { ...args, confirm })).text).toContain('not issued for exactly this call');
			expect(session.changes().filter(isDestructive)).toEqual([]);
			const { structured } = await session.callAtOnce('purge_everything', { zone: ZONE });
			const done = await session.callAtOnce('purge_everything', { zone: ZONE, confirm: structured?.confirm });
			expect(done.structured?.status, done.text).toBe('done');
			expect(session.changes().filter(isDestructive)).toHaveLength(1);
		},
	);

	test('under --dangerously-skip-confirmation does anything, unasked', async () => {
		const session = await openAgent('--dangerously-skip-confirmation', () => ({ action: 'decline' }));
		const attempts = await tryEverything(session);
		// The other calls have turned Cache Reserve on, and it cannot be cleared then.
		await session.call('cache_reserve_edit', { zone: ZONE, value: 'off' });
		const cleared = await session.call('cache_reserve_clear', { zone: ZONE });
		const done = new Set([...worked(attempts), ...(cleared.isError ? [] : ['cache_reserve_clear'])]);
		for (const { name, danger } of OPERATIONS) if (danger === 'destroy') expect(done).toContain(name);
		expect(session.forms).toEqual([]);
		expect(foreignRequests(session.changes()).length).toBeGreaterThan(0);
	});
});
