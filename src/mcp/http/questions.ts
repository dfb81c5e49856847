/** Keeps the questions that clients were asked and have not answered. The answer to one comes with another POST. */
import { randomBytes } from 'node:crypto';
import { Cancel, type Signal } from '../../base/cancel.js';
import type { FormAnswer, FormQuestion } from '../../call/consent/forms.js';
import { CLOSING, cancelled } from '../../errors.js';
import { readFormAnswer, toForm } from '../form.js';
import type { CarriedAnswer } from './wire.js';

/** How a question leaves. Never rejects. */
type Tell = (message: { jsonrpc: '2.0'; method: string; params: Record<string, unknown>; id?: string }) => void;

interface OpenQuestion {
	readonly session: string;
	settle(result: unknown): void;
}

/** The open questions of this process. */
export class Questions {
	private readonly replica: string;
	private readonly open = new Map<string, OpenQuestion>();
	private readonly closing = new Cancel();

	/** @param replica the name of this process, by which other replicas find it */
	constructor(replica: string) {
		this.replica = replica;
	}

	/** The replica that has asked a question, by the id of the question. */
	static replicaOf(id: string): string {
		return id.split('.', 1)[0] ?? '';
	}

	/**
	 * Asks the user of a session. An answer of another session does nothing. Throws CancelledError when `cancel` or `gone`
	 * aborts, or the server closes.
	 */
	async ask(session: string, question: FormQuestion, tell: Tell, ends: readonly Signal[]): Promise<FormAnswer> {
		const id = `${this.replica}.${randomBytes(16).toString('base64url')}`;
		const over = new Cancel();
		const releases = [...ends, this.closing].map((end) => over.follow(end));
		try {
			return await new Promise<FormAnswer>((resolve, reject) => {
				if (over.aborted) return reject(cancelled(over.reason));
				over.addEventListener('abort', () => {
					tell({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
					reject(cancelled(over.reason));
				});
				this.open.set(id, { session, settle: (result) => resolve(readFormAnswer(result) ?? { kind: 'invalid' }) });
				tell({ jsonrpc: '2.0', id, method: 'elicitation/create', params: { ...toForm(question), mode: 'form' } });
			});
		} finally {
			this.open.delete(id);
			for (const release of releases) release();
		}
	}

	/** Takes an answer. It does nothing where this process has not asked that session. */
	take({ session, question, result }: CarriedAnswer): void {
		const open = this.open.get(question);
		if (open?.session === session) open.settle(result);
	}

	/** The server closes: what waits for an answer ends, because none would come any more. */
	close(): void {
		this.closing.abort(CLOSING);
	}
}
