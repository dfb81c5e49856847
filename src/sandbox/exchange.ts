/** One exchange over HTTP: the request is read, answered as the sandbox is told to, and reported. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './answers.js';
import { type Body, readBody } from './body.js';
import { type Fault, type Faults, writePage } from './faults.js';
import { answerRequest, type State } from './gate.js';
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
	/** 0 when not even the status line was sent. */
	status: number;
	/** Whether the operation was carried out, even if its answer was lost. */
	applied: boolean;
}

/** How a sandbox deals with all its requests. */
export interface SandboxSettings {
	state: State;
	faults: Faults;
	latency: number;
	onRequest: (request: SeenRequest) => void;
}

/** Deals with one request. */
export async function exchange(
	conduct: SandboxSettings,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { method = '', url = '', headers, socket } = request;
	const [path = '', query = ''] = splitOnce(url, '?');
	// Drawn before the body is read, so that slow bodies do not change whose fault it is.
	const fault = conduct.faults(path);
	let body: Body;
	try {
		body = await readBody(request);
	} catch {
		// The client went away in the middle of its body: nobody is left to answer.
		response.destroy();
		return;
	}
	const received = { method, path, query, headers, body };
	const answer = fault?.skipHandler ? undefined : answerRequest(conduct.state, received, fault?.refusal);
	const report = (status: number) => {
		const seen = body.parsed === undefined ? body.text || undefined : body.parsed.value;
		const applied = answer?.body.success ?? false;
		conduct.onRequest({ method, path: stripBase(path), query, body: seen, headers, status, applied });
	};
	if (fault?.answer === 'never') {
		// What was applied is told at once, for the client may stay for long.
		if (answer !== undefined) report(0);
		await untilGone(socket);
		if (answer === undefined) report(0);
		return;
	}
	if (conduct.latency > 0) await untilGone(socket, conduct.latency);
	report(deliver(answer, fault, response, socket));
}

/** Gives the status that was sent. */
function deliver(
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
	const html = kind === 'html' && answer.status >= 500;
	const text = html ? writePage(answer.status, answer.body.errors[0]?.message ?? '') : JSON.stringify(answer.body);
	response.writeHead(answer.status, {
		'Content-Type': html ? 'text/html' : 'application/json',
		'CF-Ray': `${randomBytes(8).toString('hex')}-SIM`,
		...answer.headers,
		...(kind === 'broken-off' ? { 'Content-Length': Buffer.byteLength(text) } : {}),
	});
	const half = text.slice(0, text.length / 2);
	if (kind === 'broken-off') response.write(half, () => socket.destroy());
	else response.end(kind === 'cut' ? half : text);
	return answer.status;
}

/** Waits until the connection is gone, or so many milliseconds if told. */
function untilGone(socket: Socket, ms?: number): Promise<void> {
	if (socket.destroyed) return Promise.resolve();
	return new Promise((resolve) => {
		const end = () => {
			clearTimeout(timer);
			socket.off('close', end);
			resolve();
		};
		const timer = ms === undefined ? undefined : setTimeout(end, ms);
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
