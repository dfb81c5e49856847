/** Completions of arguments, and the resources that stand beside the tools. */
import { describe, expect, test } from 'vitest';
import { openSession, type Session, ZONE } from '../support/session.js';

const PROMPT = { type: 'ref/prompt', name: 'map_origins' } as const;

async function complete(
	{ client }: Session,
	name: string,
	value: string,
	others: Record<string, string> = {},
	ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string } = PROMPT,
) {
	const { completion } = await client.complete({ ref, argument: { name, value }, context: { arguments: others } });
	return completion.values;
}

describe('completion/complete', () => {
	test.each([
		['exam', ['example.com', 'example.net', 'example.org', 'example.biz']],
		['EXAMPLE.N', ['example.net']],
		['ample', []],
		['no such', []],
		['a'.repeat(300), []],
	])('completes the zone %s by the names that the token sees', async (typed, names) => {
		expect(await complete(await openSession(), 'zone', typed)).toEqual(names);
	});

	test('completes only zones that --zones allows', async () => {
		const session = await openSession({ flags: ['--zones', 'example.net'] });
		expect(await complete(session, 'zone', 'exam')).toEqual(['example.net']);
	});

	test('completes nothing where zones_list is not allowed, and asks nothing', async () => {
		const session = await openSession({ flags: ['--exclude-tools', 'zones_list'] });
		expect(await complete(session, 'zone', 'exam')).toEqual([]);
		expect(session.requests).toEqual([]);
	});

	test('asks the API once for one text', async () => {
		const session = await openSession();
		await complete(session, 'zone', 'exam');
		await complete(session, 'zone', 'exam');
		expect(session.requests).toHaveLength(1);
	});

	test('completes vendors without a request, and regions of the vendor chosen', async () => {
		const session = await openSession();
		expect(await complete(session, 'vendor', 'a')).toEqual(['aws', 'azure']);
		expect(session.requests).toEqual([]);
		const regions = await complete(session, 'region', 'us-', { zone: ZONE, vendor: 'aws' });
		expect(regions).toEqual(['us-east-1', 'us-west-2']);
		expect(await complete(session, 'region', 'us-')).toEqual([]);
	});

	test('completes environments of the zone chosen', async () => {
		const ref = { type: 'ref/prompt', name: 'purge_after_deploy' } as const;
		const session = await openSession();
		expect(await complete(session, 'environment', 's', { zone: ZONE }, ref)).toEqual(['Staging']);
		expect(await complete(session, 'environment', '', { zone: 'example.org' }, ref)).toEqual([]);
	});

	test('completes the zone of the overview resource', async () => {
		const ref = { type: 'ref/resource', uri: 'cf-cache://zones/{zone}/overview' } as const;
		expect(await complete(await openSession(), 'zone', 'example.b', {}, ref)).toEqual(['example.biz']);
	});

	test.each([
		['an unknown prompt', { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'zone', value: '' } }],
		['an unknown template', { ref: { type: 'ref/resource', uri: 'x://{y}' }, argument: { name: 'y', value: '' } }],
		['an argument that the prompt lacks', { ref: PROMPT, argument: { name: 'tags', value: '' } }],
		['no argument', { ref: PROMPT }],
		['no ref', { argument: { name: 'zone', value: '' } }],
	])('refuses %s with -32602', async (_, params) => {
		const { request } = await openSession({ raw: true });
		expect((await request('completion/complete', params)).error).toMatchObject({ code: -32602 });
	});
});

describe('resources', () => {
	test('the overview of a zone is read by its URI, through the checks of cache_overview', async () => {
		const { client } = await openSession({ flags: ['--zones', ZONE] });
		const { resourceTemplates } = await client.listResourceTemplates();
		expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain('cf-cache://zones/{zone}/overview');
		const { contents } = await client.readResource({ uri: `cf-cache://zones/${ZONE}/overview` });
		expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ status: 'done', zone: { name: ZONE } });
		await expect(client.readResource({ uri: 'cf-cache://zones/example.net/overview' })).rejects.toThrow('--zones');
	});

	test('the guide to cache statuses has a line for each status, with the verdict of cache_inspect', async () => {
		const { client } = await openSession();
		const { contents } = await client.readResource({ uri: 'cf-cache://guides/cache-statuses' });
		const lines = (contents[0] as { text: string }).text.split('\n').filter((line) => line.startsWith('- '));
		expect(lines).toHaveLength(9);
		expect(lines).toContain(
			'- **HIT**: It is cached. Nothing needs to be mended. If it is old, update the origin first, and then purge it.',
		);
		expect(lines.at(-1)).toMatch(/^- \*\*no CF-Cache-Status\*\*: The answer did not pass the cache\./);
	});

	test('the guide to error codes has the advice that errors give', async () => {
		const { client, requests } = await openSession();
		const { contents } = await client.readResource({ uri: 'cf-cache://guides/error-codes' });
		const { text } = contents[0] as { text: string };
		expect(text).toContain('- **1164**: The zone has its maximum of 3,500 mappings: delete some first.');
		expect(text).not.toContain('undefined');
		expect(requests).toEqual([]);
	});
});
