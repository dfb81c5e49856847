/** Measures the tokens section: o200k tokens of the tools as listed and of some answers, by the built command. */

import { OPERATIONS } from '../../src/operations/index.js';
import api from '../cloudflare/openapi.json' with { type: 'json' };
import { ZONE, ZONE_NAME } from './answers.js';
import type { RowId } from './rows.js';
import type { Section } from './section.js';
import { callOf, listTools, readResult, type Server } from './server.js';
import { SUBJECTS } from './subjects.js';
import { startUpstream } from './upstream.js';

/** Id of a row of this section. */
export type TokenRow = Extract<RowId, `tokens.${string}`>;

interface Tool {
	name: string;
	description: string;
	inputSchema: unknown;
}

interface Answer {
	content: { text: string }[];
	isError?: boolean;
}

const URLS = Array.from({ length: 100 }, (_, at) => `https://${ZONE_NAME}/articles/of-the-day/${at}`);

/** The calls whose answers are counted. The last one is refused by the API. */
const CALLS = {
	'tokens.setting': ['cache_reserve_get', { zone: ZONE }],
	'tokens.mappings': ['origin_cloud_regions_list', { zone: ZONE, per_page: 100 }],
	'tokens.regions': ['origin_cloud_regions_supported', { zone: ZONE }],
	'tokens.purge': ['purge_cache', { zone: ZONE, urls: URLS }],
	'tokens.error': ['variants_get', { zone: ZONE }],
} as const satisfies Partial<Record<TokenRow, readonly [string, Record<string, unknown>]>>;

/** Gives the names of the tools that send one of the 22 documented operations. */
function documentedTools(): Set<string> {
	const core = new Set(
		Object.entries(api.paths).flatMap(([path, methods]) =>
			Object.entries(methods as Record<string, { 'x-scope'?: string }>)
				.filter(([, operation]) => operation['x-scope'] === 'core')
				.map(([method]) => `${method.toUpperCase()} ${path}`),
		),
	);
	if (core.size !== 22) throw new Error(`${core.size} operations are marked as documented, not 22`);
	return new Set(OPERATIONS.filter(({ route }) => route !== undefined && core.has(route)).map(({ name }) => name));
}

/** Counts the tokens of every row. Throws when a call does not end as expected. */
export async function measureTokens(): Promise<Record<TokenRow, number>> {
	// Loaded here because it is large and most sections do without it.
	const { encode } = await import('gpt-tokenizer/encoding/o200k_base');
	const cost = (tools: readonly Tool[]) =>
		tools
			.map(({ name, description, inputSchema }) => encode(JSON.stringify({ name, description, inputSchema })).length)
			.reduce((sum, count) => sum + count, 0);
	const upstream = await startUpstream();
	const whole = SUBJECTS.ours(upstream.url);
	const purging = SUBJECTS.ours(upstream.url, ['--toolsets', 'purge']);
	try {
		const all = await toolsOf(whole);
		const documented = documentedTools();
		const answers = Object.entries(CALLS).map(async ([row, [tool, args]]) => {
			const text = await textOf(whole, tool, args, row === 'tokens.error');
			return [row, encode(text).length] as const;
		});
		return {
			'tokens.documented': cost(all.filter(({ name }) => documented.has(name))),
			'tokens.all': cost(all),
			'tokens.purge-tools': cost(await toolsOf(purging)),
			...(Object.fromEntries(await Promise.all(answers)) as Record<keyof typeof CALLS, number>),
		};
	} finally {
		await whole.kill();
		await purging.kill();
		await upstream.close();
	}
}

async function toolsOf(server: Server): Promise<Tool[]> {
	return readResult<{ tools: Tool[] }>(await listTools(server)).tools;
}

async function textOf(server: Server, tool: string, args: Record<string, unknown>, fails: boolean): Promise<string> {
	const { content, isError = false } = readResult<Answer>(await server.ask('tools/call', callOf(tool, args)).answer);
	const text = content.map((part) => part.text).join('\n');
	if (isError !== fails) throw new Error(`${tool} answered: ${text}`);
	return text;
}

export const tokens: Section = async ({ report }) => {
	for (const [row, count] of Object.entries(await measureTokens())) report(row as TokenRow, count);
};
