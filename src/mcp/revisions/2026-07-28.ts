/**
 * Maps MCP 2026-07-28 to the table of methods. It has no sessions: each request says which revision it speaks and what its
 * client can do, and nothing is remembered from one to the next. No request goes to the client: questions for the user
 * leave with the result of a call.
 */
import type { JSONRPCRequest, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../../base/json.js';
import type { ClientInfo } from '../../call/audit-entry.js';
import type { FormQuestion } from '../../call/consent/forms.js';
import type { Caller } from '../caller.js';
import { readFormAnswer, toForm } from '../form.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND, ProtocolError, UNSUPPORTED_PROTOCOL_VERSION } from '../json-rpc.js';
import { CACHED, type Caching, type Served } from '../methods.js';
import { createProgressReporter } from '../progress.js';
import type { RequestHandle, Requests, Result } from '../requests.js';
import type { Send } from '../safe-send.js';

/** The version that requests name. It has no sessions. */
export const STATELESS_VERSION = '2026-07-28';

/** The extension of the views. Up to 2025-11-25, only clients name it. */
const UI_EXTENSION = 'io.modelcontextprotocol/ui';

export const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
export const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';
const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo';
const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo';
const SUBSCRIPTION_KEY = 'io.modelcontextprotocol/subscriptionId';

/** Methods that no earlier revision has. They are answered by this one even where a request names no version. */
const OWN_METHODS: ReadonlySet<string> = new Set(['server/discover', 'subscriptions/listen']);

/** The name of the one question that a call asks. */
const QUESTION = 'confirm';
/** Longest part of a version that an error repeats. */
const MAX_VERSION_CHARACTERS = 64;

/** Whether a message speaks this revision: it names a version, or a method that only this revision has. */
export function isStateless({ method, params }: { method: string; params?: unknown }): boolean {
	if (OWN_METHODS.has(method)) return true;
	const { _meta } = isObject(params) ? params : {};
	return isObject(_meta) && _meta[VERSION_KEY] !== undefined && _meta[VERSION_KEY] !== null;
}

/** What a request says of its client. */
interface Envelope {
	readonly clientInfo: ClientInfo | undefined;
	/** Whether the client can show the user a form. */
	readonly forms: boolean;
	readonly progressToken: string | number | undefined;
	readonly carried: NonNullable<Caller['carried']>;
	/** The parameters without what the envelope holds. */
	readonly own: Record<string, unknown>;
}

/** What requests are answered with. */
interface StatelessOptions {
	readonly served: Served;
	readonly requests: Requests;
	readonly send: Send;
	/** Who the requests are made for. */
	readonly principal: string;
	/** Names the request over HTTP that the messages come with. */
	readonly requestId: string | undefined;
}

/** Answers the requests of one client. */
export class Stateless {
	private readonly options: StatelessOptions;

	constructor(options: StatelessOptions) {
		this.options = options;
	}

	/** Answers a request as json-rpc.ts reads it. */
	take(request: JSONRPCRequest): void {
		this.options.requests.respond(request, (handle) => this.answer(request, handle));
	}

	private answer({ id, method: name, params }: JSONRPCRequest, handle: RequestHandle): Result | Promise<Result> {
		const envelope = readEnvelope(params);
		const { own } = envelope;
		if (name === 'server/discover') return this.discover();
		if (name === 'subscriptions/listen') return this.listen(id, own, handle);
		const method = this.options.served.methods.get(name);
		if (!method || method.isRemoved) throw new ProtocolError(METHOD_NOT_FOUND, 'Method not found');
		// A list of one page gives no cursor, so every one that comes is another server's.
		if (method.isList && own.cursor !== undefined) throw invalid('cursor is not one that this server gave');
		const { requests, served } = this.options;
		let question: Result | undefined;
		const caller = this.callerOf(envelope, handle, (asked, seal) => {
			question = this.askFor(asked, seal);
		});
		const finish = (result: Result) => question ?? this.complete(result, method.caching);
		const result = requests.track(handle.cancel, () => method.answer(own, caller, served));
		return result instanceof Promise ? result.then(finish) : finish(result);
	}

	private discover(): Result {
		const { serverInfo, capabilities, instructions } = this.options.served.info;
		const extended = { ...capabilities, extensions: { [UI_EXTENSION]: {} } };
		const own = { supportedVersions: [STATELESS_VERSION], capabilities: extended, instructions };
		return this.complete({ ...own, _meta: { [SERVER_INFO_KEY]: serverInfo } }, CACHED);
	}

	/** Stays open until the client cancels it or the server closes. Nothing that it could tell of changes while the server runs. */
	private listen(id: RequestId, { notifications }: Result, { cancel }: RequestHandle): Promise<Result> {
		if (!isObject(notifications)) throw invalid('notifications must be an object');
		const { requests, send } = this.options;
		const about = { [SUBSCRIPTION_KEY]: id };
		const method = 'notifications/subscriptions/acknowledged';
		send({ jsonrpc: '2.0', method, params: { _meta: about, notifications: {} } }).catch(() => undefined);
		return new Promise((resolve) => {
			const end = () => {
				requests.closing.removeEventListener('abort', end);
				resolve(this.complete({ _meta: about }));
			};
			if (requests.closing.aborted) end();
			requests.closing.addEventListener('abort', end);
			cancel.addEventListener('abort', end);
		});
	}

	private callerOf(
		{ clientInfo, forms, progressToken, carried }: Envelope,
		{ cancel, notify }: RequestHandle,
		askLater: NonNullable<Caller['askLater']>,
	): Caller {
		const { requests, principal, requestId } = this.options;
		return {
			principal,
			requestId,
			clientInfo,
			isIntroduced: true,
			cancel,
			closing: requests.closing,
			gone: requests.gone,
			progress: progressToken === undefined ? undefined : createProgressReporter(progressToken, notify),
			askUser: undefined,
			askLater: forms ? askLater : undefined,
			carried,
			roots: undefined,
		};
	}

	private complete({ _meta, ...result }: Result, declared?: Caching): Result {
		const caching = declared && this.options.served.isShared ? { ...declared, cacheScope: 'private' } : declared;
		return { resultType: 'complete', ...result, ...caching, _meta: { ...this.signature, ...(_meta as object) } };
	}

	private askFor(question: FormQuestion, requestState: string): Result {
		const form = { method: 'elicitation/create', params: { mode: 'form', ...toForm(question) } };
		return {
			resultType: 'input_required',
			inputRequests: { [QUESTION]: form },
			requestState,
			_meta: this.signature,
		};
	}

	private get signature(): Result {
		const { name, version } = this.options.served.info.serverInfo;
		return { [SERVER_INFO_KEY]: { name, version } };
	}
}

/** Reads what a request says of itself. Only what is used is read. Throws ProtocolError where that is missing or malformed. */
function readEnvelope({ _meta = {}, inputResponses, requestState, ...own }: Result = {}): Envelope {
	const meta = _meta as Result;
	const version = meta[VERSION_KEY];
	if (typeof version !== 'string') throw invalid(`_meta must name a version as text (${VERSION_KEY})`);
	if (version !== STATELESS_VERSION)
		throw new ProtocolError(UNSUPPORTED_PROTOCOL_VERSION, 'Unsupported protocol version', {
			supported: [STATELESS_VERSION],
			requested: version.slice(0, MAX_VERSION_CHARACTERS),
		});
	const capabilities = meta[CAPABILITIES_KEY];
	if (!isObject(capabilities)) throw invalid(`_meta must hold an object of capabilities (${CAPABILITIES_KEY})`);
	if (inputResponses !== undefined && !isObject(inputResponses)) throw invalid('inputResponses must be an object');
	if (requestState !== undefined && typeof requestState !== 'string') throw invalid('requestState must be a string');
	return {
		clientInfo: readClientInfo(meta[CLIENT_INFO_KEY]),
		forms: offersForms(capabilities.elicitation),
		progressToken: readProgressToken(meta.progressToken),
		carried: { seal: requestState, answer: readFormAnswer(inputResponses?.[QUESTION]) },
		own,
	};
}

function readProgressToken(token: unknown): string | number | undefined {
	if (token === undefined || typeof token === 'string') return token;
	if (typeof token === 'number' && Number.isSafeInteger(token)) return token;
	throw invalid('progressToken must be a string or an integer');
}

function readClientInfo(info: unknown): ClientInfo | undefined {
	if (!isObject(info)) return undefined;
	const { name, version } = info;
	return {
		name: typeof name === 'string' ? name : 'unknown',
		version: typeof version === 'string' ? version : 'unknown',
	};
}

/** An elicitation offers forms where it names them, or nothing at all. */
function offersForms(elicitation: unknown): boolean {
	if (!isObject(elicitation)) return false;
	const { form, ...others } = elicitation;
	const isPresent = (value: unknown) => value !== undefined && value !== null;
	return isPresent(form) || !Object.values(others).some(isPresent);
}

function invalid(problem: string): ProtocolError {
	return new ProtocolError(INVALID_PARAMS, `Invalid params: ${problem}`);
}
