/** Questions that leave with a result of MCP 2026-07-28: which are asked, and what came back. */
import { randomUUID } from 'node:crypto';
import { isObject } from '../../src/base/json.js';
import { SealError, Seals } from '../../src/call/consent/seals.js';
import { LOCAL_PRINCIPAL } from '../../src/call/principal.js';
import { INVALID_PARAMS, ProtocolError } from '../../src/mcp/json-rpc.js';
import type { Result } from '../../src/mcp/requests.js';
import { UsedProofsInMemory } from '../../src/state/memory/used-proofs.js';
import type { Raw } from './peer.js';

/** A request to the client. */
interface Question {
	readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
	readonly params: Raw;
}

/** Questions by name. */
export type Questions = Readonly<Record<string, Question>>;

/** The capability that a client must have declared to be asked. */
const CAPABILITY_OF: Readonly<Record<Question['method'], string>> = {
	'elicitation/create': 'elicitation',
	'sampling/createMessage': 'sampling',
	'roots/list': 'roots',
};

/** A form with fields of these types, all required. */
export const form = (message: string, fields: Readonly<Record<string, 'string' | 'boolean'>>): Question => ({
	method: 'elicitation/create',
	params: {
		mode: 'form',
		message,
		requestedSchema: {
			type: 'object',
			properties: Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, { type }])),
			required: Object.keys(fields),
		},
	},
});

/** A question for the model of the client. */
export const sampling = (prompt: string): Question => ({
	method: 'sampling/createMessage',
	params: { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 100 },
});

export const ROOTS: Question = { method: 'roots/list', params: {} };

/** The product's seals, which make the state of questions proof against changes. */
const seals = new Seals({
	secrets: [randomUUID()],
	used: new UsedProofsInMemory(Date.now),
	ttlSeconds: 300,
	now: Date.now,
});

/** What came with one request. */
export class Answers {
	private readonly capabilities: Raw;
	private readonly responses: Raw;
	private readonly state: unknown;

	constructor({ params }: Raw) {
		const { _meta, inputResponses, requestState, capabilities } = isObject(params) ? params : {};
		const declared = isObject(_meta) ? _meta['io.modelcontextprotocol/clientCapabilities'] : capabilities;
		this.capabilities = isObject(declared) ? declared : {};
		this.responses = isObject(inputResponses) ? inputResponses : {};
		this.state = requestState;
	}

	/** Whether the client has declared a capability. */
	has(capability: string): boolean {
		return this.capabilities[capability] !== undefined;
	}

	/** The content or the whole of the answer to a question; undefined where none came that is usable. */
	to(name: string): Raw | undefined {
		const response = this.responses[name];
		if (!isObject(response)) return undefined;
		if (Array.isArray(response.roots) || isObject(response.content)) return response;
		return undefined;
	}

	/** Whether each of the questions is answered. */
	cover(questions: Questions): boolean {
		return Object.keys(questions).every((name) => this.to(name) !== undefined);
	}

	/** The result that asks those of the questions that the client can be asked. */
	ask(questions: Questions, requestState?: string): Result {
		const askable = Object.entries(questions).filter(([, { method }]) => this.has(CAPABILITY_OF[method]));
		return {
			resultType: 'input_required',
			inputRequests: Object.fromEntries(askable),
			...(requestState !== undefined && { requestState }),
		};
	}

	/** A state for a step of a tool. */
	seal(tool: string, step: number): string {
		return seals.close(scopeOf(tool), { callId: randomUUID(), fingerprint: `step-${step}`.padEnd(22, '-') });
	}

	/** The step that the state stands for; undefined where none came. Throws ProtocolError where it was not made here. */
	step(tool: string): number | undefined {
		if (typeof this.state !== 'string') return undefined;
		try {
			const { fingerprint } = seals.open(scopeOf(tool), this.state);
			return Number.parseInt(fingerprint.slice('step-'.length), 10);
		} catch (error) {
			if (error instanceof SealError) throw new ProtocolError(INVALID_PARAMS, `requestState: ${error.message}`);
			throw error;
		}
	}
}

const scopeOf = (tool: string) => ({ principal: LOCAL_PRINCIPAL, tool });
