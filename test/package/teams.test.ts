/** What the README says of a server that a team shares is run as it stands there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PrometheusMetrics } from '../../src/mcp/http/metrics.js';
import { READ, startServing } from '../mcp/http/serving.js';
import { temporaryFolder } from '../support/files.js';
import { finish } from '../support/process.js';
import { ROOT } from './folder.js';

const [, chapter = ''] = /^## Teams$(.*?)^## /ms.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];

/** The code blocks of a language in the folded part, or the section, whose title begins with these words. */
function blocks(title: string, language: string): readonly string[] {
	const parts = chapter.split(/^(?:<details><summary>|### )/m);
	const part = parts.find((one) => one.startsWith(title)) ?? '';
	return [...part.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code);
}

/** The flags of the command line that starts the server in a block. */
function flagsIn(block: string): readonly string[] {
	const [, words = ''] = /cloudflare-cache-mcp (--http .*)$/m.exec(block) ?? [];
	const flags = words.split(' ');
	expect(flags.slice(0, 2)).toEqual(['--http', '8080']);
	return flags.slice(2);
}

const PURGE_ALL = { ...READ, params: { name: 'purge_everything', arguments: { zone: 'example.com' } } };

const areMissing = ['curl', 'jq'].some((program) => spawnSync(program, ['--version']).error);

describe('the quick start', () => {
	test('without sign-in serves this machine', async () => {
		const [block = ''] = blocks('none', 'sh');
		const { post } = await startServing(['--sandbox', ...flagsIn(block)]);
		expect((await post(READ)).status).toBe(200);
	});

	test('with tokens makes a token and a policy by which its caller is known and limited', async () => {
		const [make = '', start = ''] = blocks('tokens', 'sh');
		const folder = temporaryFolder();
		const token = execFileSync('sh', ['-euc', `${make}\nprintf %s "$token"`], { cwd: folder, encoding: 'utf8' });
		const policy = join(folder, 'policy.json');
		expect(readFileSync(policy, 'utf8')).not.toContain(token);
		const flags = flagsIn(start).map((word) => (word === 'policy.json' ? policy : word));
		const { post, line } = await startServing(['--sandbox', ...flags]);
		expect((await post(READ)).status).toBe(401);
		const authorization = { Authorization: `Bearer ${token}` };
		const listed = await (await post({ ...READ, method: 'tools/list', params: {} }, authorization)).text();
		expect(listed).toContain('purge_cache');
		expect(listed).not.toContain('cache_reserve_get');
		expect(listed).not.toContain('purge_everything');
		expect(await (await post(PURGE_ALL, authorization)).text()).toContain('"isError":true');
		expect(await line('"principal":"ci"')).toMatchObject({ message: 'http', status: 200 });
	});

	const name = 'with tokens shows by its curl what the caller may do, and who has changed what by its jq';
	// Outside of CI a machine may lack these programs.
	test.skipIf(areMissing && process.env.CI !== 'true')(name, async () => {
		const [make = '', , look = ''] = blocks('tokens', 'sh');
		const [ask = ''] = blocks('The audit log', 'sh');
		const folder = temporaryFolder();
		const run = (code: string) => execFileSync('sh', ['-euc', code], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
		const token = run(`${make}\nprintf %s "$token"`);
		const files = ['--policy', join(folder, 'policy.json'), '--audit-log', join(folder, 'audit.jsonl')];
		const { post, url } = await startServing(['--sandbox', ...files]);
		const lookAs = (bearer: string) => run(`token=${bearer}\n${look.replace('http://127.0.0.1:8080/mcp', url)}`);
		expect(lookAs(token)).toMatch(/^HTTP\/1.1 200 OK.*"name":"purge_cache"/s);
		expect(lookAs('unknown')).toMatch(/^HTTP\/1.1 401 /);
		const purge = { ...READ, params: { name: 'purge_cache', arguments: { zone: 'example.com', tags: ['blog'] } } };
		await post(purge, { Authorization: `Bearer ${token}` });
		expect(run(ask)).toMatch(/^[\dT:.-]+Z\tci\tpurge_cache\texample.com\tdone\n$/);
	});

	test.for(['cloudflare', 'oauth'])('with %s refuses who brings nothing', async (mode) => {
		const [block = ''] = blocks(mode, 'sh');
		const { post } = await startServing(['--sandbox', ...flagsIn(block)], { CLOUDFLARE_API_TOKEN: 'test-token-0123' });
		expect((await post(READ)).status).toBe(401);
	});

	test('without sign-in does not start at an address that others reach', async () => {
		const { code, stderr } = await finish(['--http', '0.0.0.0:0', '--sandbox']);
		expect([code, stderr]).toEqual([2, expect.stringContaining('callers must prove who they are')]);
	});
});

test('every metric that the README names exists, and none is missing', async () => {
	const metrics = new PrometheusMetrics([]);
	metrics.watch({ inFlight: () => 0, store: () => 'up', budgetLeft: () => 1 });
	const text = await metrics.print();
	const exist = [...text.matchAll(/^# HELP (cf_cache_\w+)/gm)].map(([, name]) => name);
	const named = [...chapter.matchAll(/`(cf_cache_\w+)/g)].map(([, name]) => name);
	expect([...new Set(named)].sort()).toEqual(exist.sort());
});

describe('the entries of clients', () => {
	const entries = ['Claude Code', 'VS Code', 'Cursor'].flatMap((client) => blocks(client, 'json'));

	test('are valid, lead to one server, and hold a variable in place of the token', () => {
		expect(entries).toHaveLength(3);
		for (const entry of entries) {
			const { mcpServers, servers } = JSON.parse(entry) as Record<string, Record<string, unknown>>;
			expect((mcpServers ?? servers)?.['cf-cache']).toMatchObject({
				url: 'https://mcp.example.com/mcp',
				headers: { Authorization: expect.stringMatching(/^Bearer \$\{[\w:-]+\}$/) },
			});
		}
	});

	test('of VS Code ask for the input that the header names', () => {
		const [entry = '{}'] = blocks('VS Code', 'json');
		const { inputs } = JSON.parse(entry) as { inputs: { id: string; password: boolean }[] };
		expect(inputs).toEqual([expect.objectContaining({ id: 'cf-cache-token', password: true })]);
		expect(entry).toContain(`{input:${inputs[0]?.id}}`);
	});
});
