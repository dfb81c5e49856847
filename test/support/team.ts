/** Serves several principals by one product in this process, each with a client of its own. */

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import type { Log } from '../../src/base/log.js';
import type { Metrics } from '../../src/base/metrics.js';
import type { Principal } from '../../src/call/principal.js';
import { openEdge } from '../../src/cloudflare/edge/open.js';
import { composeTeam, type Team } from '../../src/compose/team.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { callTool } from '../../src/mcp/call-tool.js';
import type { Channel } from '../../src/mcp/channel.js';
import { ClientConnection } from '../../src/mcp/connection.js';
import type { SeenRequest } from '../../src/sandbox/server.js';
import { createVirtualClock } from './clock.js';
import { temporaryFolder } from './files.js';
import type { Answer } from './raw.js';
import { openSandbox } from './sandbox.js';
import type { User } from './session.js';

/** The operator's credential. */
export const OPERATOR_TOKEN = 'operator-token-0123456789';

interface TeamOptions {
	flags?: readonly string[];
	env?: Readonly<Record<string, string>>;
	/** Base URL of another API than a sandbox. */
	upstream?: string;
	clock?: Clock;
	log?: Log;
	metrics?: Metrics;
}

/** A client of one principal. */
interface Member {
	client: Client;
	call(name: string, args?: Record<string, unknown>): Promise<Answer>;
	/** The names of tools/list. */
	tools(): Promise<string[]>;
	/** The text of a resource. */
	read(uri: string): Promise<string>;
}

/** A product that several principals share. */
export interface OpenTeam {
	team: Team;
	stateDir: string;
	/** Requests that left for the sandbox, oldest first. */
	requests: SeenRequest[];
	/** Those of them that could change something. */
	changes(): SeenRequest[];
	/** A new session of a principal, whose user answers the forms. Without a user, the client offers none. */
	join(principal: Principal, user?: User, requestId?: string): Promise<Member>;
}

/** A principal whose policy is empty, unless it is given. */
export function principal(name: string, about: Partial<Principal> = {}): Principal {
	return { id: `id-of-${name}`, name, policy: {}, secrets: [`bearer-of-${name}-0123456789`], ...about };
}

/** Opens a product that ends with the test. */
export async function openTeam(options: TeamOptions = {}): Promise<OpenTeam> {
	const { flags = [], clock = createVirtualClock(), log = () => undefined, metrics } = options;
	const sandbox = options.upstream === undefined ? await openSandbox() : undefined;
	const stateDir = temporaryFolder();
	const env = {
		CF_CACHE_STATE_DIR: stateDir,
		CLOUDFLARE_API_TOKEN: OPERATOR_TOKEN,
		CLOUDFLARE_BASE_URL: options.upstream ?? sandbox?.url ?? '',
		...options.env,
	};
	const config = readConfig(['--http', '0', ...flags], env) as Config;
	const sandboxPorts = sandbox && (async () => sandbox.edgePorts);
	const edge = openEdge({ clock, hasProxy: false, userAgent: 'test', sandboxPorts });
	const team = await composeTeam(config, { clock, log, edge, ...(metrics && { metrics }) });
	onTestFinished(() => team.close());
	return {
		team,
		stateDir,
		requests: sandbox?.requests ?? [],
		changes: sandbox?.changes ?? (() => []),
		join: (who, user, requestId) => join(team, who, user, requestId),
	};
}

async function join(
	team: Team,
	who: Principal,
	user: User | undefined,
	requestId: string | undefined,
): Promise<Member> {
	const { deps, tools, info } = team.forPrincipal(who);
	const [serverEnd, clientEnd] = InMemoryTransport.createLinkedPair();
	const channel: Channel = { send: (message) => serverEnd.send(message).catch(() => undefined) };
	serverEnd.onmessage = (message) => channel.onmessage?.(message);
	const { toOutput } = deps;
	new ClientConnection({
		...{ tools, info, channel, toOutput, principal: who.id },
		load: async () => ({ deps, callTool }),
		...(requestId !== undefined && { requestId }),
	});
	const client = new Client(
		{ name: 'test', version: '0' },
		{ capabilities: user ? { elicitation: { form: {} } } : {} },
	);
	if (user) client.setRequestHandler(ElicitRequestSchema, ({ params }) => user(params));
	await client.connect(clientEnd);
	onTestFinished(() => client.close());
	return {
		client,
		call: async (name, args = {}) => {
			const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
			const [first] = content as { text: string }[];
			return {
				text: first?.text ?? '',
				structured: structuredContent as Answer['structured'],
				isError: isError === true,
			};
		},
		tools: async () => (await client.listTools()).tools.map(({ name }) => name),
		read: async (uri) => {
			const [first] = (await client.readResource({ uri })).contents as { text: string }[];
			return first?.text ?? '';
		},
	};
}
