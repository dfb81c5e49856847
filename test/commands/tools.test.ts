/** Tests the catalogue as a real process prints it. */
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { needsZone } from '../../src/operations/operation.js';
import { finish } from '../support/process.js';

interface Listed {
	name: string;
	tokens: number;
	inputSchema: { required?: string[] };
}
const json = async (...flags: string[]) => JSON.parse((await finish(['tools', '--json', ...flags])).stdout) as Listed[];
const NAMES = OPERATIONS.map(({ name }) => name);
const namesIn = (tools: readonly Listed[]) => tools.map(({ name }) => name);
const count = (text: string, mark: string) =>
	text.split('\n').filter((line) => new RegExp(`^\\w+ +${mark} `).test(line)).length;

describe('tools', () => {
	test('needs no credential and no network', async () => {
		expect(await finish(['tools'], { env: { CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1' } })).toMatchObject({
			code: 0,
			stderr: '',
		});
	});

	test('prints one line per tool, in listing order', async () => {
		const { stdout } = await finish(['tools']);
		const [rows = ''] = stdout.split('\n\n');
		expect(rows.split('\n').map((row) => row.split(' ')[0])).toEqual(NAMES);
	});

	test('marks tools that change something and tools that need consent', async () => {
		const { stdout } = await finish(['tools']);
		const dangers = OPERATIONS.map(({ danger }) => danger);
		expect(count(stdout, '○')).toBe(dangers.filter((danger) => danger === 'change').length);
		expect(count(stdout, '★')).toBe(dangers.filter((danger) => danger === 'destroy').length);
	});

	test('prints the sum of the tokens', async () => {
		const [{ stdout }, tools] = await Promise.all([finish(['tools']), json()]);
		const sum = tools.reduce((total, { tokens }) => total + tokens, 0);
		expect(stdout).toContain(`${NAMES.length} tools, ${sum} tokens`);
	});

	test('counts the tokens of tools without a zone argument where only the default zone is allowed', async () => {
		const [all, fixed] = await Promise.all([json(), json('--zone', 'example.com', '--zones', 'example.com')]);
		const costlier = fixed.filter(({ tokens }, at) => tokens > (all[at]?.tokens ?? 0));
		const cheaper = fixed.filter(({ tokens }, at) => tokens < (all[at]?.tokens ?? 0));
		expect(costlier).toEqual([]);
		expect(namesIn(cheaper)).toEqual(OPERATIONS.filter(needsZone).map(({ name }) => name));
	});

	test('prints complete tools and their tokens with --json', async () => {
		const tools = await json();
		expect(namesIn(tools)).toEqual(NAMES);
		expect(tools.filter(({ tokens, inputSchema }) => !(tokens > 0) || !inputSchema)).toEqual([]);
	});

	test('leaves out changing tools with --read-only', async () => {
		const readers = OPERATIONS.filter(({ danger }) => danger === 'read').map(({ name }) => name);
		expect(namesIn(await json('--read-only'))).toEqual(readers);
	});

	test('leaves out destructive tools with --confirm block', async () => {
		const harmless = OPERATIONS.filter(({ danger }) => danger !== 'destroy').map(({ name }) => name);
		expect(namesIn(await json('--confirm', 'block'))).toEqual(harmless);
	});

	test('shows zone as optional where a default zone is set', async () => {
		const [tool] = await json('--tools', 'cache_reserve_get', '--zone', 'example.com');
		expect(tool?.inputSchema.required ?? []).not.toContain('zone');
	});

	test('counts a single tool in the singular', async () => {
		const { stdout } = await finish(['tools', '--tools', 'zones_list']);
		expect(stdout).toMatch(/^1 tool, \d+ tokens /m);
	});

	test('exits with 2 for an unknown tool and suggests the nearest name', async () => {
		expect(await finish(['tools', '--tools', 'zone_list'])).toEqual({
			code: 2,
			stdout: '',
			stderr: 'cloudflare-cache-mcp: --tools: there is no tool "zone_list". Did you mean "zones_list"?\n',
		});
	});
});
