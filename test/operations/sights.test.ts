/**
 * Both sights of every answer: some clients show their model only the text, and others only structuredContent. Each alone
 * must tell zone, effect, consequence, next step, and handle or code.
 */
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { needsConsent, needsZone, type Operation } from '../../src/operations/operation.js';
import { failure, startUpstream, success, withZone } from '../support/api.js';
import { exampleOf, prepareExample, RUNNABLE } from '../support/examples.js';
import { type Answer, openSession, types, ZONE, ZONE_ID } from '../support/session.js';

const changing = RUNNABLE.filter(({ danger }) => danger !== 'read');
const consenting = changing.filter((operation) => needsConsent(operation, operation.example));
const split = RUNNABLE.filter((operation) => operation.split !== undefined);

/** What a model sees that is shown the text alone, and one that is shown the structured content alone. */
function sightsOf({ text, structured }: Answer): Readonly<Record<string, string>> {
	const strings: string[] = [];
	JSON.stringify(structured, (_, value: unknown) => {
		if (typeof value === 'string') strings.push(value);
		return value;
	});
	return { text, structured: strings.join('\n') };
}

/** Expects each of these words in both sights. */
function expectBoth(answer: Answer, ...words: readonly (string | RegExp | undefined)[]): void {
	for (const [sight, seen] of Object.entries(sightsOf(answer)))
		for (const word of words) {
			expect(word, 'a word to look for').toBeDefined();
			if (typeof word === 'string') expect(seen, sight).toContain(word);
			else expect(seen, sight).toMatch(word ?? /^$/);
		}
}

/** Words that tell what became of the example of an operation. */
function effectOf({ name, danger }: Operation): RegExp {
	if (danger === 'read') return / is | are |: |\d|never/;
	if (/^(purge|invalidate)_/.test(name))
		return /^(Cloudflare accepted the (purge|invalidation) of|Purged|Invalidated)/m;
	if (name === 'cache_reserve_clear') return /clear .*(started|is running|In-progress)/i;
	return / → |unchanged|[Dd]eleted|^Set \d|\+ jpeg|now /m;
}

describe('The answer to the example', () => {
	test.for(RUNNABLE)('of $name that is done tells zone and effect in both sights', async (operation) => {
		const session = await openSession({ user: types(ZONE) });
		await prepareExample(operation, session);
		const answer = await session.call(operation.name, exampleOf(operation));
		expect(answer.structured?.status).toBe('done');
		expectBoth(answer, ZONE, effectOf(operation));
		if (needsZone(operation)) expect(answer.structured?.zone).toEqual({ id: ZONE_ID, name: ZONE });
		if (operation.danger !== 'read') expectBoth(answer, String(answer.structured?.cf_ray));
	});

	test.for(changing)('of $name as a dry run tells zone, plan and that nothing was changed', async (operation) => {
		const session = await openSession();
		await prepareExample(operation, session);
		const answer = await session.call(operation.name, { ...exampleOf(operation), dry_run: true });
		const { method, path } = (answer.structured?.plan ?? {}) as { method?: string; path?: string };
		expect(answer.structured?.status).toBe('dry_run');
		expectBoth(answer, 'Dry run: nothing was changed.', ZONE, `${method} ${path}`);
		if (needsConsent(operation, operation.example)) {
			expect(answer.structured?.consequence).toContain(ZONE);
			expectBoth(answer, String(answer.structured?.consequence));
		}
	});

	test.for(consenting)('of $name that needs consent tells consequence, next step and code', async (operation) => {
		const session = await openSession();
		await prepareExample(operation, session);
		const before = session.changes().length;
		const answer = await session.call(operation.name, exampleOf(operation));
		const { consequence, confirm, expires_at, plan } = answer.structured ?? {};
		expect(answer.structured?.status).toBe('confirmation_required');
		expect(consequence).toContain(ZONE);
		expectBoth(
			answer,
			consequence as string,
			'Nothing was changed yet.',
			'Go on only if the user asked for exactly this, or agrees now',
			confirm as string,
			expires_at as string,
			(plan as { path: string } | undefined)?.path,
		);
		expect(session.changes()).toHaveLength(before);
	});

	test('that whole hosts are purged of needs consent in both sights', async () => {
		const { call } = await openSession();
		const answer = await call('purge_cache', { zone: ZONE, hosts: ['www.example.com'] });
		expect(answer.structured?.status).toBe('confirmation_required');
		expectBoth(answer, 'www.example.com', 'Nothing was changed yet.', answer.structured?.confirm as string);
	});
});

/** More items than a request carries, for each list argument that the examples use. */
const LISTS: Readonly<Record<string, unknown[]>> = {
	tags: Array.from({ length: 250 }, (_, at) => `tag-${at}`),
	mappings: Array.from({ length: 250 }, (_, at) => ({ origin_ip: `10.0.0.${at}`, vendor: 'aws', region: 'us-east-1' })),
	origin_ips: Array.from({ length: 250 }, (_, at) => `10.0.0.${at}`),
};

/** A call of three requests whose second one is refused. */
async function callHalfWay(operation: Operation) {
	const list = Object.keys(operation.example).find((name) => name in LISTS) ?? '';
	let sent = 0;
	const upstream = await startUpstream(
		withZone(({ method }) => {
			if (method === 'GET') return success([]);
			sent += 1;
			if (sent === 2) return failure(400, { code: 1146, message: 'No' });
			const items = (LISTS[list] ?? []).slice((sent - 1) * 100, sent * 100);
			const rows = items.map((item) => (typeof item === 'string' ? { origin_ip: item } : item));
			return list === 'tags' ? success({ id: ZONE_ID }) : success({ succeeded: rows, failed: [] });
		}),
	);
	const session = await openSession({
		upstream: upstream.url,
		flags: ['--retries', '0', '--dangerously-skip-confirmation'],
	});
	const args = { ...exampleOf(operation), zone: ZONE_ID, [list]: LISTS[list] };
	return { ...session, list, answer: await session.call(operation.name, args) };
}

describe('A call of several requests that ends half way', () => {
	test.for(split)('of $name tells what was done, what was not, why and how to finish it', async (operation) => {
		const { answer, list } = await callHalfWay(operation);
		expect(answer.structured).toMatchObject({ status: 'partial', zone: { name: ZONE } });
		expect(answer.isError).toBe(true);
		const { [list]: left } = (answer.structured?.remaining ?? {}) as Record<string, number>;
		expect(left).toBeGreaterThanOrEqual(100);
		expectBoth(answer, ZONE, `Not done: ${left} `, 'Cloudflare said: "No"');
		if (operation.repeatable) expectBoth(answer, `call purge_resume with resume: ${answer.structured?.resume}`);
		else expectBoth(answer, 'To finish, repeat the call with all items');
	});

	test('of purge_resume does so too', async () => {
		const purge = OPERATIONS.find(({ name }) => name === 'purge_cache') as Operation;
		const { call, answer } = await callHalfWay(purge);
		const resumed = await call('purge_resume', { resume: answer.structured?.resume });
		expect(resumed.structured?.status).toBe('done');
		expectBoth(resumed, ZONE, effectOf(purge), String(resumed.structured?.cf_ray));
	});
});
