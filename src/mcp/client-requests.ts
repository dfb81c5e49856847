/** Asks the client for what only it has: its roots, and the user's answer to a form. */
import { fileURLToPath } from 'node:url';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ElicitRequestFormParams, ElicitResult, ListRootsResult } from '@modelcontextprotocol/sdk/types.js';
import type { Cancel } from '../base/cancel.js';
import type { ClientInfo } from '../call/audit-entry.js';
import type { AskUser, FormAnswer } from '../call/consent/forms.js';
import { cancelled } from '../errors.js';
import type { Client } from './client.js';

/** Time limit of roots/list: a quarter of that of a call without progress, because the call's own requests need the rest. */
const ROOTS_TIMEOUT_MS = 10_000;
/** The longest timer of Node.js. The SDK must not close a form: call/consent/forms limits how long it is open. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The part of the SDK's Server that sends the client requests. */
interface SdkRequests {
	listRoots(params: undefined, options: RequestOptions): Promise<ListRootsResult>;
	elicitInput(params: ElicitRequestFormParams, options: RequestOptions): Promise<ElicitResult>;
}

/** The client as its initialize described it, and the requests that it takes. */
export class ClientRequests {
	private readonly sdk: SdkRequests;
	private readonly client: () => Client | undefined;

	/** @param client the client as its initialize describes it; undefined before it */
	constructor(sdk: SdkRequests, client: () => Client | undefined) {
		this.sdk = sdk;
		this.client = client;
	}

	/** Name and version of the client; undefined before its initialize. */
	get clientInfo(): ClientInfo | undefined {
		const client = this.client();
		return client && { name: client.name, version: client.version };
	}

	/** Reads the folders that the client offers; undefined where it offers none. Aborting `cancel` ends the request. */
	rootsReader(cancel: Cancel): (() => Promise<string[]>) | undefined {
		return this.client()?.roots ? () => this.listRoots(cancel) : undefined;
	}

	/** Shows the user a form for the zone name; undefined where the client offers no forms. */
	get askUser(): AskUser | undefined {
		return this.client()?.forms ? (question, cancel) => this.showForm(question, cancel) : undefined;
	}

	/** A client that answers with an error, or too late, offers no folders. */
	private async listRoots(cancel: Cancel): Promise<string[]> {
		const limits = { signal: cancel.native, timeout: ROOTS_TIMEOUT_MS };
		const { roots } = await this.sdk.listRoots(undefined, limits).catch(() => ({ roots: [] }));
		return roots.flatMap(({ uri }) => {
			try {
				return uri.startsWith('file:') ? [fileURLToPath(uri)] : [];
			} catch {
				// The URI names another host, or has an encoded slash: it is no folder of this machine.
				return [];
			}
		});
	}

	/** An answer that is not accepted, or not well-formed, never counts as typed. Throws CancelledError when `cancel` aborts. */
	private async showForm({ consequence, zoneName }: Parameters<AskUser>[0], cancel: Cancel): Promise<FormAnswer> {
		try {
			const { action, content } = await this.sdk.elicitInput(
				{
					message: `${consequence}\nTo confirm, type the zone name: ${zoneName}`,
					requestedSchema: {
						type: 'object',
						properties: { zone: { type: 'string', title: 'Zone name', description: `Type ${zoneName} to confirm` } },
						required: ['zone'],
					},
				},
				{ signal: cancel.native, timeout: MAX_TIMER_MS },
			);
			if (action !== 'accept') return { kind: action === 'decline' ? 'declined' : 'cancelled' };
			return typeof content?.zone === 'string' ? { kind: 'typed', text: content.zone } : { kind: 'invalid' };
		} catch {
			if (cancel.aborted) throw cancelled(cancel.reason);
			return { kind: 'invalid' };
		}
	}
}
