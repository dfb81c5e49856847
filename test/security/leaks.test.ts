/** A secret leaves the process only in its own header, whatever form an answer of the API gives it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
	type Arrived,
	failure,
	type Reply,
	type Script,
	startUpstream,
	success,
	ZONE_FACTS,
	ZONE_TARGET,
} from '../support/api.js';
import { temporaryFolder } from '../support/files.js';
import { finish, preload, start } from '../support/process.js';
import { openSession } from '../support/session.js';

const ZONE_ID = ZONE_FACTS.id;
const TOKEN = 'cfut_A1b2-C3d4_E5f6-G7h8-I9j0_K1l2-M3n4o5';
const KEY = 'c2547eb745079dac9320b638f5e225cf483cc5cf';
const EMAIL = 'ops.user+cache@mail.invalid';
const SECRET = 'Shared: "secret" of many replicas / 100 %';
const SECRETS = [TOKEN, KEY, EMAIL, SECRET];
const ENV = {
	CLOUDFLARE_API_TOKEN: TOKEN,
	CLOUDFLARE_API_KEY: KEY,
	CLOUDFLARE_EMAIL: EMAIL,
	CF_CACHE_CONFIRM_SECRET: SECRET,
	CF_CACHE_RETRIES: '0',
};

const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (one: string) => one.charCodeAt(0).toString(16).padStart(2, '0');

/** Forms that an API, a proxy or a log may give a text. */
const FORMS: Readonly<Record<string, (secret: string) => string>> = {
	raw: (secret) => secret,
	'in upper case': (secret) => secret.toUpperCase(),
	'in lower case': (secret) => secret.toLowerCase(),
	'in a sentence': (secret) => `Bearer ${secret}, which is invalid`,
	'URL-encoded': encodeURIComponent,
	'URL-encoded in lower-case hex': (secret) => encodeURIComponent(secret).replace(/%../g, (one) => one.toLowerCase()),
	'form-encoded': (secret) => new URLSearchParams({ a: secret }).toString(),
	'percent-encoded throughout, in upper-case hex': (secret) =>
		[...secret].map((one) => `%${hex(one).toUpperCase()}`).join(''),
	'percent-encoded throughout, in lower-case hex': (secret) => [...secret].map((one) => `%${hex(one)}`).join(''),
	'JSON-escaped': (secret) => JSON.stringify(secret),
	'JSON-escaped with slashes': (secret) => JSON.stringify(secret).replaceAll('/', '\\/'),
	'JSON-escaped throughout': (secret) => [...secret].map((one) => `\\u00${hex(one)}`).join(''),
	'percent-encoded twice': (secret) => encodeURIComponent([...secret].map((one) => `%${hex(one)}`).join('')),
	'in HTML entities': (secret) => [...secret].map((one) => `&#${one.charCodeAt(0)};`).join(''),
	'in escaped bytes': (secret) => [...secret].map((one) => `\\x${hex(one)}`).join(''),
	'in hexadecimal': (secret) => [...secret].map(hex).join(''),
	'with zero-width spaces': (secret) => [...secret].join('\u200b'),
	'folded by line ends': (secret) => secret.replace(/.{7}/g, '$&\r\n'),
	'base64 folded by line ends': (secret) => base64(secret).replace(/.{7}/g, '$&\r\n'),
	base64,
	base64url: (secret) => Buffer.from(secret).toString('base64url'),
	...Object.fromEntries(
		[0, 1, 2].map((offset) => [
			`base64 within a longer text, ${offset} off`,
			(secret: string) => base64(`${'xyz'.slice(0, offset)}user: ${secret} and more text`),
		]),
	),
};

/** Characters that give a secret away: fewer are found by chance, more would miss a secret that was cut off. */
const PIECE = 10;

