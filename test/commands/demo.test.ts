/** Tests `demo` as a real process that plays the whole story against the sandbox. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { TOOLSETS } from '../../src/operations/operation.js';
import { finish, start } from '../support/process.js';

describe('demo', () => {
	let played: Awaited<ReturnType<typeof finish>>;
	/** Each step with its tool and all that was printed. */
	let steps: { tool: string; printed: string }[];
	beforeAll(async () => {
		// Only this machine can be reached through these, and nothing listens there.
		const nowhere = { CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' };
		// Nothing can be written below a home that is a file.
		const env = { ...nowhere, HOME: fileURLToPath(import.meta.url) };
		played = await finish(['demo'], { env, until: afterAll });
		steps = played.stdout
			.split('  → ')
			.slice(1)
			.map((step) => ({ tool: step.split(' ')[0] ?? '', printed: step }));
	});
	const find = (tool: string, ...words: string[]) =>
		steps.filter((step) => step.tool === tool && words.every((word) => step.printed.includes(word)));

	test('plays every step as expected and exits with 0', () => {
		expect(played).toMatchObject({ code: 0, stderr: '' });
		expect(played.stdout).toContain('\nEvery step behaved as expected. No request left this machine.\n');
	});

	test('prints no escape sequences when its output is not a terminal', () =>
		expect(played.stdout).not.toContain('\u001b'));

	test('shows a purge of everything that the user declines', () => {
		expect(find('purge_everything', 'the user declines', 'Nothing was changed.')).toHaveLength(1);
	});

	test('shows a purge of everything that is refused for the wrong zone name', () => {
		expect(find('purge_everything', 'the user types: example.org', 'Nothing was changed.')).toHaveLength(1);
	});

	test('shows a purge of everything that the user confirms', () => {
		const [step, ...more] = find('purge_everything', 'the user types: example.com', 'cf-ray');
		expect(step?.printed).not.toContain('Nothing was changed.');
		expect(more).toEqual([]);
	});

	test.each(TOOLSETS)('calls a tool of the toolset %s', (family) => {
		const names = OPERATIONS.filter(({ toolset }) => toolset === family).map(({ name }) => name);
		expect(steps.filter(({ tool }) => names.includes(tool))).not.toEqual([]);
	});
});

test('demo ends without an error message when the reader closes the pipe, as head does', async () => {
	const running = start(['demo']);
	running.closeOutput();
	await running.ended;
	expect(running.stderr()).toBe('');
});
