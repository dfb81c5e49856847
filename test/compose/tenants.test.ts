/** Two principals of one product: what one of them has is invisible to the other, and nothing is lost when one is forgotten. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SealError } from '../../src/call/consent/seals.js';
import type { PendingWork } from '../../src/call/unfinished.js';
import { startUpstream, success, withZone } from '../support/api.js';
import { createManualClock } from '../support/clock.js';
import { temporaryFolder } from '../support/files.js';
import { types, type User, ZONE, ZONE_ID } from '../support/session.js';
import { OPERATOR_TOKEN, openTeam, principal } from '../support/team.js';

const CODE = { policy: { confirm: 'code' } } as const;
const ASK = { policy: { confirm: 'ask' } } as const;
const declines: User = () => ({ action: 'decline' });
const PURGE = 'purge_everything';
const ACCOUNT = { plan: 'enterprise', account: 'Example', accountId: 'f'.repeat(32) };

const WORK: PendingWork = {
	tool: 'purge_cache',
	zone: { id: ZONE_ID, name: ZONE, ...ACCOUNT },
	args: {},
	requests: [{ kind: 'tags', items: ['a', 'b'] }],
};

describe('what one principal has', () => {
	test('as a code is refused to another one and still works once for its own', async () => {
		const { join, changes } = await openTeam();
		const [ann, bob] = [await join(principal('ann', CODE)), await join(principal('bob', CODE))];
		const { structured } = await ann.call(PURGE, { zone: ZONE });
		const confirm = structured?.confirm;
		const foreign = await bob.call(PURGE, { zone: ZONE, confirm });
		expect(foreign.text).toContain('The code was not issued for exactly this call');
		expect(changes()).toEqual([]);
		expect((await ann.call(PURGE, { zone: ZONE, confirm })).structured?.status).toBe('done');
		expect((await ann.call(PURGE, { zone: ZONE, confirm })).text).toContain('The code was already used');
		expect(changes()).toHaveLength(1);
	});

	test('as the seal of a question is not accepted from another one', async () => {
		const { team } = await openTeam();
		const [ann, bob] = [principal('ann', ASK), principal('bob', ASK)].map((who) => ({
			who,
			...team.forPrincipal(who),
		}));
		const scopeOf = (id: string) => ({ principal: id, tool: PURGE });
		const sealed = { callId: '0'.repeat(36), fingerprint: 'f'.repeat(22) };
		const seal = ann?.deps.seals.close(scopeOf(ann.who.id), sealed) ?? '';
		expect(() => bob?.deps.seals.open(scopeOf(bob.who.id), seal)).toThrow(SealError);
		expect(await ann?.deps.seals.open(scopeOf(ann.who.id), seal).take()).toBe(true);
		expect(await ann?.deps.seals.open(scopeOf(ann.who.id), seal).take()).toBe(false);
	});

	test('as an unfinished purge is neither listed for another one nor finished by it', async () => {
		const { team, join, changes, stateDir } = await openTeam();
		const lease = await team.forPrincipal(principal('ann')).deps.unfinished.begin(WORK);
		await lease.release(false);
		const [ann, bob] = [await join(principal('ann')), await join(principal('bob'))];
		expect(JSON.parse(await bob.read('cf-cache://purges/unfinished'))).toEqual([]);
		const foreign = await bob.call('purge_resume', { resume: lease.resume });
		expect(foreign.text).toMatch(/^No unfinished call has the handle/);
		expect(changes()).toEqual([]);
		expect(readdirSync(stateDir)).toEqual(['id-of-ann']);
		expect(await ann.call('purge_resume', { resume: lease.resume })).toMatchObject({ structured: { status: 'done' } });
	});

	test('as a snapshot is neither listed for another one nor restored by it', async () => {
		const { join, changes } = await openTeam();
		const [ann, bob] = [await join(principal('ann')), await join(principal('bob'))];
		const { structured } = await ann.call('cache_snapshot', { zone: ZONE });
		const id = JSON.parse(await ann.read('cf-cache://snapshots'))[0]?.id;
		expect(structured).toBeDefined();
		expect(id).toBeTypeOf('string');
		expect(JSON.parse(await bob.read('cf-cache://snapshots'))).toEqual([]);
		expect((await bob.call('cache_restore', { zone: ZONE, snapshot: id, dry_run: true })).isError).toBe(true);
		expect((await ann.call('cache_restore', { zone: ZONE, snapshot: id, dry_run: true })).isError).toBe(false);
		expect(changes()).toEqual([]);
	});

	test('as recent audit records is not read by another one', async () => {
		const { join } = await openTeam();
		const [ann, bob] = [await join(principal('ann')), await join(principal('bob'))];
		await ann.call('purge_cache', { zone: ZONE, tags: ['a'] });
		const entries = JSON.parse(await ann.read('cf-cache://audit/recent')) as { principal: string }[];
		expect(entries.map((entry) => entry.principal)).toEqual(['ann', 'ann']);
		expect(JSON.parse(await bob.read('cf-cache://audit/recent'))).toEqual([]);
	});

	test('as recent audit records tell nothing of the process, the user and the machine of the server', async () => {
		const ann = await (await openTeam()).join(principal('ann'));
		await ann.call('purge_cache', { zone: ZONE, tags: ['a'] });
		const [entry = {}] = JSON.parse(await ann.read('cf-cache://audit/recent')) as object[];
		expect(Object.keys(entry).filter((name) => ['pid', 'user', 'host'].includes(name))).toEqual([]);
		expect(entry).toMatchObject({ tool: 'purge_cache', principal: 'ann', policy: 'block' });
	});

	test('as a remembered zone is looked up anew for another one, by its own token', async () => {
		const { join, requests } = await openTeam();
		const own = (name: string) =>
			principal(name, { credential: { kind: 'token', token: `cloudflare-token-of-${name}` } });
		const [ann, bob] = [await join(own('ann')), await join(own('bob'))];
		for (const who of [ann, ann, bob]) await who.call('tiered_cache_get', { zone: ZONE });
		const lookUps = requests.filter(({ path }) => path === '/zones');
		expect(lookUps.map(({ headers }) => headers.authorization)).toEqual([
			'Bearer cloudflare-token-of-ann',
			'Bearer cloudflare-token-of-bob',
		]);
		const tokens = new Set(requests.map(({ headers }) => headers.authorization));
		expect([...tokens].join()).not.toContain(OPERATOR_TOKEN);
	});

	test('as refused forms keeps no form from another one', async () => {
		const { join, changes } = await openTeam();
		const [ann, bob] = [await join(principal('ann', ASK), declines), await join(principal('bob', ASK), types(ZONE))];
		for (let at = 0; at < 3; at++) await ann.call(PURGE, { zone: ZONE });
		expect((await ann.call(PURGE, { zone: ZONE })).text).toContain('Confirmation forms were refused 3 times');
		expect(changes()).toEqual([]);
		expect((await bob.call(PURGE, { zone: ZONE })).structured?.status).toBe('done');
	});
});

describe('a principal that was forgotten for many others', () => {
	test('cannot use a code twice', async () => {
		const { team, join, changes } = await openTeam();
		const ann = await join(principal('ann', CODE));
		const { structured } = await ann.call(PURGE, { zone: ZONE });
		const again = { zone: ZONE, confirm: structured?.confirm };
		expect((await ann.call(PURGE, again)).structured?.status).toBe('done');
		const before = team.forPrincipal(principal('ann', CODE));
		for (let at = 0; at < 1_001; at++) team.forPrincipal(principal(`other-${at}`));
		expect(team.forPrincipal(principal('ann', CODE))).not.toBe(before);
		const later = await join(principal('ann', CODE));
		expect((await later.call(PURGE, again)).text).toContain('The code was already used');
		expect(changes()).toHaveLength(1);
	});

	test('is still shown no form after three refusals, until their window has passed', async () => {
		const clock = createManualClock();
		const { team, join, changes } = await openTeam({ clock });
		const ann = await join(principal('ann', ASK), declines);
		for (let at = 0; at < 3; at++) await ann.call(PURGE, { zone: ZONE });
		for (let at = 0; at < 1_001; at++) team.forPrincipal(principal(`other-${at}`));
		const later = await join(principal('ann', ASK), types(ZONE));
		expect((await later.call(PURGE, { zone: ZONE })).text).toContain('Confirmation forms were refused 3 times');
		expect(changes()).toEqual([]);
		clock.advance(10 * 60_000);
		expect((await later.call(PURGE, { zone: ZONE })).structured?.status).toBe('done');
	});

	test('is shown no second form while one is open', async () => {
		const clock = createManualClock();
		const { team, join } = await openTeam({ clock });
		let answer = (_: { action: 'decline' }) => {};
		let shown = () => {};
		const isShown = new Promise<void>((resolve) => {
			shown = resolve;
		});
		const ann = await join(principal('ann', ASK), () => {
			shown();
			return new Promise((resolve) => {
				answer = resolve;
			});
		});
		const first = ann.call(PURGE, { zone: ZONE });
		await isShown;
		for (let at = 0; at < 1_001; at++) team.forPrincipal(principal(`other-${at}`));
		clock.advance(16 * 60_000);
		team.forPrincipal(principal('one-more'));
		const later = await join(principal('ann', ASK), types(ZONE));
		expect((await later.call(PURGE, { zone: ZONE })).text).toContain('A confirmation form is open already');
		answer({ action: 'decline' });
		expect((await first).isError).toBe(true);
	});
});

describe('a policy that has changed', () => {
	test('is in force with the next request, and what the principal has stays', async () => {
		const { join, changes } = await openTeam();
		const before = await join(principal('ann', CODE));
		const { structured } = await before.call(PURGE, { zone: ZONE });
		const after = await join(principal('ann', { policy: { ...CODE.policy, scope: { readOnly: true } } }));
		expect(await after.tools()).not.toContain(PURGE);
		expect((await after.call('purge_cache', { zone: ZONE, tags: ['a'] })).text).toContain(
			'purge_cache is not allowed for ann by the policy.',
		);
		expect(changes()).toEqual([]);
		expect(JSON.parse(await after.read('cf-cache://audit/recent'))).toHaveLength(2);
		const restored = await join(principal('ann', CODE));
		const { confirm } = structured ?? {};
		expect((await restored.call(PURGE, { zone: ZONE, confirm })).structured?.status).toBe('done');
	});

	test('while a form was open leaves the answered call without effect', async () => {
		const { join, changes } = await openTeam();
		let isInForce = true;
		const ann = principal('ann', { ...ASK, isInForce: () => isInForce });
		const member = await join(ann, (question) => {
			isInForce = false;
			return types(ZONE)(question);
		});
		expect((await member.call(PURGE, { zone: ZONE })).text).toContain('The policy has changed since this call began');
		expect(changes()).toEqual([]);
	});

	test('while a form was open, and was in force for another request, leaves the answered call without effect', async () => {
		const { team, join, changes } = await openTeam();
		const member = await join(principal('ann', ASK), (question) => {
			team.forPrincipal(principal('ann', { policy: { confirm: 'block' } }));
			return types(ZONE)(question);
		});
		expect((await member.call(PURGE, { zone: ZONE })).text).toContain('The policy has changed since this call began');
		expect(changes()).toEqual([]);
	});

	test('in nothing but its object or the token that was sent leaves the answered call as it was', async () => {
		const { team, join, changes } = await openTeam();
		const member = await join(principal('ann', ASK), (question) => {
			team.forPrincipal(principal('ann', { policy: { confirm: 'ask' }, secrets: ['another-token-of-ann'] }));
			return types(ZONE)(question);
		});
		expect((await member.call(PURGE, { zone: ZONE })).structured?.status).toBe('done');
		expect(changes()).toHaveLength(1);
	});

	test('in the middle of a purge ends it with a handle for the rest', async () => {
		const { join, changes } = await openTeam();
		const ann = await join(principal('ann', { isInForce: () => changes().length === 0 }));
		const tags = Array.from({ length: 2_000 }, (_, at) => `tag-${at}`);
		const { structured, text } = await ann.call('purge_cache', { zone: ZONE, tags });
		expect(structured).toMatchObject({ status: 'partial', resume: expect.any(String) });
		expect(text).toContain('The policy has changed since this call began');
		const sent = changes().length;
		expect(sent).toBeGreaterThan(0);
		expect(sent * 100).toBeLessThan(2_000);
	});

	test('and names another token of its own acts with that from the next request on', async () => {
		const { join: connect, requests } = await openTeam();
		const withToken = (token: string) => connect(principal('ann', { ...CODE, credential: { kind: 'token', token } }));
		for (const token of ['first-token-of-ann', 'second-token-of-ann']) {
			const before = requests.length;
			expect((await (await withToken(token)).call('cache_reserve_get', { zone: ZONE })).isError).toBe(false);
			const sent = requests.slice(before).map(({ headers }) => headers.authorization);
			expect(new Set(sent)).toEqual(new Set([`Bearer ${token}`]));
		}
	});

	test('that says the same in another object leaves everything as it was', async () => {
		const { team } = await openTeam();
		const first = team.forPrincipal(principal('ann', { policy: { zones: [{ name: ZONE }], confirm: 'ask' } }));
		const second = team.forPrincipal(principal('ann', { policy: { zones: [{ name: ZONE }], confirm: 'ask' } }));
		expect(second).toBe(first);
	});
});

test('principals who may call the same tools are given the same list', async () => {
	const { team } = await openTeam();
	const toolsOf = (name: string, toolsets?: readonly ['zone']) =>
		team.forPrincipal(principal(name, { policy: { scope: { toolsets } } })).tools;
	expect(toolsOf('ann')).toBe(toolsOf('bob'));
	expect(toolsOf('eve', ['zone'])).toBe(toolsOf('dan', ['zone']));
	expect(toolsOf('eve', ['zone']).length).toBeLessThan(toolsOf('ann').length);
});

test.for(['../other', '.', '', 'a/b', 'a\\b', 'a'.repeat(65)])(
	'a principal whose id is %j, which names no folder, is served nothing, and nothing is written',
	async (id) => {
		const { team, stateDir } = await openTeam();
		expect(() => team.forPrincipal(principal('ann', { id }))).toThrow('the id of a principal names no folder');
		expect(readdirSync(stateDir)).toEqual([]);
	},
);

test('the limit of a token is one for all principals who call with it, and another token has its own', async () => {
	const setting = { ...success({ id: 'tiered_caching', value: 'on' }), headers: { ratelimit: '"default";r=0;t=300' } };
	const { url, requests } = await startUpstream(withZone(() => setting));
	const { join } = await openTeam({ upstream: url });
	const withToken = (name: string, token: string) =>
		join(principal(name, { credential: { kind: 'token', token: `cloudflare-token-${token}` } }));
	const read = { zone: ZONE_ID };
	expect((await (await withToken('ann', 'one')).call('tiered_cache_get', read)).isError).toBe(false);
	const before = requests.length;
	const { text } = await (await withToken('bob', 'one')).call('tiered_cache_get', read);
	expect(text).toContain("Reads have used up their share of Cloudflare's limit of requests");
	expect(requests).toHaveLength(before);
	expect((await (await withToken('eve', 'two')).call('tiered_cache_get', read)).isError).toBe(false);
});

test('the limits of 3,000 tokens are kept without a look at all of them for each', async () => {
	const { team } = await openTeam();
	const looks = vi.spyOn(WeakRef.prototype, 'deref');
	onTestFinished(() => looks.mockRestore());
	for (let at = 0; at < 3_000; at++)
		team.forPrincipal(principal(`one-${at}`, { credential: { kind: 'token', token: `cloudflare-token-${at}` } }));
	expect(looks.mock.calls.length).toBeLessThan(10_000);
});

test('no secret of one principal is in a log line, an answer, or a file', async () => {
	const lines: string[] = [];
	const path = join(temporaryFolder(), 'audit.jsonl');
	const { join: connect, stateDir } = await openTeam({
		flags: ['--audit-log', path, '--log-level', 'debug'],
		log: (level, message, facts) => lines.push(JSON.stringify([level, message, facts])),
	});
	const token = 'cloudflare-token-of-ann';
	const ann = principal('ann', { ...CODE, credential: { kind: 'token', token } });
	const member = await connect(ann);
	const texts: string[] = [];
	for (const secret of [...ann.secrets, token, OPERATOR_TOKEN])
		for (const text of [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(`${secret}/`)]) {
			const { text: answer, structured } = await member.call('purge_cache', { zone: ZONE, tags: [text] });
			const unknown = await member.call(text, { zone: text });
			texts.push(answer, JSON.stringify(structured), unknown.text);
		}
	texts.push(await member.read('cf-cache://audit/recent'), readFileSync(path, 'utf8'), ...lines);
	texts.push(...readdirSync(stateDir));
	for (const secret of [...ann.secrets, token, OPERATOR_TOKEN]) {
		expect(texts.join('\n')).not.toContain(secret);
		expect(texts.join('\n')).not.toContain(Buffer.from(secret).toString('base64').slice(0, -4));
	}
	expect(lines.some((line) => line.includes('"principal":"ann"'))).toBe(true);
});

test('the log of a principal shows no secret of it or of the operator, wherever a line holds one', async () => {
	const lines: unknown[] = [];
	const { team } = await openTeam({ log: (_, message, facts) => lines.push([message, facts]) });
	const credential = { kind: 'token', token: 'cloudflare-token-of-ann' } as const;
	const ann = principal('ann', { credential });
	const secrets = [...ann.secrets, credential.token, OPERATOR_TOKEN];
	const { log } = team.forPrincipal(ann);
	for (const secret of secrets) log('warn', `it is ${secret}`, { fact: secret });
	expect(lines).toEqual(secrets.map(() => ['it is [secret]', { fact: '[secret]', principal: 'ann' }]));
});

test('a token that follows another one is redacted too, and the operator keeps theirs', async () => {
	const { team } = await openTeam();
	const credential = { kind: 'token', token: 'cloudflare-token-of-ann' } as const;
	const tokens = Array.from({ length: 40 }, (_, at) => `access-token-number-${at}-of-ann`);
	for (const token of tokens) {
		const { deps } = team.forPrincipal(principal('ann', { secrets: [token], credential }));
		expect(deps.toOutput(`it is ${token}`)).toBe('it is [secret]');
		expect(deps.toOutput(`it is ${credential.token}`)).toBe('it is [secret]');
	}
	const { deps } = team.forPrincipal(principal('bob'));
	expect(deps.toOutput(`it is ${tokens[0]}`)).toContain('access-token');
});

test('urls_file is refused over HTTP, even for a file of the state directory, and nothing is sent', async () => {
	const { join: connect, requests, stateDir } = await openTeam();
	mkdirSync(join(stateDir, 'lists'));
	const member = await connect(principal('ann'));
	const { text, isError } = await member.call('purge_cache', { zone: ZONE, urls_file: join(stateDir, 'lists', 'a') });
	expect(isError).toBe(true);
	expect(text).toContain('This server is reached over HTTP, so it has no access to your files');
	expect(text).toContain('Give the URLs in urls instead of urls_file.');
	expect(requests).toEqual([]);
	for (const { inputSchema } of (await member.client.listTools()).tools)
		expect(inputSchema.properties).not.toHaveProperty('urls_file');
});

test('a policy that leaves no tool is logged with the name of the principal', async () => {
	const lines: string[] = [];
	const { team } = await openTeam({
		flags: ['--toolsets', 'purge'],
		log: (level, message, facts) => lines.push(`${level} ${facts?.principal} ${message}`),
	});
	expect(team.forPrincipal(principal('ann', { policy: { scope: { toolsets: ['zone'] } } })).tools).toEqual([]);
	expect(lines).toEqual(['warn ann no tool is listed: the policy and the flags leave none']);
});
