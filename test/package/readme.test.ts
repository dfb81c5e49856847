/** README and mcp.json say what the product says of itself. UPDATE_README=1 writes the tables anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/commands/install/client.js';
import { CLIENTS } from '../../src/commands/install/clients.js';
import { printMarkdown } from '../../src/commands/tools.js';
import { describeOptions } from '../../src/config/config.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { formatNumber } from '../../src/operations/wording.js';
import { finish } from '../support/process.js';

const path = new URL('../../README.md', import.meta.url);

const options = [
	'| flag | environment | meaning |',
	'|---|---|---|',
	...describeOptions().map(([flag, env, help]) => `| ${flag && `\`${flag}\``} | ${env && `\`${env}\``} | ${help} |`),
	'',
].join('\n');

const clients = [
	'| client | command | token |',
	'|---|---|---|',
	...Object.entries(CLIENTS).map(
		([name, { title, token }]: [string, Client]) =>
			`| ${title} | \`npx cloudflare-cache-mcp install ${name}\` | ${token.next} |`,
	),
	'',
].join('\n');

describe('the README', () => {
	test.for([
		['tools', printMarkdown(OPERATIONS)],
		['options', options],
		['clients', clients],
	] as const)('has the table of %s that the code derives', ([name, table]) => {
		const readme = readFileSync(path, 'utf8');
		const [before = '', rest = ''] = readme.split(`<!-- ${name} -->\n`);
		const [current, after = ''] = rest.split(`<!-- /${name} -->`);
		if (process.env.UPDATE_README) writeFileSync(path, `${before}<!-- ${name} -->\n${table}<!-- /${name} -->${after}`);
		else expect(current).toBe(table);
	});

	test('shows of the demo what the demo shows', async () => {
		const [, excerpt = ''] = /<!-- demo -->\n```text\n(.*)```\n<!-- \/demo -->/s.exec(readFileSync(path, 'utf8')) ?? [];
		const { stdout } = await finish(['demo']);
		const lines = excerpt.split('\n').filter(Boolean);
		expect(lines.length).toBeGreaterThan(10);
		expect(lines.filter((line) => !stdout.split('\n').includes(line))).toEqual([]);
	});

	test.for([
		['tokens for all', []],
		['with `--toolsets purge`', ['--toolsets', 'purge']],
	] as const)('tells what the tools cost: %s', async ([words, flags]) => {
		const { stdout } = await finish(['tools', ...flags]);
		const tokens = formatNumber(Number(/, (\d+) tokens/.exec(stdout)?.[1]));
		expect(readFileSync(path, 'utf8')).toContain(`${tokens} ${words}`);
	});

	test('names the commands that package.json has', () => {
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
