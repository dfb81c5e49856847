/** Clients of other makers speak to the built command, in each revision: whatever we misread, they do not misread too. */
import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as AiTransport } from '@ai-sdk/mcp/mcp-stdio';
import { Client, StreamableHTTPClientTransport, type VersionNegotiationMode } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startUpstream, withZone } from '../support/api.js';
import { temporaryFolder } from '../support/files.js';
import { CLI } from '../support/process.js';
import { startReplica } from '../support/replicas.js';
import { openSandbox } from '../support/sandbox.js';
import { ZONE, ZONE_ID } from '../support/session.js';

type User = () => { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, string> };

const types =
	(zone: string): User =>
	() => ({ action: 'accept', content: { zone } });

/** The ways to the built command. */
const CARRIERS = ['stdio', 'HTTP'] as const;
type Carrier = (typeof CARRIERS)[number];

/** How the built command is started over stdio, for an API at `url`. */
function startOf(url: string) {
	const env = {
		CF_CACHE_STATE_DIR: temporaryFolder(),
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: url,
	};
	return { command: process.execPath, args: [CLI], env };
}

/** A way of the second version's client to a new server for an API at `upstream`. */
async function transportTo(upstream: string, carrier: Carrier) {
	if (carrier === 'stdio') return new StdioClientTransport({ ...startOf(upstream), stderr: 'ignore' });
	const { url } = await startReplica({ upstream });
	return new StreamableHTTPClientTransport(new URL(url));
}

interface ConnectOptions {
	readonly carrier: Carrier;
	readonly mode?: VersionNegotiationMode | undefined;
	readonly user?: User;
	readonly url?: string;
}

/** The client of the SDK's second version. */
async function connect({ carrier, mode, user, url }: ConnectOptions) {
	const sandbox = url === undefined ? await openSandbox() : undefined;
	const client = new Client(
		{ name: 'second', version: '0' },
		{
			capabilities: user ? { elicitation: { form: {} } } : {},
			...(mode && { versionNegotiation: { mode } }),
		},
	);
	if (user) client.setRequestHandler('elicitation/create', async () => user());
	await client.connect(await transportTo(url ?? sandbox?.url ?? '', carrier));
	onTestFinished(() => client.close());
	return { client, changes: () => sandbox?.changes() ?? [] };
}

const PURGE = { name: 'purge_everything', arguments: { zone: ZONE } };

const MODES: readonly (readonly [string, VersionNegotiationMode | undefined, string])[] = [
	['by default', undefined, '2025-11-25'],
	['that probes', 'auto', '2026-07-28'],
	['that is pinned to MCP 2026-07-28', { pin: '2026-07-28' }, '2026-07-28'],
];

