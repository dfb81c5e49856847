/** Speaks MCP 2026-07-28 in raw messages: each request says itself who sends it and what its client can do. */
import type { Message } from './process.js';
import { openSession, type RawOptions, type RawProcessSession, type RawSession } from './session.js';

const PREFIX = 'io.modelcontextprotocol/';

/** The metadata of a request. Fields that are undefined are left out. */
export interface Meta {
	/** `2026-07-28` when absent. */
	readonly version?: unknown;
	/** Those of a client that shows forms when absent. */
	readonly capabilities?: unknown;
	readonly clientInfo?: unknown;
	readonly progressToken?: unknown;
}

export const FORMS = { elicitation: { form: {} } };

/** `_meta` as it is sent. */
export function metaOf(meta: Meta = {}): Record<string, unknown> {
	const { version = '2026-07-28', capabilities = FORMS, clientInfo = { name: 'test', version: '0' } } = meta;
	return {
		[`${PREFIX}protocolVersion`]: version,
		[`${PREFIX}clientCapabilities`]: capabilities,
		[`${PREFIX}clientInfo`]: clientInfo,
		...(meta.progressToken !== undefined && { progressToken: meta.progressToken }),
	};
}

/** A session in which requests are sent with their metadata. */
export interface StatelessSession extends RawSession {
	/** Sends a request and resolves with its whole answer. */
	ask(method: string, params?: Record<string, unknown>, meta?: Meta): Promise<Message>;
}

/** Opens a session without a handshake. */
export async function openStateless(
	options: Omit<RawOptions, 'raw'> & { over: 'stdio' },
): Promise<StatelessSession & RawProcessSession>;
export async function openStateless(options?: Omit<RawOptions, 'raw'>): Promise<StatelessSession>;
export async function openStateless(options: Omit<RawOptions, 'raw'> = {}): Promise<StatelessSession> {
	const session = await openSession({ ...options, raw: true, greet: false });
	const ask: StatelessSession['ask'] = (method, params, meta) =>
		session.request(method, { ...params, _meta: metaOf(meta) });
	return { ...session, ask };
}

/** A question as it left with the result of a call. */
export interface Question {
	readonly state: string;
	readonly message: string;
}

/** The question in an answer. Throws where the answer is something else. */
export function questionIn({ result, error }: Message): Question {
	const { resultType, inputRequests, requestState } = result ?? {};
	const { confirm } = (inputRequests ?? {}) as { confirm?: { params: { message: string } } };
	if (resultType !== 'input_required' || !confirm) throw new Error(`no question: ${JSON.stringify(error ?? result)}`);
	return { state: requestState as string, message: confirm.params.message };
}

/** The members of a call that answers a question. */
export const answering = (state: unknown, answer: unknown) => ({
	requestState: state,
	inputResponses: { confirm: answer },
});

/** The answer of a user who types this. */
export const typed = (zone: string) => ({ action: 'accept', content: { zone } });
