/** `demo`: the real process plays the whole story against the sandbox. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { TOOLSETS } from '../../src/operations/operation.js';
import { finish, start } from '../support/process.js';

describe('demo', () => {
	let played: Awaited<ReturnType<typeof finish>>;
	/** Each step: its tool, its arguments, and all that was said. */
	let steps: { tool: string; said: string }[];
	beforeAll(async () => {
		// Nothing but this machine can be reached through these.
		const nowhere = { CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' };
		// And nothing can be written below a home that is a file.
		const env = { ...nowhere, HOME: fileURLToPath(import.meta.url) };
		played = await finish(['demo'], { env, until: afterAll });
		steps = played.stdout
			.split('  → ')
			.slice(1)
			.map((step) => ({ tool: step.split(' ')[0] ?? '', said: step }));
	});
	const told = (tool: string, ...words: string[]) =>
		steps.filter((step) => step.tool === tool && words.every((word) => step.said.includes(word)));

	test('goes as told and exits with 0', () => {
		expect(played).toMatchObject({ code: 0, stderr: '' });
		expect(played.stdout).toContain('Everything went as told.');
	});

	test('has no escape sequences where its output is no terminal', () => expect(played.stdout).not.toContain('\u001b'));

	test('shows a purge of everything that a person declined', () => {
		expect(told('purge_everything', 'the person declines', 'Nothing was changed.')).toHaveLength(1);
	});

	test('shows a purge of everything that the wrong zone name did not confirm', () => {
		expect(told('purge_everything', 'the person types: example.org', 'Nothing was changed.')).toHaveLength(1);
	});

	test('shows a purge of everything that a person confirmed', () => {
		const [step, ...more] = told('purge_everything', 'the person types: example.com', 'cf-ray');
		expect(step?.said).not.toContain('Nothing was changed.');
		expect(more).toEqual([]);
	});

	test.each(TOOLSETS)('uses the family %s', (family) => {
		const names = OPERATIONS.filter(({ toolset }) => toolset === family).map(({ name }) => name);
		expect(steps.filter(({ tool }) => names.includes(tool))).not.toEqual([]);
	});
});

test('a reader that has seen enough, such as head, ends it without a word', async () => {
	const running = start(['demo']);
	running.closeOutput();
	await running.ended;
	expect(running.stderr()).toBe('');
});