describe.for(
	CARRIERS.flatMap((carrier) => MODES.map(([title, mode, version]) => [carrier, title, mode, version] as const)),
)('the client of the SDK, version 2, over %s %s', ([carrier, , mode, version]) => {
	test(`speaks MCP ${version}, lists and calls tools, and reads resources`, async () => {
		const { client } = await connect({ carrier, mode });
		expect(client.getNegotiatedProtocolVersion()).toBe(version);
		expect((await client.listTools()).tools.map(({ name }) => name)).toContain('purge_cache');
		const { structuredContent } = await client.callTool({ name: 'cache_reserve_get', arguments: { zone: ZONE } });
		expect(structuredContent).toMatchObject({ status: 'done' });
		const { contents } = await client.readResource({ uri: 'cf-cache://audit/recent' });
		expect(contents).toMatchObject([{ text: '[]' }]);
		await client.close();
	});

	test('runs a destructive call when its user types the zone name', async () => {
		const { client, changes } = await connect({ carrier, mode, user: types(ZONE) });
		expect((await client.callTool(PURGE)).structuredContent).toMatchObject({ status: 'done' });
		expect(changes()).toHaveLength(1);
	});

	test.for<[string, User]>([
		['declines', () => ({ action: 'decline' })],
		['closes the form', () => ({ action: 'cancel' })],
		['types another name', types('example.net')],
	])('does not run it when its user %s', async ([, user]) => {
		const { client, changes } = await connect({ carrier, mode, user });
		expect(await client.callTool(PURGE)).toMatchObject({ isError: true });
		expect(changes()).toEqual([]);
	});

	test('gets a code where it shows no forms', async () => {
		const { client, changes } = await connect({ carrier, mode });
		expect((await client.callTool(PURGE)).structuredContent).toMatchObject({ status: 'confirmation_required' });
		expect(changes()).toEqual([]);
	});

	test('hears of the progress of a call', async () => {
		const { client } = await connect({ carrier, mode });
		const heard: number[] = [];
		const tags = Array.from({ length: 250 }, (_, at) => `tag-${at}`);
		await client.callTool(
			{ name: 'purge_cache', arguments: { zone: ZONE, tags } },
			{ onprogress: ({ progress }) => void heard.push(progress) },
		);
		expect(heard.length).toBeGreaterThan(0);
	});

	test.for([
		['cancels', undefined],
		['no longer waits for', 2_000],
	] as const)('ends at the API a call that it %s', async ([, timeout]) => {
		const upstream = await startUpstream(withZone(() => 'hang'));
		const { client } = await connect({ carrier, mode, url: upstream.url });
		// What calls need has loaded then.
		await client.callTool({ name: 'no_such_tool', arguments: {} });
		const abort = new AbortController();
		// Its time passes when its request has arrived, which a loaded machine may take longer for.
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		onTestFinished(() => void vi.useRealTimers());
		const call = client.callTool(
			{ name: 'cache_reserve_get', arguments: { zone: ZONE_ID } },
			{ signal: abort.signal, ...(timeout && { timeout }) },
		);
		const failure = call.then(
			() => undefined,
			(error: unknown) => error,
		);
		const { closed } = await upstream.arrival(`/zones/${ZONE_ID}/cache/cache_reserve`);
		if (timeout) vi.advanceTimersByTime(timeout);
		else abort.abort();
		expect(await failure).toBeInstanceOf(Error);
		await closed;
	});
});

test.for(CARRIERS)('the client of the SDK, version 2, listens over %s until it has heard enough', async (carrier) => {
	const { client } = await connect({ carrier, mode: { pin: '2026-07-28' } });
	const subscription = await client.listen({ toolsListChanged: true });
	await subscription.close();
	expect((await client.listTools()).tools.length).toBeGreaterThan(0);
});

describe.for(CARRIERS)("the AI SDK's client over %s", (carrier) => {
	async function connectAi(user: User) {
		const sandbox = await openSandbox();
		const client = await createMCPClient({
			transport:
				carrier === 'stdio'
					? new AiTransport({ ...startOf(sandbox.url), stderr: 'ignore' })
					: { type: 'http', url: (await startReplica({ upstream: sandbox.url })).url },
			capabilities: { elicitation: { form: {} } },
		});
		onTestFinished(() => client.close());
		client.onElicitationRequest(ElicitationRequestSchema, user);
		const tools = await client.tools();
		const purge = () => tools.purge_everything?.execute?.({ zone: ZONE }, { toolCallId: '1', messages: [] } as never);
		return { purge, changes: sandbox.changes };
	}

	test('runs a destructive call when its user types the zone name', async () => {
		const { purge, changes } = await connectAi(types(ZONE));
		expect(await purge()).toMatchObject({ structuredContent: { status: 'done' } });
		expect(changes()).toHaveLength(1);
	});

	test('does not run it when its user declines', async () => {
		const { purge, changes } = await connectAi(() => ({ action: 'decline' }));
		expect(await purge()).toMatchObject({ isError: true });
		expect(changes()).toEqual([]);
	});
});
