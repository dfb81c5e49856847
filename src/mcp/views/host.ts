/** Talks to the host of the view: JSON-RPC over postMessage, as the extension io.modelcontextprotocol/ui defines it. */
import { isObject } from '../../base/json.js';

/** The version of the extension that the view speaks. */
const PROTOCOL_VERSION = '2026-01-26';

type Params = Readonly<Record<string, unknown>>;

/** The result of a tool, as MCP has it. */
export interface ToolResult {
	readonly text: string;
	readonly isError: boolean;
	readonly structuredContent: unknown;
}

/** What the host tells the view. */
export interface HostEvents {
	/** The arguments of the call whose result is shown. */
	onInput(args: Params): void;
	onResult(result: ToolResult): void;
	onCancelled(): void;
	/** Theme and style of the host, once at the start and at each change. */
	onContext(context: Params): void;
}

/** The connection of the view to its host. */
export class Host {
	private readonly waiting = new Map<number, (message: Params) => void>();
	private readonly events: HostEvents;
	private capabilities: Params = {};
	private lastId = 0;

	constructor(events: HostEvents) {
		this.events = events;
		// Only the host may speak: other windows can send messages too.
		window.addEventListener('message', ({ source, data }) => {
			if (source === window.parent && isObject(data)) this.receive(data);
		});
	}

	/** Introduces the view. From then on the host tells what there is to show. */
	async connect(appInfo: { readonly name: string; readonly version: string }): Promise<void> {
		const answer = await this.request('ui/initialize', {
			protocolVersion: PROTOCOL_VERSION,
			appInfo,
			appCapabilities: { availableDisplayModes: ['inline', 'fullscreen'] },
		});
		if (isObject(answer.hostCapabilities)) this.capabilities = answer.hostCapabilities;
		if (isObject(answer.hostContext)) this.events.onContext(answer.hostContext);
		this.notify('ui/notifications/initialized', {});
		new ResizeObserver(() => this.tellSize()).observe(document.body);
	}

	/** Whether the host offers this, such as `serverTools`. */
	offers(capability: string): boolean {
		return isObject(this.capabilities[capability]);
	}

	/** Calls a tool of the server. Throws where the host refuses the call. */
	async callTool(name: string, args: Params): Promise<ToolResult> {
		return readResult(await this.request('tools/call', { name, arguments: args }));
	}

	/** Tells the model what changed since the result that it knows. */
	async tellModel(text: string): Promise<void> {
		if (this.offers('updateModelContext'))
			await this.request('ui/update-model-context', { content: [{ type: 'text', text }] });
	}

	private receive(message: Params): void {
		const { id, method, params } = message;
		if (typeof method === 'string' && id !== undefined) this.answer(id, method);
		else if (typeof method === 'string') this.hear(method, isObject(params) ? params : {});
		else if (typeof id === 'number') this.waiting.get(id)?.(message);
	}

	private answer(id: unknown, method: string): void {
		const isKnown = method === 'ping' || method === 'ui/resource-teardown';
		this.post({ id, ...(isKnown ? { result: {} } : { error: { code: -32601, message: 'Method not found' } }) });
	}

	private hear(method: string, params: Params): void {
		if (method === 'ui/notifications/tool-input')
			this.events.onInput(isObject(params.arguments) ? params.arguments : {});
		if (method === 'ui/notifications/tool-result') this.events.onResult(readResult(params));
		if (method === 'ui/notifications/tool-cancelled') this.events.onCancelled();
		if (method === 'ui/notifications/host-context-changed') this.events.onContext(params);
	}

	/** A request has no time limit: the server may ask the user first, and the user may take a while. */
	private request(method: string, params: Params): Promise<Params> {
		const id = ++this.lastId;
		return new Promise((resolve, reject) => {
			this.waiting.set(id, ({ result, error }) => {
				this.waiting.delete(id);
				if (isObject(result)) resolve(result);
				else reject(new Error(isObject(error) ? String(error.message) : 'The client gave no answer.'));
			});
			this.post({ id, method, params });
		});
	}

	private notify(method: string, params: Params): void {
		this.post({ method, params });
	}

	private tellSize(): void {
		this.notify('ui/notifications/size-changed', { height: Math.ceil(document.documentElement.scrollHeight) });
	}

	/** The view does not know the origin of its host, and sends nothing that the host did not give it. */
	private post(message: Params): void {
		window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*');
	}
}

function readResult({ content, isError, structuredContent }: Params): ToolResult {
	const texts = (Array.isArray(content) ? content : []).map((part) => (isObject(part) ? part.text : undefined));
	const text = texts.filter((one) => typeof one === 'string').join('\n');
	return { text, isError: isError === true, structuredContent };
}