/** Texts that give a secret away, with their names. */
const FORBIDDEN: readonly (readonly [what: string, text: string])[] = SECRETS.flatMap((secret) => [
	['its beginning', secret.slice(0, PIECE)] as const,
	['its end', secret.slice(-PIECE)] as const,
	['its middle', secret.slice(14, 14 + PIECE)] as const,
	['URL-encoded', encodeURIComponent(secret)] as const,
	['percent-encoded', [...secret].map((one) => `%${hex(one)}`).join('')] as const,
	['percent-encoded in part', encodeURIComponent(secret).slice(-PIECE - 4)] as const,
	['in hexadecimal', [...secret].map(hex).join('')] as const,
	['JSON-escaped', JSON.stringify(secret).slice(1, -1)] as const,
	['JSON-escaped throughout', [...secret].map((one) => `\\u00${hex(one)}`).join('')] as const,
	...[0, 1, 2].flatMap((offset) => {
		const text = base64(`${'xyz'.slice(0, offset)}${secret}`)
			.replace(/=+$/, '')
			.slice(4, -2);
		return [['base64', text] as const, ['base64url', text.replaceAll('+', '-').replaceAll('/', '_')] as const];
	}),
]);

/** White space and invisible characters, which may stand between the characters of a secret. */
const GAPS = /[\s\p{C}]/gu;
/** The text with its escapes decoded once. */
const decode = (text: string) =>
	text
		.replace(/(?:%|\\x|\\u00)([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
		.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
		.replace(/\\[nrt]/g, ' ')
		.replace(/\\(.)/g, '$1');

/** Fails when the text holds a secret. Escapes within it are also looked at as what they say. */
function expectClean(text: string, where: string): void {
	for (const variant of [text, decode(text), decode(decode(text))]) {
		const lower = variant.replace(GAPS, '').toLowerCase();
		const found = FORBIDDEN.filter(([, forbidden]) => lower.includes(forbidden.replace(GAPS, '').toLowerCase())).map(
			([what]) => what,
		);
		expect(found, `${where}: ${variant.slice(0, 600)}`).toEqual([]);
	}
}

/** An API that puts the planted text wherever an answer has room for text. */
function echo(plant: () => string): Script {
	const answer = ({ target, method }: Arrived): Reply => {
		const text = plant();
		const path = target.replace(ZONE_TARGET, '').replace(/\?.*$/, '');
		const header = /^[\x20-\x7e]*$/.test(text) ? { 'cf-ray': text, 'retry-after': text, 'x-echo': text } : {};
		const reply = (one: Reply): Reply => ({ ...one, headers: header });
		if (path === '' && target.startsWith(ZONE_TARGET)) return success({ ...ZONE_FACTS, account: { name: text } });
		if (path === '/zones')
			return reply(
				success([
					ZONE_FACTS,
					{ ...ZONE_FACTS, name: text, status: text, plan: { legacy_id: text }, account: { id: text, name: text } },
				]),
			);
		if (path === '/environments')
			return reply(success({ environments: [{ name: text, ref: text, [text]: { [text]: [text] } }] }));
		if (path === '/cache/cache_reserve')
			return reply(success({ id: text, value: text, modified_on: text, [text]: text }));
		if (path === '/cache/variants') return reply(success({ id: 'variants', value: { [text]: [text] } }));
		if (path.endsWith('/batch'))
			return reply(
				success({
					succeeded: [],
					failed: [
						{ origin_ip: text, error: text },
						{ origin_ip: 'x', error: text },
					],
				}),
			);
		if (path === '/purge_cache' && method === 'POST') return reply(success({ id: text, [text]: text }));
		return reply(failure(403, { code: 9109, message: text, error_chain: [{ code: 1, message: `reason: ${text}` }] }));
	};
	// Each request has its own connection, because the upstream adds a listener for each request of a connection.
	return (request) => {
		const { headers, ...rest } = answer(request);
		return { ...rest, headers: { ...headers, connection: 'close' } };
	};
}

const MAPPING = { origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' };
const CALLS: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
	['zones_list', {}],
	['environments_list', { zone: ZONE_ID }],
	['cache_reserve_get', { zone: ZONE_ID }],
	['cache_reserve_edit', { zone: ZONE_ID, value: 'on', dry_run: true }],
	['cache_reserve_edit', { zone: ZONE_ID, value: 'on' }],
	['variants_get', { zone: ZONE_ID }],
	['origin_cloud_regions_bulk_update', { zone: ZONE_ID, mappings: [MAPPING, { ...MAPPING, origin_ip: '192.0.2.2' }] }],
	['origin_cloud_regions_list', { zone: ZONE_ID }],
	['purge_cache', { zone: ZONE_ID, tags: ['a'] }],
	['purge_environment', { zone: ZONE_ID, tags: ['a'], environment_id: ZONE_ID }],
	['purge_everything', { zone: ZONE_ID }],
	['cache_overview', { zone: ZONE_ID }],
];

/** Fails when a request holds a secret outside of the headers that are for it. */
function expectOnlyInHeaders(requests: readonly Arrived[], allowed: Readonly<Record<string, string>>): void {
	expect(requests.length).toBeGreaterThan(0);
	for (const { method, target, body, headers } of requests) {
		for (const [name, value] of Object.entries(allowed)) expect(headers[name]).toBe(value);
		const others = Object.entries(headers).filter(([name]) => !(name in allowed));
		expectClean(`${method} ${target}\n${body}\n${JSON.stringify(others)}`, `sent to ${target}`);
	}
}

test.for([
	['a token', 'text', ENV, { authorization: `Bearer ${TOKEN}` }],
	['a Global API Key', 'json', { ...ENV, CLOUDFLARE_API_TOKEN: '' }, { 'x-auth-email': EMAIL, 'x-auth-key': KEY }],
] as const)('serve with %s and a log in %s writes no secret in any form that the API echoes', async (row) => {
	const [, format, env, headers] = row;
	// A token that is not in use is no secret of this process, so it is not planted.
	const planted = SECRETS.filter((secret) => Object.values<string>(env).includes(secret));
	let plant = '';
	const upstream = await startUpstream(echo(() => plant));
	const auditLog = join(temporaryFolder(), 'audit.jsonl');
	const flags = ['--log-level', 'debug', '--log-format', format, '--audit-log', auditLog];
	const { server, request, call } = await openSession({ over: 'stdio', raw: true, upstream: upstream.url, flags, env });
	// Every secret as it is, and every form of one of them. The next test plants every form of every secret, in memory.
	const forms = Object.values(FORMS).map((form, at) => form(planted[at % planted.length] ?? ''));
	for (const text of [...planted, ...forms]) {
		plant = text;
		await Promise.all([...CALLS.map(([name, args]) => call(name, args)), call(plant, { [plant]: plant })]);
		await request('resources/read', { uri: 'cf-cache://audit/recent' });
	}
	server.endInput();
	expect((await server.ended).code).toBe(0);
	expectOnlyInHeaders(upstream.requests, headers);
	const answers = 1 + (planted.length + forms.length) * (CALLS.length + 2);
	expect(server.messages()).toHaveLength(answers);
	for (const line of server.stdout().split('\n')) expectClean(line, 'stdout');
	expectClean(server.stderr(), 'stderr');
	const audit = readFileSync(auditLog, 'utf8');
	expect(audit.split('\n').length).toBeGreaterThan(planted.length + forms.length);
	for (const line of audit.split('\n')) expectClean(line, 'audit log');
});

test('a read shows no form of any secret that names, fields or messages hold', async () => {
	let plant = '';
	const upstream = await startUpstream(echo(() => plant));
	const { call } = await openSession({ upstream: upstream.url, env: ENV });
	for (const secret of SECRETS)
		for (const [what, form] of Object.entries(FORMS)) {
			plant = form(secret);
			for (const [name, args] of CALLS.filter(([tool]) => /_(list|get)$/.test(tool))) {
				const { text, structured } = await call(name, args);
				expectClean(text, what);
				expectClean(JSON.stringify(structured ?? null), what);
			}
		}
});

test('a text that is cut off within a secret shows no part of it', async () => {
	let plant = '';
	const upstream = await startUpstream(echo(() => plant));
	const session = await openSession({ upstream: upstream.url, env: ENV });
	for (const secret of SECRETS)
		for (const cap of [100, 200])
			for (const kept of [10, 20, secret.length - 1]) {
				plant = `${'x'.repeat(cap - kept - 1)}${secret} and so on`;
				for (const [name, args] of CALLS) {
					const { text, structured } = await session.call(name, args);
					expectClean(text, name);
					expectClean(JSON.stringify(structured ?? null), name);
				}
			}
});

test('a form shows the user no secret that a zone name holds', async () => {
	const upstream = await startUpstream(({ target }) =>
		target === ZONE_TARGET
			? success({ ...ZONE_FACTS, name: `${KEY}.example.com` })
			: failure(403, { code: 1, message: KEY }),
	);
	const { call, forms } = await openSession({
		upstream: upstream.url,
		env: ENV,
		user: () => ({ action: 'decline' }),
	});
	const { text } = await call('purge_everything', { zone: ZONE_ID });
	expectClean(text + JSON.stringify(forms), 'form');
	expect(upstream.changes()).toEqual([]);
});

test('call and doctor print no secret that the API echoes', async () => {
	// All secrets fit into one message.
	const upstream = await startUpstream(echo(() => SECRETS.join(' ')));
	const auditLog = join(temporaryFolder(), 'audit.jsonl');
	const folders = { CF_CACHE_STATE_DIR: temporaryFolder(), HOME: temporaryFolder() };
	const env = { ...ENV, CLOUDFLARE_BASE_URL: upstream.url, ...folders };
	const flags = ['--log-level', 'debug', '--audit-log', auditLog];
	const outputs = await Promise.all([
		finish(['doctor', ...flags], { env }),
		finish(['call', 'cache_reserve_edit', ...flags, '--zone', ZONE_ID, '--value', 'on'], { env }),
		finish(['call', 'cache_overview', ...flags, '--json', '--zone', ZONE_ID], { env }),
		finish(['call', 'origin_cloud_regions_list', ...flags, '--zone', ZONE_ID], { env }),
	]);
	for (const { stdout, stderr } of outputs) {
		expect(stdout + stderr).not.toBe('');
		expectClean(stdout, 'stdout');
		expectClean(stderr, 'stderr');
	}
	expectClean(readFileSync(auditLog, 'utf8'), 'audit log');
	expectOnlyInHeaders(upstream.requests, { authorization: `Bearer ${TOKEN}` });
});

const MISTAKES: readonly (readonly string[])[] = [
	[TOKEN],
	['call', TOKEN],
	['call', 'purge_cache', TOKEN],
	['call', 'purge_cache', '--zone', TOKEN, '--tags', 'a'],
	['call', 'zones_list', `@${TOKEN}`],
	['call', 'zones_list', '--base-url', `http://127.0.0.1:9/${TOKEN}`],
	[`--${KEY}`],
	['--tools', TOKEN],
	['--toolsets', KEY],
	['--zones', KEY],
	['--base-url', `http://${KEY}.example.com/`],
	['--audit-log', `/nowhere/${TOKEN}`],
	['--token-command', KEY],
];

test('an error about an argument does not repeat a secret that was given in its place', async () => {
	const outputs: [string, Awaited<ReturnType<typeof finish>>][] = [];
	for (let at = 0; at < MISTAKES.length; at += 4) {
		const some = MISTAKES.slice(at, at + 4);
		outputs.push(
			...(await Promise.all(
				some.map(
					async (words): Promise<[string, Awaited<ReturnType<typeof finish>>]> => [
						words.join(' '),
						await finish(words, {
							env: { ...ENV, CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9', CF_CACHE_STATE_DIR: temporaryFolder() },
						}),
					],
				),
			)),
		);
	}
	const wrong = outputs.filter(([, { stdout, stderr }]) =>
		SECRETS.some((secret) => (stdout + stderr).toLowerCase().includes(secret.slice(0, PIECE).toLowerCase())),
	);
	expect(wrong.map(([words, { stderr }]) => `${words} → ${stderr}`)).toEqual([]);
});

test('a crash with the secrets in its message prints none of them, and no stack', async () => {
	const throwing = (what: string) => preload(`process.once('SIGUSR2', () => { const e = process.env; ${what} });`);
	const message = '[e.CLOUDFLARE_API_TOKEN, e.CLOUDFLARE_API_KEY, e.CF_CACHE_CONFIRM_SECRET].join(" | ")';
	for (const what of [`throw new Error(${message})`, `Promise.reject(new Error(${message}))`, `throw ${message}`]) {
		const running = start([], {
			env: { ...ENV, CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9', CF_CACHE_STATE_DIR: temporaryFolder() },
			nodeFlags: [throwing(what)],
		});
		running.send({ id: 1, method: 'ping' });
		await running.answer(1);
		running.kill('SIGUSR2');
		expect((await running.ended).code).toBe(1);
		expect(running.stderr()).toMatch(/internal error: .*\[secret\] \| \[secret\] \| \[secret\]/);
		expect(running.stderr()).not.toMatch(/^ {4}at /m);
		expectClean(running.stdout() + running.stderr(), 'crash');
	}
});
