/** Sends every example of the API description to a sandbox, and compares the answer with the documented one. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/sandbox/routes.js';
import type { Sandbox } from '../../src/sandbox/server.js';
import {
	EXAMPLE_COM,
	EXAMPLE_NET,
	EXAMPLE_ORG,
	mappings,
	type Notice,
	OFFICE_IPS,
	openSandbox,
	PRODUCTION,
	type Reply,
	type Sent,
	send,
} from '../support/sandbox.js';
import { type Operation, readOperations } from './openapi.js';

const text = readFileSync(new URL('../cloudflare/openapi.json', import.meta.url), 'utf8');
const { operations, errors } = readOperations(JSON.parse(text));

const Z = `/zones/${EXAMPLE_COM}`;
const SMART = `${Z}/cache/tiered_cache_smart_topology_enable`;
const REGIONS = `${Z}/origin/cloud_regions`;
const put = (path: string, body: unknown): Sent => ({ method: 'PUT', path, body });
const patch = (path: string, body: unknown): Sent => ({ method: 'PATCH', path, body });
const reserve = (value: string) => patch(`${Z}/cache/cache_reserve`, { value });
const clear: Sent = { method: 'POST', path: `${Z}/cache/cache_reserve_clear`, body: {} };
const ONE = { origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' };
const TWO = { origin_ip: '2001:db8::1', vendor: 'gcp', region: 'us-central1' };
const both = put(`${REGIONS}/batch`, [ONE, TWO]);

interface Scene {
	before?: Sent[];
	/** Moves the clock after `before`. */
	later?: number;
	query?: string;
	/** Names of the documented requests that give this answer; all of them when absent. */
	requests?: string[];
	body?: unknown;
}

/** What must happen before the sandbox gives the documented answer. All other examples need nothing. */
const SCENES: Record<string, (documented: { value: never }) => Scene> = {
	'zone-cache-settings-get-cache-reserve-setting on': () => ({ before: [reserve('on')] }),
	'zone-cache-settings-change-cache-reserve-setting on': () => ({ requests: ['enable'] }),
	'zone-cache-settings-change-cache-reserve-setting off': () => ({ requests: ['disable'] }),
	'zone-cache-settings-get-cache-reserve-clear in_progress': () => ({ before: [clear] }),
	'zone-cache-settings-get-cache-reserve-clear completed': () => ({ before: [clear], later: 120_000 }),
	'smart-tiered-cache-get-smart-tiered-cache-setting on': () => ({ before: [patch(SMART, { value: 'on' })] }),
	'smart-tiered-cache-delete-smart-tiered-cache-setting deleted': () => ({
		before: [patch(SMART, { value: 'on' })],
	}),
	'zone-cache-settings-get-variants-setting full': ({ value }) => ({
		before: [patch(`${Z}/cache/variants`, { value })],
	}),
	// The documented request sets two extensions, the documented answer shows eleven: send what the answer shows.
	'zone-cache-settings-change-variants-setting full': ({ value }) => ({ body: { value } }),
	'zone-cache-settings-delete-variants-setting deleted': () => ({
		before: [patch(`${Z}/cache/variants`, { value: {} })],
	}),
	'zone-cache-settings-get-regional-tiered-cache-setting on': () => ({
		before: [patch(`${Z}/cache/regional_tiered_cache`, { value: 'on' })],
	}),
	'origin-cloud-regions-v2-list two_mappings': () => ({ before: [both] }),
	'origin-cloud-regions-v2-get mapping': () => ({ before: [both] }),
	'origin-cloud-regions-v2-delete deleted': () => ({ before: [both] }),
	'origin-cloud-regions-v2-batch-upsert partly_failed': () => ({
		body: [ONE, { ...ONE, origin_ip: '198.51.100.7', region: 'nowhere-1' }],
	}),
	'origin-cloud-regions-v2-batch-delete all_ok': () => ({ before: [both] }),
	'origin-cloud-regions-v2-batch-delete partly_failed': () => ({
		before: [both],
		body: ['192.0.2.1', '198.51.100.7'],
	}),
	'zones-get one': () => ({ query: '?name=example.com' }),
	'zones-get none': () => ({ query: '?name=nowhere.example' }),
};

/**
 * Removes what may differ: the values (not the presence) of times; plan, account, owner and token id, which the sandbox
 * chose itself; environments and regions beyond the documented ones; a remark in an error text.
 */
