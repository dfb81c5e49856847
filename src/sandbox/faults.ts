/** Injects faults: decides which request meets one, and what the fault does to it. */
import { Failure } from './answers.js';
import { tooManyCalls, tooManyPurges } from './failures.js';

const KINDS = [
	'rate-limited',
	'global-limited',
	'server-error',
	'reset-before',
	'reset-after',
	'truncated',
	'hang',
] as const;

/**
 * A kind of fault. The operation is not applied with rate-limited, global-limited, server-error and reset-before. It is
 * applied, but its answer is lost, with reset-after and truncated. With hang, chance decides whether it is applied.
 */
export type FaultKind = (typeof KINDS)[number];

/** Which requests meet a fault. */
export interface FaultOptions {
	/** The share of requests, 0 to 1. */
	rate: number;
	/** The same seed and order of requests give the same faults; 1 by default. */
	seed?: number;
	/** All kinds by default. */
	kinds?: readonly FaultKind[];
}

/** What a fault does to one request. */
export interface Fault {
	/** The answer; the operation is not run. */
	refusal?: Failure;
	/** The request does not reach the operation, and gets no answer. */
	skipHandler?: true;
	/**
	 * How the answer is sent: whole, as HTML, as half a text, until the connection breaks in its middle (`broken-off`), or
	 * not at all, with a closed (`reset`) or an open connection (`never`).
	 */
	answer: 'whole' | 'html' | 'cut' | 'broken-off' | 'reset' | 'never';
}

/** Returns the fault of the next request, if it meets one. */
export type Faults = (path: string) => Fault | undefined;

/** Makes a fault of each kind. `random`, from 0 to below 1, decides what the kind leaves open. */
const MAKERS: Record<FaultKind, (random: number) => Fault> = {
	'rate-limited': () => ({ refusal: tooManyPurges(1), answer: 'whole' }),
	'global-limited': () => ({ refusal: tooManyCalls(1), answer: 'whole' }),
	'server-error': makeServerError,
	'reset-before': () => ({ skipHandler: true, answer: 'reset' }),
	'reset-after': () => ({ answer: 'reset' }),
	truncated: (random) => ({ answer: random < 0.5 ? 'cut' : 'broken-off' }),
	hang: (random) => (random < 0.5 ? { answer: 'never' } : { skipHandler: true, answer: 'never' }),
};

const SERVER_ERRORS: [number, string][] = [
	[500, 'Internal Server Error'],
	[502, 'Bad Gateway'],
	[503, 'Service Temporarily Unavailable'],
];

/** Starts a sequence of faults. Each request takes three random numbers, so that its fault depends on its place only. */
export function startFaults({ rate, seed = 1, kinds = KINDS }: FaultOptions): Faults {
	const draw = createRandom(seed);
	return (path) => {
		// Start-up checks call this: a fault here would hide all others.
		if (path.endsWith('/user/tokens/verify')) return undefined;
		const [chance, choice, random] = [draw(), draw(), draw()];
		const kind = kinds[Math.floor(choice * kinds.length)];
		return chance < rate && kind !== undefined ? MAKERS[kind](random) : undefined;
	};
}

/** Returns the web page that a proxy answers with when the server behind it fails. */
export function renderErrorPage(status: number, title: string): string {
	const heading = `${status} ${title}`;
	return `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`;
}

function makeServerError(random: number): Fault {
	const [status, message] = SERVER_ERRORS[Math.floor(random * 3)] ?? [500, 'Internal Server Error'];
	const refusal = new Failure(status, { code: 10_000 + status, message }).invented('code and message');
	return { refusal, answer: (random * 3) % 1 < 0.5 ? 'whole' : 'html' };
}

/** mulberry32: small, even enough, and the same on every machine. */
function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
