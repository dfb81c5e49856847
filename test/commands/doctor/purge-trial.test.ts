/** Tests `doctor --try`: one purge of a URL that does not exist, through the guards of every call. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/files.js';
import { openSandbox } from '../../support/sandbox.js';
import { ZONE } from '../../support/session.js';
import { askForJson } from './ask.js';

describe('doctor --try', () => {
	test('purges one URL of each named zone, which cannot exist, and says so first', async () => {
		const { url, changes } = await openSandbox();
		const { verdict, of, code } = await askForJson(['--try', '--zone', ZONE, '--zones', `${ZONE},example.net`], url);
		expect([code, verdict]).toEqual([0, 'Ready: the tools will work, and a purge was accepted.']);
		expect(of('purge')).toEqual(
			[ZONE, 'example.net'].map((zone) => ({
				about: 'purge',
				state: 'ok',
				text: `a purge of one URL that does not exist was accepted on ${zone}`,
			})),
		);
		const files = changes().map(({ body }) => (body as { files: string[] }).files);
		expect(files).toEqual([
			[expect.stringMatching(/^https:\/\/example\.com\/cloudflare-cache-mcp-doctor\/[\da-f-]{36}$/)],
			[expect.stringMatching(/^https:\/\/example\.net\/cloudflare-cache-mcp-doctor\/[\da-f-]{36}$/)],
		]);
		expect(files[0]).not.toEqual(files[1]);
	});

	test('works where one zone is fixed for all calls', async () => {
		const { url, changes } = await openSandbox();
		const { of } = await askForJson(['--try', '--zone', ZONE, '--zones', ZONE], url);
		expect(of('purge')).toMatchObject([{ state: 'ok' }]);
		expect(changes()).toHaveLength(1);
	});

	test('reports a token without the right to purge, with the page that gives it', async () => {
		const { url } = await openSandbox({
			tokens: { 'settings-token': { permissions: ['Zone Read', 'Zone Settings Read'] } },
		});
		const { problem, code } = await askForJson(['--try', '--zone', ZONE], url, {
			env: { CLOUDFLARE_API_TOKEN: 'settings-token' },
		});
		expect(code).toBe(1);
		expect(problem?.text).toMatch(
			/^the purge on example\.com was not accepted\. The token needs Zone › Cache Purge there\. Cloudflare said: .*\(Cloudflare 10000 · HTTP 403 /,
		);
		expect(problem?.next?.join()).toContain('https://dash.cloudflare.com/profile/api-tokens');
	});

	test.each([
		['--read-only', ['--read-only']],
		['--toolsets', ['--toolsets', 'reserve']],
		['--exclude-tools', ['--exclude-tools', 'purge_cache']],
	])('sends no purge where %s forbids it', async (flag, flags) => {
		const { url, changes } = await openSandbox();
		const { of } = await askForJson(['--try', '--zone', ZONE, ...flags], url);
		expect(of('purge')).toMatchObject([{ state: 'note', text: `not tried: ${flag} does not allow purge_cache` }]);
		expect(changes()).toEqual([]);
	});

	test('sends nothing to a zone that was not named', async () => {
		const { url, changes } = await openSandbox();
		await expect(askForJson(['--try'], url)).rejects.toThrow('doctor --try needs --zone or --zones');
		expect(changes()).toEqual([]);
	});

	test('sends nothing to a zone outside --zones', async () => {
		const { url, changes } = await openSandbox();
		await expect(askForJson(['--try', '--zone', ZONE, '--zones', 'example.net'], url)).rejects.toThrow('not among');
		expect(changes()).toEqual([]);
	});

	test('leaves a line of its start and of its end in the audit log', async () => {
		const { url } = await openSandbox();
		const path = join(temporaryFolder(), 'audit.jsonl');
		await askForJson(['--try', '--zone', ZONE, '--audit-log', path], url);
		const lines = readFileSync(path, 'utf8').trim().split('\n');
		expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
			{ tool: 'purge_cache', outcome: 'started', items: { urls: 1 } },
			{ tool: 'purge_cache', outcome: 'done', http: [200] },
		]);
	});
});
