/** A session is the same on every route: in this process, and with the built command over stdio and over HTTP. */
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { temporaryFolder } from '../support/files.js';
import { openSession, ROUTES, types, ZONE } from '../support/session.js';
import { readUnfinished, tagsOf } from '../support/unfinished.js';

describe.each(ROUTES)('a session over %s', (over) => {
	test('lists all tools, resources and prompts, and completes arguments', async () => {
		const { client, tools } = await openSession({ over });
		expect(await tools()).toEqual(OPERATIONS.map(({ name }) => name));
		const { resources } = await client.listResources();
		expect(resources.map(({ uri }) => uri)).toContain('cf-cache://purges/unfinished');
		const { prompts } = await client.listPrompts();
		const prompt = prompts.find(({ arguments: args = [] }) => args.some(({ name }) => name === 'zone'));
		const ref = { type: 'ref/prompt', name: prompt?.name ?? '' } as const;
		const { completion } = await client.complete({ ref, argument: { name: 'zone', value: 'example.c' } });
		expect(completion.values).toContain(ZONE);
		expect(await readUnfinished(client)).toEqual([]);
	});

	test('tells its instructions and its version', async () => {
		const { client } = await openSession({ over });
		expect(client.getInstructions()).toContain('Manages the Cloudflare cache of a zone.');
		expect(client.getServerVersion()?.name).toBe('cloudflare-cache-mcp');
	});

	test('reads and changes a setting', async () => {
		const { call, changes } = await openSession({ over });
		expect((await call('cache_reserve_get', { zone: ZONE })).structured).toMatchObject({ status: 'done' });
		expect((await call('tiered_cache_edit', { zone: ZONE, value: 'on' })).structured?.status).toBe('done');
		expect(changes()).toHaveLength(1);
	});

	test('asks the user before it empties a zone, once', async () => {
		const { call, forms, changes } = await openSession({ over, user: types(ZONE) });
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('done');
		expect(forms).toHaveLength(1);
		expect(changes()).toHaveLength(1);
	});

	test('changes nothing when the user declines', async () => {
		const { call, changes } = await openSession({ over, user: () => ({ action: 'decline' }) });
		const { isError, text } = await call('purge_everything', { zone: ZONE });
		expect([isError, changes()]).toEqual([true, []]);
		expect(text).toContain('was declined');
	});

	test('takes a code once, where the client shows no forms', async () => {
		const { call, changes } = await openSession({ over });
		const { structured } = await call('purge_everything', { zone: ZONE });
		expect(structured?.status).toBe('confirmation_required');
		const { confirm } = structured as { confirm: string };
		expect((await call('purge_everything', { zone: ZONE, confirm })).structured?.status).toBe('done');
		expect((await call('purge_everything', { zone: ZONE, confirm })).isError).toBe(true);
		expect(changes()).toHaveLength(1);
	});

	test('reports progress, and the first note names the handle', async () => {
		const { client, changes } = await openSession({ over, env: { CF_CACHE_STATE_DIR: temporaryFolder() } });
		const notes: string[] = [];
		const params = { name: 'purge_cache', arguments: { zone: ZONE, tags: tagsOf(700) } };
		await client.callTool(params, undefined, { onprogress: ({ message }) => notes.push(message ?? '') });
		expect(notes[0]).toMatch(/call purge_resume with resume: \w{10}$/);
		expect(changes()).toHaveLength(7);
	});

	test('answers an unknown tool and wrong arguments with what to do', async () => {
		const { call, requests } = await openSession({ over });
		expect((await call('purge_cahce', { zone: ZONE })).text).toContain('purge_cache');
		expect((await call('purge_cache', { zone: ZONE, tags: 'a', no: 1 })).isError).toBe(true);
		expect(requests).toEqual([]);
	});
});