function normalize(value: unknown, documented: unknown): unknown {
	const text = JSON.stringify(documented);
	const isDocumented = ({ name }: { name: string }) => text.includes(`"${name}"`);
	const rules: Record<string, (part: never) => unknown> = {
		modified_on: writeTime,
		start_ts: writeTime,
		end_ts: writeTime,
		error: (part: string) => part.replace(' (text not documented)', ''),
		plan: (part: object) => Object.keys(part).sort(),
		account: (part: object) => ({ ...part, id: 'an id' }),
		owner: (part: object) => ({ ...part, id: 'an id' }),
		environments: (part: { name: string }[]) => part.filter(isDocumented),
		vendors: (part: Record<string, { name: string }[]>) =>
			Object.entries(part)
				.map(([vendor, regions]) => [vendor, regions.filter(isDocumented)])
				.filter(([, regions]) => regions?.length),
		result: (part: object | null) =>
			part && Object.keys(part).join() === 'id,status' ? { ...part, id: 'an id' } : part,
	};
	return JSON.parse(JSON.stringify(value, (key, part) => rules[key]?.(part as never) ?? part));
}

function writeTime(part: unknown): unknown {
	return typeof part === 'string' && !Number.isNaN(Date.parse(part)) ? 'a time' : part;
}

function address(operation: Operation): string {
	return operation.path
		.replace('{zone_id}', EXAMPLE_COM)
		.replace('{environment_id}', PRODUCTION)
		.replace('{origin_ip}', ONE.origin_ip);
}

function usualRequest(operation: Operation): Sent {
	const [body] = Object.values(operation.requests);
	return { method: operation.method, path: address(operation), ...(body === undefined ? {} : { body }) };
}

/** What belongs to caching, and is no tool of its own: which hosts a purge may name, settings, rules, traces and analytics. */
const UNDESCRIBED = [
	'GET /zones/{zone_id}/custom_hostnames',
	'GET /zones/{zone_id}/settings/{setting_id}',
	'PATCH /zones/{zone_id}/settings/{setting_id}',
	'GET /zones/{zone_id}/rulesets/phases/{phase}/entrypoint',
	'PUT /zones/{zone_id}/rulesets/phases/{phase}/entrypoint',
	'GET /zones/{zone_id}/pagerules',
	'POST /zones/{zone_id}/pagerules',
	'POST /accounts/{account_id}/request-tracer/trace',
	'POST /graphql',
	'GET /accounts/{account_id}/logs/audit',
];

test('The sandbox has exactly the described operations, and those that no tool sends alone', () => {
	const described = operations.map(({ method, path }) => `${method} ${path}`);
	expect(Object.keys(ROUTES).sort()).toEqual([...described, ...UNDESCRIBED].sort());
	expect(operations).toHaveLength(30);
});

test('Every scene belongs to a documented answer', () => {
	const known = operations.flatMap(({ id, answers }) => Object.keys(answers).map((name) => `${id} ${name}`));
	expect(known).toEqual(expect.arrayContaining(Object.keys(SCENES)));
});

describe('The sandbox', () => {
	for (const operation of operations) {
		for (const [name, documented] of Object.entries(operation.answers)) {
			const result = documented.result as { value: never };
			const scene = SCENES[`${operation.id} ${name}`]?.(result) ?? {};
			const named = Object.entries(operation.requests).filter(([key]) => scene.requests?.includes(key) ?? true);
			const bodies: [string, unknown][] =
				scene.body !== undefined ? [['its own body', scene.body]] : named.length > 0 ? named : [['no body', undefined]];
			for (const [title, body] of bodies) {
				test(`answers ${name} to ${operation.method} ${operation.path} with ${title}`, async () => {
					let time = Date.parse('2026-03-01T12:00:00Z');
					const sandbox = await openSandbox({ now: () => time });
					for (const before of scene.before ?? []) expect((await send(sandbox, before)).status).toBe(200);
					time += scene.later ?? 0;
					const path = address(operation) + (scene.query ?? '');
					const reply = await send(sandbox, { method: operation.method, path, body });
					expect(reply.status).toBe(200);
					expect(normalize(reply.body, documented)).toEqual(normalize(documented, documented));
					expectHeaders(reply);
				});
			}
		}
	}

	test('stores the two documented extensions of PATCH variants as sent', async () => {
		const operation = operations.find(({ id }) => id === 'zone-cache-settings-change-variants-setting');
		const body = operation?.requests.two_extensions as { value: unknown };
		const reply = await send(await openSandbox(), patch(`${Z}/cache/variants`, body));
		expect(reply.body.result).toMatchObject({ id: 'variants', editable: true, value: body.value });
	});
});

function expectHeaders({ headers }: Reply): void {
	expect(headers['cf-ray']).toMatch(/^[0-9a-f]{16}-SIM$/);
	expect(headers.ratelimit).toMatch(/^"default";r=\d+;t=\d+$/);
	expect(headers['ratelimit-policy']).toMatch(/^"default";q=\d+;w=\d+$/);
	expect(headers['content-type']).toBe('application/json');
}

type Provocation = (sandbox: Sandbox, usual: Sent) => Promise<Reply>;
const USUAL = { 'user-agent': 'test', 'content-type': 'application/json' };
const instead =
	(change: (usual: Sent) => Partial<Sent>, ...before: Sent[]): Provocation =>
	async (sandbox, usual) => {
		for (const sent of before) expect((await send(sandbox, sent)).status).toBe(200);
		return send(sandbox, { ...usual, ...change(usual) });
	};
