/** Tests faults and latency: what a client meets, and what the sandbox reports as applied. */
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { FaultKind } from '../../src/sandbox/faults.js';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/server.js';
import { EXAMPLE_COM, openSandbox, send, TOKEN } from '../support/sandbox.js';

const RESERVE = `/zones/${EXAMPLE_COM}/cache/cache_reserve`;
const PURGE = `/zones/${EXAMPLE_COM}/purge_cache`;

interface Met {
	/** Absent when the connection ended before the status line. */
	status?: number;
	headers?: Record<string, unknown>;
	text: string;
	/** Whether all of the announced body came. */
	whole: boolean;
}

/** Starts a sandbox; `report` gives the status and the effect of each request it has answered. */
async function begin(options: SandboxOptions) {
	const sandbox = await openSandbox(options);
	const { requests } = sandbox;
	return { sandbox, requests, report: () => requests.map(({ status, applied }) => [status, applied]) };
}

interface Manner {
	method?: string;
	/** Called once the sandbox has the request. */
	arrived?: (leave: () => void) => void;
}

/** Sends one request, and returns what comes back. */
function meet(sandbox: Sandbox, path: string, body: unknown, { method = 'POST', arrived }: Manner = {}): Promise<Met> {
	const usual = { authorization: `Bearer ${TOKEN}`, 'user-agent': 'test', 'content-type': 'application/json' };
	const headers = arrived === undefined ? usual : { ...usual, expect: '100-continue' };
	return new Promise((resolve) => {
		const options = { port: sandbox.port, method, path: `/client/v4${path}`, headers, agent: false };
		const outgoing = request(options, (answer) => {
			let text = '';
			answer.setEncoding('utf8').on('data', (chunk: string) => {
				text += chunk;
			});
			answer
				.on('error', () => undefined)
				.on('close', () => {
					resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, whole: answer.complete });
				});
		});
		outgoing.on('error', () => resolve({ text: '', whole: false }));
		if (arrived !== undefined) outgoing.on('continue', () => arrived(() => outgoing.destroy()));
		outgoing.end(JSON.stringify(body));
	});
}

const purge = (sandbox: Sandbox, arrived?: Manner['arrived']) =>
	meet(sandbox, PURGE, { tags: ['a'] }, arrived === undefined ? {} : { arrived });
const leaveAtOnce = (leave: () => void) => leave();
const always = (kind: FaultKind, seed = 1) => ({ faults: { rate: 1, seed, kinds: [kind] } });
const seeds = Array.from({ length: 24 }, (_, seed) => seed);

/** Sends a purge under each of many seeds. */
function survey(kind: FaultKind, arrived?: Manner['arrived']) {
	return Promise.all(
		seeds.map(async (seed) => {
			const { sandbox, requests } = await begin(always(kind, seed));
			const met = await purge(sandbox, arrived);
			await sandbox.close();
			return { met, requests };
		}),
	);
}

