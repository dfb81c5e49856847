/** Tests what a script and a person read when a call fails: one JSON document, the exit code, and words for a shell. */
import { describe, expect, test } from 'vitest';
import { wordFor } from '../../src/base/audience.js';
import { explainRefusal } from '../../src/cloudflare/error-codes.js';
import { ErrorCode } from '../../src/errors.js';
import { failure, RAY, type Script, startUpstream, success, withZone } from '../support/api.js';
import { temporaryFolder } from '../support/files.js';
import { finish } from '../support/process.js';
import { openSandbox } from '../support/sandbox.js';
import { ZONE, ZONE_ID } from '../support/session.js';

const TOKEN = 'test-token-0123456789';
const PURGE = ['call', 'purge_cache', '--zone', ZONE_ID, '--tags', 'a'];
/** Words that only an agent reads: to a person at a shell they speak of someone else, or of a server that does not run. */
const FOR_AGENTS =
	/\boperator\b|\bthe user\b|\bask the\b|\bthis client\b|\bserver was started\b|\brestart\b|call purge_resume with/i;

/** Runs a command against an API that answers so, without retries. */
async function runAgainst(script: Script, words: readonly string[]) {
	const { url, requests } = await startUpstream(script);
	const env = { CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_BASE_URL: url, CF_CACHE_STATE_DIR: temporaryFolder() };
	return { ...(await finish([...words, '--retries', '0'], { env })), requests };
}

const inAllCases = { code: null, http: null, cf_ray: null, retry_after: null };

describe('with --json', () => {
	test.each([
		[
			'a refusal of Cloudflare',
			failure(400, { code: 1146, message: 'Bad' }, { code: 1157, message: 'No such region' }),
			{ changed: 'no', code: 1157, http: 400, cf_ray: RAY, retry_after: null },
		],
		[
			'a rate limit',
			{ ...failure(429, { code: 1134, message: 'Slow' }), headers: { 'retry-after': '300' } },
			{ changed: 'no', code: 1134, http: 429, cf_ray: RAY, retry_after: 300, next: 'Wait 300 s, then call again.' },
		],
		['a broken connection', 'break' as const, { ...inAllCases, changed: 'unknown' }],
	])('%s is one document with its facts as fields', async (_, step, fields) => {
		const { code, stdout, stderr } = await runAgainst(
			withZone(() => step),
			[...PURGE, '--json'],
		);
		expect([code, stderr]).toEqual([1, '']);
		expect(JSON.parse(stdout)).toMatchObject({ status: 'error', error: expect.stringMatching(/\.$/), ...fields });
	});

	test('a failed read is a document that says that nothing changed', async () => {
		const { code, stdout } = await runAgainst(() => 'break', ['call', 'zones_list', '--json']);
		expect(code).toBe(1);
		expect(JSON.parse(stdout)).toMatchObject({ ...inAllCases, changed: 'no' });
	});

	test('a call of which a part was done says yes, what is left, and the command that continues it', async () => {
		let purges = 0;
		const script = withZone(() =>
			++purges === 1 ? success({ id: 'x' }) : failure(403, { code: 10000, message: 'Authentication error' }),
		);
		const tags = JSON.stringify(Array.from({ length: 250 }, (_, at) => `t${at}`));
		const words = ['call', 'purge_cache', '--zone', ZONE_ID, '--tags', tags, '--json', '--log-level', 'info'];
		const { code, stdout } = await runAgainst(script, words);
		expect(code).toBe(1);
		const { resume, ...document } = JSON.parse(stdout);
		expect(document).toMatchObject({
			status: 'partial',
			changed: 'yes',
			error: expect.stringContaining('Not done: '),
			code: 10000,
			http: 403,
			remaining: { tags: expect.any(Number) },
		});
		expect(document.next).toMatch(
			new RegExp(
				`Continue with: cloudflare-cache-mcp call purge_resume --resume ${resume} --retries 0 --log-level info$`,
			),
		);
	});

	test.each([
		['an unknown flag', ['call', 'zones_list', '--json', '--sandbx'], 2],
		['a flag with a wrong value', ['tools', '--json', '--retries', 'many'], 2],
		['an unknown command', ['tool', '--json'], 2],
		['words that are no arguments', ['call', 'purge_cache', 'example.com', '--json'], 2],
		['an argument that the tool refuses', ['call', 'purge_cache', '--zone', ZONE, '--urls', '/a', '--json'], 2],
		['a missing credential', ['call', 'zones_list', '--json'], 1],
		['a missing consent', ['call', 'purge_everything', '--zone', ZONE, '--json', '--sandbox'], 3],
	])('%s is a document too, and stderr stays empty', async (_, words, exit) => {
		const { code, stdout, stderr } = await finish(words);
		expect([code, stderr]).toEqual([exit, '']);
		expect(JSON.parse(stdout)).toEqual({
			status: 'error',
			error: expect.stringMatching(/./),
			changed: 'no',
			next: expect.stringMatching(/./),
			...inAllCases,
		});
	});
});

describe('a person at a shell', () => {
	test.each(Object.entries(ErrorCode))('reads nothing that is meant for an agent about %s', (_, code) => {
		for (const status of [400, 401, 403, 404, 429, 500])
			for (const message of ['', 'Invalid access token', 'not allowed from this location']) {
				const about = { status, permission: 'Zone › Cache Purge', retryAfterSeconds: undefined };
				const { advice } = explainRefusal([{ code, message }], about);
				expect(wordFor(advice, { audience: 'shell' })).not.toMatch(FOR_AGENTS);
			}
	});

	test.each([
		['no credential', PURGE],
		['a token command that fails', [...PURGE, '--token-command', 'false']],
		['a forbidden tool', [...PURGE, '--sandbox', '--read-only']],
		['a forbidden zone', [...PURGE, '--sandbox', '--zones', 'example.net']],
		['an unknown zone', [...PURGE.slice(0, 2), '--zone', 'no.example', '--tags', 'a', '--sandbox']],
		['a missing consent', ['call', 'purge_everything', '--zone', ZONE, '--sandbox']],
		['an unknown handle', ['call', 'purge_resume', '--resume', 'abcdefghjk', '--sandbox']],
		['a file outside the folders', ['call', 'purge_cache', '--zone', ZONE, '--urls_file', 'x', '--sandbox']],
	])('reads on stderr, and nothing that is meant for an agent, about %s', async (_, words) => {
		const { code, stdout, stderr } = await finish(words, { env: { CF_CACHE_STATE_DIR: temporaryFolder() } });
		expect(code).not.toBe(0);
		expect(stdout).toBe('');
		expect(stderr).toMatch(/./);
		expect(stderr).not.toMatch(FOR_AGENTS);
	});

	test('is told where a token is made when there is none', async () => {
		const { stderr } = await finish(['call', 'zones_list']);
		expect(stderr).toBe(
			'No credential: CLOUDFLARE_API_TOKEN is not set.\nSet CLOUDFLARE_API_TOKEN. You create a token at https://dash.cloudflare.com/profile/api-tokens.\n',
		);
	});

	test('may name the zone of a tool even where only one zone is possible', async () => {
		const { url, changes } = await openSandbox();
		const env = { CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_BASE_URL: url, CLOUDFLARE_ZONE: ZONE, CF_CACHE_ZONES: ZONE };
		expect(await finish(PURGE, { env })).toMatchObject({ code: 0 });
		expect((await finish(PURGE.with(3, 'example.net'), { env })).code).toBe(1);
		expect(changes()).toHaveLength(1);
	});
});
