/** Starts the load generator, and declares the jobs that it does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

interface JobBase {
	/** The endpoint. */
	readonly url: string;
	/** Requests that are under way at once. */
	readonly inFlight: number;
}

/** Opens a session for each of these bearer tokens. The empty text stands for a client without one. */
interface OpenJob extends JobBase {
	readonly what: 'open';
	readonly bearers: readonly string[];
}

/** Sends the same request again and again, by the sessions of the endpoint in turn. */
interface AskJob extends JobBase {
	readonly what: 'ask';
	readonly times: number;
	readonly method: 'tools/call' | 'tools/list';
	/** JSON of the parameters. */
	readonly params: string;
}

/** What the load generator is asked for. */
export type Job = OpenJob | AskJob;

/** What came of a job. */
export interface Outcome {
	readonly seconds: number;
	/** Steps a second. */
	readonly rate: number;
	/** The 99th percentile of the time of a step in milliseconds. */
	readonly p99: number;
	readonly failed: number;
	readonly firstFailure?: string | undefined;
}

/** A running load generator. Does one job after another. */
export interface Load {
	run(job: Job): Promise<Outcome>;
	end(): Promise<void>;
}

/** Starts a load generator from its bundle. */
export function startLoad(bundle: string): Load {
	const child = spawn(process.execPath, [bundle], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
	const ended = once(child, 'close');
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	return {
		async run(job) {
			child.stdin.write(`${JSON.stringify(job)}\n`);
			const { value, done } = await lines.next();
			if (done) throw new Error('the load generator has ended');
			return JSON.parse(value) as Outcome;
		},
		async end() {
			child.kill();
			await ended;
		},
	};
}