describe('The fault', () => {
	test.each<[FaultKind, number, string]>([
		['rate-limited', 1134, 'Unable to purge, rate limit reached'],
		['global-limited', 971, 'Please wait'],
	])('%s is a 429 with Retry-After, and applies nothing', async (kind, code, message) => {
		const { sandbox, report } = await begin(always(kind));
		const { status, headers, text } = await purge(sandbox);
		expect([status, headers?.['retry-after']]).toEqual([429, '1']);
		expect(JSON.parse(text).errors[0]).toMatchObject({ code, message: expect.stringContaining(message) });
		expect(report()).toEqual([[429, false]]);
	});

	test('server-error is 500, 502 or 503, as JSON or HTML, and applies nothing', async () => {
		const forms = new Set<string>();
		for (const { met, requests } of await survey('server-error')) {
			const type = String(met.headers?.['content-type']);
			forms.add(`${met.status} ${type}`);
			expect(type === 'text/html' ? met.text.startsWith('<html>') : JSON.parse(met.text).success === false).toBe(true);
			expect(requests).toMatchObject([{ status: met.status, applied: false }]);
		}
		const types = ['application/json', 'text/html'];
		expect([...forms].sort()).toEqual([500, 502, 503].flatMap((status) => types.map((type) => `${status} ${type}`)));
	});

	test.each<[FaultKind, boolean]>([
		['reset-before', false],
		['reset-after', true],
	])(
		'%s closes the connection without an answer, and whether the operation was applied is %s',
		async (kind, applied) => {
			let stored = false;
			const now = () => {
				stored = true;
				return 0;
			};
			const { sandbox, requests } = await begin({ ...always(kind), now });
			const met = await meet(sandbox, RESERVE, { value: 'on' }, { method: 'PATCH' });
			expect(met).toEqual({ text: '', whole: false });
			expect(requests).toMatchObject([{ method: 'PATCH', path: RESERVE, body: { value: 'on' }, status: 0, applied }]);
			// What is stored gets a time.
			expect(stored).toBe(applied);
		},
	);

	test('reset-after is reported as not applied when the operation was refused', async () => {
		const { sandbox, report } = await begin(always('reset-after'));
		await meet(sandbox, PURGE, {});
		expect(report()).toEqual([[0, false]]);
	});

	test('truncated is applied and answers 200 with half a text, whole by its headers or broken off', async () => {
		const wholes = new Set<boolean>();
		for (const { met, requests } of await survey('truncated')) {
			wholes.add(met.whole);
			expect(met.status).toBe(200);
			expect(met.text.length).toBeGreaterThan(10);
			expect(() => JSON.parse(met.text)).toThrow(SyntaxError);
			expect(requests).toMatchObject([{ status: 200, applied: true }]);
		}
		expect(wholes.size).toBe(2);
	});

	test('hang never answers, is applied or not, and is reported once', async () => {
		const all = await survey('hang', leaveAtOnce);
		expect(all.every(({ met, requests }) => met.status === undefined && requests.length === 1)).toBe(true);
		const applied = all.map(({ requests }) => requests[0]?.applied);
		expect(new Set(applied)).toEqual(new Set([true, false]));
		const again = await survey('hang', leaveAtOnce);
		expect(again.map(({ requests }) => requests[0]?.applied)).toEqual(applied);
	});

	test('hang ends when the sandbox closes, and is reported by then', async () => {
		const { sandbox, requests, report } = await begin(always('hang', 2));
		const met: Promise<Met>[] = [];
		for (let sent = 0; sent < 3; sent += 1) {
			await new Promise<void>((resolve) => {
				met.push(purge(sandbox, () => resolve()));
			});
		}
		await sandbox.close();
		expect(requests).toHaveLength(3);
		expect(new Set(report().map(([status]) => status))).toEqual(new Set([0]));
		expect((await Promise.all(met)).map(({ whole }) => whole)).toEqual([false, false, false]);
	});

	test('server-error never meets tokens/verify, and comes after the check of credentials', async () => {
		const { sandbox } = await begin(always('server-error'));
		expect((await send(sandbox, { method: 'GET', path: '/user/tokens/verify' })).status).toBe(200);
		const reply = await send(sandbox, { method: 'GET', path: '/zones', headers: { 'user-agent': 'test' } });
		expect([reply.status, reply.body.errors[0]?.code]).toEqual([400, 9106]);
	});

	test('rate-limited counts against no limit', async () => {
		const kinds: FaultKind[] = ['rate-limited'];
		const { sandbox } = await begin({ limits: 'strict', now: () => 0, faults: { rate: 1, kinds } });
		await purge(sandbox);
		expect((await purge(sandbox)).headers?.ratelimit).toBe('"default";r=1200;t=300');
	});
});

describe('The sequence of faults', () => {
	// Those that end by themselves.
	const kinds: FaultKind[] = ['rate-limited', 'global-limited', 'server-error', 'reset-before', 'reset-after'];
	const run = async (seed: number, rate = 0.5) => {
		const { sandbox, report } = await begin({ faults: { rate, seed, kinds } });
		for (let sent = 0; sent < 40; sent += 1) await purge(sandbox);
		await sandbox.close();
		return report();
	};

	test('is the same for the same seed, and differs for another seed', async () => {
		const [one, again, other] = await Promise.all([run(7), run(7), run(8)]);
		expect(one).toHaveLength(40);
		expect(again).toEqual(one);
		expect(other).not.toEqual(one);
	});

	test('has about as many faults as its rate says, and none at 0', async () => {
		const [some, none] = await Promise.all([run(3, 0.25), run(3, 0)]);
		const faulty = some.filter(([status, applied]) => status !== 200 || !applied).length;
		expect(faulty).toBeGreaterThan(2);
		expect(faulty).toBeLessThan(18);
		expect(none.every(([status, applied]) => status === 200 && applied)).toBe(true);
	});
});

describe('Latency', () => {
	test('comes before each answer', async () => {
		const { sandbox } = await begin({ latencyMs: 40 });
		const before = performance.now();
		expect((await purge(sandbox)).status).toBe(200);
		expect(performance.now() - before).toBeGreaterThanOrEqual(39);
	});

	test('ends when the sandbox closes, and the operation is reported as applied without an answer', async () => {
		const { sandbox, report } = await begin({ latencyMs: 3_600_000 });
		const met = await purge(sandbox, () => void sandbox.close());
		expect(met).toEqual({ text: '', whole: false });
		await sandbox.close();
		expect(report()).toEqual([[0, true]]);
	});

	test('ends when the client goes away', async () => {
		const { sandbox, report } = await begin({ latencyMs: 3_600_000 });
		await purge(sandbox, leaveAtOnce);
		await expect.poll(report).toEqual([[0, true]]);
	});
});
