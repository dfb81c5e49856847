/** Faults on purpose: which request meets one, and what the fault does to it. */
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
 * The faults there are. Never applied: rate-limited, global-limited, server-error, reset-before.
 * Applied, but the answer is lost: reset-after, truncated. By chance: hang.
 */
export type FaultKind = (typeof KINDS)[number];

/** Which requests meet a fault. */
export interface FaultOptions {
	/** The share of requests, 0 to 1. */
	rate: number;
	/** The same seed and order of requests give the same faults; 1 unless told. */
	seed?: number;
	/** All kinds unless told. */
	kinds?: readonly FaultKind[];
}

/** What a fault does to one request. */
export interface Fault {
	/** Answered in place of running the operation. */
	refusal?: Failure;
	/** Set when the operation is not even reached. */
	skipHandler?: true;
	/** What becomes of the answer: replaced by HTML, the text cut, the connection cut in its middle, or none. */
	answer: 'whole' | 'html' | 'cut' | 'broken-off' | 'reset' | 'never';
}

/** Draws the fault of the next request, if it meets one. */
export type Faults = (path: string) => Fault | undefined;

/** Makes the fault of a kind; the whim, from 0 to below 1, decides what the kind leaves open. */
const MAKERS: Record<FaultKind, (whim: number) => Fault> = {
	'rate-limited': () => ({ refusal: tooManyPurges(1), answer: 'whole' }),
	'global-limited': () => ({ refusal: tooManyCalls(1), answer: 'whole' }),
	'server-error': makeServerError,
	'reset-before': () => ({ skipHandler: true, answer: 'reset' }),
	'reset-after': () => ({ answer: 'reset' }),
	truncated: (whim) => ({ answer: whim < 0.5 ? 'cut' : 'broken-off' }),
	hang: (whim) => (whim < 0.5 ? { answer: 'never' } : { skipHandler: true, answer: 'never' }),
};

const SERVER_ERRORS: [number, string][] = [
	[500, 'Internal Server Error'],
	[502, 'Bad Gateway'],
	[503, 'Service Temporarily Unavailable'],
];

/** Starts a sequence of faults; each request takes three numbers from it, whether it meets a fault or not. */
export function startFaults({ rate, seed = 1, kinds = KINDS }: FaultOptions): Faults {
	const draw = seedNumbers(seed);
	return (path) => {
		// Start-up checks ask this; were it to fail, nothing else would be seen.
		if (path.endsWith('/user/tokens/verify')) return undefined;
		const [chance, choice, whim] = [draw(), draw(), draw()];
		const kind = kinds[Math.floor(choice * kinds.length)];
		return chance < rate && kind !== undefined ? MAKERS[kind](whim) : undefined;
	};
}

/** The page a proxy answers with when there is nothing behind it. */
export function writePage(status: number, title: string): string {
	const heading = `${status} ${title}`;
	return `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`;
}

function makeServerError(whim: number): Fault {
	const [status, message] = SERVER_ERRORS[Math.floor(whim * 3)] ?? [500, 'Internal Server Error'];
	const refusal = new Failure(status, { code: 10_000 + status, message });
	return { refusal, answer: (whim * 3) % 1 < 0.5 ? 'whole' : 'html' };
}

// mulberry32: small, even enough, and the same on every machine.
function seedNumbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
