/** Serves one HTTP request: reads it, answers it, with a fault if one is due, and reports it. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './answers.js';
import { type Body, readBody } from './body.js';
import { type Fault, type Faults, renderErrorPage } from './faults.js';
import { answerRequest, type SandboxState } from './request-handler.js';
import { BASE } from './router.js';

/** A request as the sandbox saw and answered it. */
export interface SeenRequest {
	method: string;
	/** Under /client/v4, still encoded, without the query. */
	path: string;
	query: string;
	/** The parsed JSON, the raw text when it is none, undefined when there was no body. */
	body: unknown;
	headers: IncomingHttpHeaders;
	/** The HTTP status; 0 when not even the status line was sent. */
	status: number;
	/** Whether the operation was carried out, even if its answer was lost. */
	applied: boolean;
}

/** How a sandbox serves its requests. */
export interface SandboxSettings {
	state: SandboxState;
	faults: Faults;
	/** Real time before each answer. */
	latencyMs: number;
	onRequest: (request: SeenRequest) => void;
}

/** Serves one request. Never rejects. */
export async function serveRequest(
	settings: SandboxSettings,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { method = '', url = '', headers, socket } = request;
	const [path = '', query = ''] = splitOnce(url, '?');
	// The fault is drawn before the body is read, so that a slow body does not move it to another request.
	const fault = settings.faults(path);
	let body: Body;
	try {
		body = await readBody(request);
	} catch {
		// The client went away in the middle of its body, so there is no one to answer.
		response.destroy();
		return;
	}
	const received = { method, path, query, headers, body };
	const answer = fault?.skipHandler ? undefined : answerRequest(settings.state, received, fault?.refusal);
	const report = (status: number) => {
		const seen = body.parsed === undefined ? body.text || undefined : body.parsed.value;
		const applied = answer !== undefined && 'success' in answer.body && answer.body.success;
		settings.onRequest({ method, path: stripBase(path), query, body: seen, headers, status, applied });
	};
	if (fault?.answer === 'never') {
		// An applied operation is reported at once, because the client may wait for long.
		if (answer !== undefined) report(0);
		await untilClosed(socket);
		if (answer === undefined) report(0);
		return;
	}
	if (settings.latencyMs > 0) await untilClosed(socket, settings.latencyMs);
	report(sendAnswer(answer, fault, response, socket));
}

/** Sends the answer, or what the fault makes of it. Returns the status that was sent, or 0. */
function sendAnswer(
	answer: Answer | undefined,
	fault: Fault | undefined,
	response: ServerResponse,
	socket: Socket,
): number {
	const kind = fault?.answer ?? 'whole';
	if (answer === undefined || kind === 'reset' || socket.destroyed) {
		socket.destroy();
		return 0;
	}
	const { body } = answer;
	const isHtml = kind === 'html' && answer.status >= 500 && 'success' in body;
	const text = isHtml ? renderErrorPage(answer.status, body.errors[0]?.message ?? '') : JSON.stringify(body);
	response.writeHead(answer.status, {
		'Content-Type': isHtml ? 'text/html' : 'application/json',
		'CF-Ray': `${randomBytes(8).toString('hex')}-SIM`,
		...answer.headers,
		...(kind === 'broken-off' ? { 'Content-Length': Buffer.byteLength(text) } : {}),
	});
	const half = text.slice(0, text.length / 2);
	if (kind === 'broken-off') response.write(half, () => socket.destroy());
	else response.end(kind === 'cut' ? half : text);
	return answer.status;
}

/** Waits until the connection has closed, and no longer than `maxMs`. */
function untilClosed(socket: Socket, maxMs?: number): Promise<void> {
	if (socket.destroyed) return Promise.resolve();
	return new Promise((resolve) => {
		const end = () => {
			clearTimeout(timer);
			socket.off('close', end);
			resolve();
		};
		const timer = maxMs === undefined ? undefined : setTimeout(end, maxMs);
		socket.on('close', end);
	});
}

function splitOnce(text: string, separator: string): string[] {
	const at = text.indexOf(separator);
	return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function stripBase(path: string): string {
	return path.startsWith(`${BASE}/`) ? path.slice(BASE.length) : path;
}
