/** Says what the tests of the view and the host in their browser give each other. */
import type { CallToolRequest, CallToolResult } from '@modelcontextprotocol/sdk/types.js';

/** Theme and style of the host, as far as the tests use them. */
interface HostContext {
	readonly theme?: 'light' | 'dark';
	readonly styles?: { readonly variables: Readonly<Record<string, string>> };
}

/** What the test gives the host. */
export interface HostSetup {
	readonly capabilities: Readonly<Record<string, object>>;
	readonly context: HostContext;
	/** Arguments and result of the call that the view is for. */
	readonly input: Record<string, unknown>;
	readonly result: CallToolResult;
}

/** The window of the host. */
export interface HostWindow {
	/** Calls a tool of the server; set by the test. */
	callServer(params: CallToolRequest['params']): Promise<CallToolResult>;
	/** Tells the test what else the view asked for; set by the test. */
	record(method: string, params: unknown): Promise<void>;
	/** Opens the view, and resolves when it has been handed the result. */
	openView(setup: HostSetup): Promise<void>;
	/** Changes the theme. */
	changeContext(context: HostContext): void;
}