const elsewhere = (from: string, to: string) => (usual: Sent) => ({ path: usual.path.replace(from, to) });
const small = (usual: Sent) => {
	const needsReserve = usual.path.includes('cache_reserve');
	return elsewhere(EXAMPLE_COM, needsReserve ? EXAMPLE_NET : EXAMPLE_ORG)(usual);
};

/** How to get each documented error, from any operation it is documented for. */
const PROVOCATIONS: Record<string, Provocation> = {
	err_auth_missing: instead(() => ({ headers: USUAL })),
	err_auth_bad_header: instead(() => ({ headers: { ...USUAL, authorization: 'Bearer "quoted-token"' } })),
	err_no_route: instead((usual) =>
		usual.path.includes(EXAMPLE_COM) ? elsewhere(EXAMPLE_COM, 'bad-id')(usual) : { path: `${usual.path}/nowhere` },
	),
	err_forbidden: instead(() => ({ headers: { ...USUAL, authorization: 'Bearer powerless-token' } })),
	err_forbidden_resource: instead(elsewhere(EXAMPLE_COM, 'ffffffffffffffffffffffffffffffff')),
	err_token_invalid: instead(() => ({ headers: { ...USUAL, authorization: `Bearer cfat_${'a'.repeat(40)}` } })),
	err_purge_everything_mixed: instead(() => ({ body: { purge_everything: true, tags: ['a'] } })),
	err_purge_no_selector: instead(() => ({ body: {} })),
	err_purge_not_array: instead(() => ({ body: { files: 'http://www.example.com/' } })),
	err_purge_everything_not_true: instead(() => ({ body: { purge_everything: false } })),
	err_environment_files_unsupported: instead((usual) => ({
		...elsewhere(PRODUCTION, OFFICE_IPS)(usual),
		body: { files: ['http://www.example.com/'] },
	})),
	err_plan_not_available: instead(small),
	err_reserve_delete_in_progress: instead(() => ({ body: { value: 'on' } }), clear),
	err_reserve_turn_off_first: instead(() => ({}), reserve('on')),
	err_reserve_never_cleared: instead(() => ({})),
	err_smart_missing: instead(() => ({})),
	err_variants_missing: instead(() => ({})),
	err_ocr_missing: instead(() => ({})),
	err_ocr_bad_pagination: instead(({ path }) => ({ path: `${path}?per_page=101` })),
	err_ocr_ip_mismatch: instead(() => ({ body: TWO })),
	err_ocr_bad_region: instead(() => ({ body: { ...ONE, vendor: 'gcp' } })),
	err_ocr_too_many: async (sandbox, usual) => {
		for (let from = 0; from < 3500; from += 100) {
			await send(sandbox, put(`${REGIONS}/batch`, mappings(100, from)));
		}
		return send(sandbox, usual);
	},
};

/** Documented errors that this sandbox does not give, and why. */
const LEFT_OUT: Record<string, string> = {
	err_auth_invalid: 'every well-formed token is valid',
	err_purge_rate_limited: 'purges are not limited',
	err_global_rate_limited: 'requests are not limited',
	'user-api-tokens-verify-token err_forbidden': 'needs no permission',
	'user-api-tokens-verify-token err_forbidden_resource': 'names no zone',
	'zones-get err_forbidden_resource': 'names no zone',
};

describe('The sandbox, provoked,', () => {
	const tried = new Set<string>();
	for (const operation of operations) {
		for (const name of operation.errors.filter((error) => !LEFT_OUT[error] && !LEFT_OUT[`${operation.id} ${error}`])) {
			tried.add(name);
			test(`answers ${name} to ${operation.method} ${operation.path}`, async () => {
				const provoke = PROVOCATIONS[name];
				const documented = errors[name];
				if (!provoke || !documented) throw new Error(`nothing provokes ${name}`);
				const paths: string[] = [];
				const sandbox = await openSandbox({
					tokens: { 'powerless-token': { permissions: [] } },
					onRequest: ({ path }) => paths.push(path),
				});
				const reply = await provoke(sandbox, usualRequest(operation));
				expect(reply.status).toBe(documented.status);
				const sent = `/client/v4${paths.at(-1)}`;
				const expected = documented.errors.map((error: Notice) => ({
					...error,
					message: error.message.replace('/client/v4/zones/bad-id/purge_cache', sent),
				}));
				expect(reply.body).toEqual({ success: false, errors: expected, messages: [], result: null });
				expect(documented.code).toBe(reply.body.errors[0]?.code);
				expectHeaders(reply);
			});
		}
	}

	test('gives every documented error but those that are left out', () => {
		expect([...tried, ...Object.keys(LEFT_OUT).filter((name) => name.startsWith('err_'))].sort()).toEqual(
			Object.keys(errors).sort(),
		);
	});
});
