/** Makes a server of 24 tools with the MCP SDK and as little code as possible; three of them call the API. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

type Ask = (method: string, path: string, body?: string) => Promise<string>;

const root = process.env.UPSTREAM ?? '';

/** Loads node:http at the first call, so that the start is as light as the SDK allows. */
async function viaHttp(): Promise<Ask> {
	const { Agent, request } = await import('node:http');
	const agent = new Agent({ keepAlive: true });
	return (method, path, body) =>
		new Promise((resolve, reject) => {
			request(`${root}${path}`, { method, agent, headers: HEADERS }, (response) => {
				let text = '';
				response.setEncoding('utf8');
				response.on('data', (chunk: string) => {
					text += chunk;
				});
				response.once('end', () => resolve(text)).once('error', reject);
			})
				.once('error', reject)
				.end(body);
		});
}

async function viaFetch(): Promise<Ask> {
	return async (method, path, body) => {
		const answer = await fetch(`${root}${path}`, { method, headers: HEADERS, ...(body !== undefined && { body }) });
		return answer.text();
	};
}

const HEADERS = { authorization: 'Bearer x-dummy', 'user-agent': 'minimal/0', 'content-type': 'application/json' };

let opened: Promise<Ask> | undefined;

async function askApi(method: string, path: string, body?: string) {
	opened ??= process.env.VIA === 'fetch' ? viaFetch() : viaHttp();
	const { result } = JSON.parse(await (await opened)(method, path, body)) as { result: unknown };
	return { content: [{ type: 'text' as const, text: JSON.stringify(result) }] };
}

/** Gives a new server, which is to be connected to one client. */
export function makeMinimalServer(): McpServer {
	const server = new McpServer({ name: 'minimal', version: '0.0.0' });
	const zone = z.string().describe('Zone id');

	server.registerTool('zones_list', { description: 'Lists zones', inputSchema: { name: z.string().optional() } }, () =>
		askApi('GET', '/zones?per_page=50'),
	);
	server.registerTool(
		'cache_reserve_get',
		{ description: 'Whether Cache Reserve is on', inputSchema: { zone } },
		({ zone }) => askApi('GET', `/zones/${zone}/cache/cache_reserve`),
	);
	server.registerTool(
		'purge_cache',
		{ description: 'Purges URLs', inputSchema: { zone, urls: z.array(z.string()).describe('Absolute URLs') } },
		({ zone, urls }) => askApi('POST', `/zones/${zone}/purge_cache`, JSON.stringify({ files: urls })),
	);
	for (let at = 4; at <= 24; at++)
		server.registerTool(
			`setting_${at}_edit`,
			{
				description: `Changes setting ${at} of a zone`,
				inputSchema: {
					zone,
					value: z.string().describe('New value'),
					reason: z.string().optional().describe('Why it is changed'),
				},
			},
			({ value }) => ({ content: [{ type: 'text', text: `Setting ${at} is ${value}.` }] }),
		);
	return server;
}
