/** The README and mcp.json say what is true of the product, apart from the tables that derived.test.ts checks. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatNumber } from '../../src/operations/wording.js';
import { finish } from '../support/process.js';

const path = new URL('../../README.md', import.meta.url);

describe('the README', () => {
	test('quotes only lines that the demo prints', async () => {
		const [, excerpt = ''] = /<!-- demo -->\n```text\n(.*)```\n<!-- \/demo -->/s.exec(readFileSync(path, 'utf8')) ?? [];
		const { stdout } = await finish(['demo']);
		const lines = excerpt.split('\n').filter(Boolean);
		expect(lines.length).toBeGreaterThan(10);
		expect(lines.filter((line) => !stdout.split('\n').includes(line))).toEqual([]);
	});

	test.for([
		['tokens for all', []],
		['with `--toolsets purge`', ['--toolsets', 'purge']],
	] as const)('states the token count that the tools command prints: %s', async ([words, flags]) => {
		const { stdout } = await finish(['tools', ...flags]);
		const tokens = formatNumber(Number(/, (\d+) tokens/.exec(stdout)?.[1]));
		expect(readFileSync(path, 'utf8')).toContain(`${tokens} ${words}`);
	});

	test('names only npm scripts that package.json has', () => {
		const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
			scripts: object;
		};
		const named = [...readFileSync(path, 'utf8').matchAll(/npm (?:run )?(demo|test|build|check|bench)\b/g)].map(
			([, name]) => name,
		);
		expect(named.length).toBeGreaterThan(2);
		for (const name of named) expect(scripts).toHaveProperty(name ?? '');
	});
});

test('mcp.json starts the same command for every client, under a short key', () => {
	const { mcpServers, servers, inputs } = JSON.parse(
		readFileSync(new URL('../../mcp.json', import.meta.url), 'utf8'),
	) as {
		mcpServers: Record<string, { command: string; args: string[]; env: Record<string, string> }>;
		servers: typeof mcpServers;
		inputs: { id: string; password: boolean }[];
	};
	expect(Object.keys(mcpServers)).toEqual(['cf-cache']);
	const { command, args, env } = servers['cf-cache'] ?? { command: '', args: [], env: {} };
	expect(mcpServers['cf-cache']).toMatchObject({ command, args });
	expect(env.CLOUDFLARE_API_TOKEN).toBe(`\${input:${inputs[0]?.id}}`);
	expect(inputs[0]?.password).toBe(true);
});
