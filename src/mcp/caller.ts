/** Describes who sends a request, in words that all revisions of MCP share. */
import type { Cancel, Signal } from '../base/cancel.js';
import type { ClientInfo } from '../call/audit-entry.js';
import type { AskUser } from '../call/consent/forms.js';
import type { SealedFormOptions } from '../call/consent/later-form.js';
import type { Progress } from '../call/progress.js';

/** The sender of one request, and what it can be asked. */
export interface Caller {
	/** Who the requests of this connection are made for. */
	readonly principal: string;
	/** Names the request over HTTP that it came with, in logs and audit lines; undefined over stdio. */
	readonly requestId: string | undefined;
	/** Name and version of the client; undefined where it has told none. */
	readonly clientInfo: ClientInfo | undefined;
	/** Whether the client has told what it can do. Otherwise it is unknown whether it can show the user a form. */
	readonly isIntroduced: boolean;
	/** Aborts when the request is cancelled. */
	readonly cancel: Cancel;
	/** Aborts when the server closes. */
	readonly closing: Signal;
	/** Aborts when the client no longer hears the answer, and has not cancelled the request. */
	readonly gone: Signal;
	/** Reports progress; undefined where the client wants none. */
	readonly progress: Progress | undefined;
	/** Shows the user a form; undefined where the client takes no requests for forms. */
	readonly askUser: AskUser | undefined;
	/** Lets a question for the user go out with the result; undefined where the client takes none this way. */
	readonly askLater: SealedFormOptions['send'] | undefined;
	/** What came with the request in answer to such a question. */
	readonly carried: Pick<SealedFormOptions, 'seal' | 'answer'> | undefined;
	/** Reads the folders that the client offers; undefined where it offers none. */
	readonly roots: (() => Promise<readonly string[]>) | undefined;
}
