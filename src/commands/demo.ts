/** `demo`: the product as an operator would use it, through the SDK's MCP client and a real server process, against the sandbox. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { sanitize } from '../base/sanitize.js';
import { NAME, VERSION } from '../version.js';

interface Step {
	readonly tool: string;
	readonly args: Record<string, unknown>;
	/** What the person answers to the form of this step; null declines it. */
	readonly types?: string | null;
	/** Steps that must fail, and say so. */
	readonly fails?: true;
}

const zone = 'example.com';

const pages = (count: number) => Array.from({ length: count }, (_, at) => `https://www.example.biz/product/${at}`);

const STORY: readonly (readonly [chapter: string, ...Step[]])[] = [
	['Monday morning: what is there?', { tool: 'zones_list', args: {} }, { tool: 'cache_overview', args: { zone } }],
	[
		'A deploy changed the blog. Look first, then purge; spare the origin where stale is fine.',
		{
			tool: 'purge_cache',
			args: {
				zone,
				urls: ['https://www.example.com/blog/', 'https://www.example.com/blog/feed.xml'],
				tags: ['blog'],
				dry_run: true,
			},
		},
		{
			tool: 'purge_cache',
			args: { zone, urls: ['https://www.example.com/blog/', 'https://www.example.com/blog/feed.xml'], tags: ['blog'] },
		},
		{ tool: 'invalidate_cache', args: { zone, prefixes: ['www.example.com/assets'] } },
	],
	[
		'A template changed on every page of the shop: thousands of URLs in one call, at the pace its plan allows.',
		{ tool: 'purge_cache', args: { zone: 'example.biz', urls: pages(2_500), dry_run: true } },
		{ tool: 'purge_cache', args: { zone: 'example.biz', urls: pages(2_500) } },
	],
	[
		'A leaked page must go, and the URL is typed as people type it.',
		{ tool: 'purge_cache', args: { zone, urls: ['/internal/prices.html'] }, fails: true },
		{ tool: 'purge_cache', args: { zone: 'www.example.com', urls: ['https://www.example.com/internal/prices.html'] } },
	],
	[
		'"Just purge everything!" The person is asked, and has second thoughts.',
		{ tool: 'purge_everything', args: { zone, dry_run: true } },
		{ tool: 'purge_everything', args: { zone }, types: null, fails: true },
		{ tool: 'purge_everything', args: { zone }, types: 'example.org', fails: true },
	],
	['After a broken release it is really wanted.', { tool: 'purge_everything', args: { zone }, types: zone }],
	[
		'Staging has its own environment.',
		{ tool: 'environments_list', args: { zone } },
		{ tool: 'purge_environment', args: { zone, environment_id: '', tags: ['release-42'] } },
	],
	[
		'Fewer misses at the origin: tiers and image variants.',
		{ tool: 'smart_tiered_cache_edit', args: { zone, value: 'on' } },
		{ tool: 'regional_tiered_cache_edit', args: { zone, value: 'on' } },
		{ tool: 'variants_edit', args: { zone, value: { jpeg: ['image/webp', 'image/avif'] }, mode: 'merge' } },
		{ tool: 'variants_edit', args: { zone, value: { png: ['image/webp'] }, mode: 'merge' } },
		{ tool: 'regional_tiered_cache_get', args: { zone: 'example.org' }, fails: true },
	],
	[
		'Tell Cloudflare where the origins are.',
		{ tool: 'origin_cloud_regions_supported', args: { zone, vendor: 'aws' } },
		{
			tool: 'origin_cloud_regions_bulk_update',
			args: {
				zone,
				mappings: [
					{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
					{ origin_ip: '192.0.2.2', vendor: 'aws', region: 'us-east-1' },
					{ origin_ip: '2001:DB8:0::1', vendor: 'gcp', region: 'us-central1' },
				],
			},
		},
		{ tool: 'origin_cloud_regions_list', args: { zone } },
		{ tool: 'origin_cloud_regions_delete', args: { zone, origin_ip: 'batch' }, fails: true },
		{
			tool: 'origin_cloud_regions_bulk_delete',
			args: { zone, origin_ips: ['192.0.2.2', '198.51.100.7'] },
			types: zone,
			fails: true,
		},
	],
	[
		'Cache Reserve: on, off, and cleared.',
		{ tool: 'cache_reserve_edit', args: { zone, value: 'on' } },
		{ tool: 'cache_reserve_clear', args: { zone }, fails: true },
		{ tool: 'cache_reserve_edit', args: { zone, value: 'off' } },
		{ tool: 'cache_reserve_clear', args: { zone }, types: zone },
		{ tool: 'cache_reserve_clear_status', args: { zone } },
		{ tool: 'cache_reserve_edit', args: { zone, value: 'on' }, fails: true },
	],
	['How it stands now.', { tool: 'cache_overview', args: { zone } }],
];

/** How the demo reaches the outside. */
export interface Stage {
	/** The Node.js that runs the server. */
	readonly command: string;
	/** The server's entry file. */
	readonly script: URL;
	print(text: string): void;
	readonly colour: boolean;
}

/** Plays the story. Returns 0 when every step went as told, 1 otherwise. */
export async function runDemo({ command, script, print, colour }: Stage): Promise<number> {
	const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
	const client = new Client(
		{ name: `${NAME}-demo`, version: VERSION },
		{ capabilities: { elicitation: { form: {} } } },
	);
	let answer: string | null | undefined;
	client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
		print(
			paint(
				35,
				`    ┌ ${params.message.replaceAll('\n', '\n    │ ')}\n    └ the person ${answer == null ? 'declines' : `types: ${answer}`}\n`,
			),
		);
		return answer == null ? { action: 'decline' } : { action: 'accept', content: { zone: answer } };
	});
	// Its own place for unfinished work: not every machine has a home to write to, and nothing of a play lies beside what is real.
	const state = mkdtempSync(join(tmpdir(), `${NAME}-demo-`));
	const args = [fileURLToPath(script), '--sandbox', '--state-dir', state];
	await client.connect(new StdioClientTransport({ command, args, stderr: 'inherit' }));
	let surprises = 0;
	let environment = '';
	try {
		const { tools } = await client.listTools();
		print(
			`${paint(1, `${NAME} ${VERSION}`)}: ${tools.length} tools, served over stdio, against a simulated Cloudflare on this machine.\n`,
		);
		for (const [chapter, ...steps] of STORY) {
			print(`\n${paint(1, chapter)}\n`);
			for (const { tool, args, types, fails } of steps) {
				const given = 'environment_id' in args ? { ...args, environment_id: environment } : args;
				print(`  ${paint(36, `→ ${tool}`)} ${sanitize(JSON.stringify(given), 400)}\n`);
				answer = types;
				const { content, isError = false, structuredContent } = await client.callTool({ name: tool, arguments: given });
				const [first] = content as { text: string }[];
				print(`${paint(isError ? 33 : 32, (first?.text ?? '').replace(/^/gm, '    '))}\n`);
				if (tool === 'environments_list') environment = stagingOf(structuredContent);
				if (isError !== (fails ?? false)) surprises++;
			}
		}
	} finally {
		await client.close();
		rmSync(state, { recursive: true, force: true });
	}
	print(
		surprises === 0
			? '\nEverything went as told. Nothing left this machine.\n'
			: `\n${surprises} steps did not go as told.\n`,
	);
	return surprises === 0 ? 0 : 1;
}

function stagingOf(structured: unknown): string {
	const { result } = structured as { result: { environments: { name: string; ref: string }[] } };
	return result.environments.find(({ name }) => name === 'Staging')?.ref ?? '';
}
