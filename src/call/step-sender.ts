/** Sends the requests of a call in steps, one after the other, and knows of each change whether it was made. */
import { repeatEvery } from '../base/clock.js';
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { ApiError, cancelled, Failure } from '../errors.js';
import { canonicalIp } from '../operations/fields.js';
import type { RoutedOperation } from '../operations/operation.js';
import type { ZoneCall } from './context.js';
import { explainRefusal } from './explain-refusal.js';
import { refuseKept } from './kept.js';
import { mergeAnswers } from './merge.js';
import type { Plan, PlannedRequest } from './plan/plan.js';
import { HEARTBEAT_MS } from './progress.js';
import { Sender } from './send.js';
import { isUnset } from './summarize.js';

/** One step, checked and planned. */
export interface PlannedStep {
	readonly operation: RoutedOperation;
	readonly args: Readonly<Record<string, unknown>>;
	/** One for each item of its list, in the same order, or one in all. */
	readonly lines: readonly string[];
	readonly plan: Plan;
}

/** One change, and what became of it. */
export interface Change {
	readonly line: string;
	readonly state: 'made' | 'not made' | 'unknown';
}

/** One request, with the line of each of its items. */
interface Part {
	readonly step: PlannedStep;
	readonly request: PlannedRequest;
	readonly lines: readonly string[];
}

/** Sends the steps of one call, once. */
export class StepSender {
	readonly changes: Change[] = [];
	/** Why changes were not made, in the order in which it showed. */
	readonly failures: Failure[] = [];
	/** Ids of the requests at Cloudflare. */
	readonly rays: string[] = [];
	private readonly call: ZoneCall;
	private readonly parts: readonly Part[];
	private isStopped = false;

	constructor(call: ZoneCall, steps: readonly PlannedStep[]) {
		this.call = call;
		this.parts = steps.flatMap(toParts);
	}

	/** Whether it is sure that no change was made. */
	get changedNothing(): boolean {
		return this.changes.every(({ state }) => state === 'not made');
	}

	/** Sends all steps. Never rejects for a Failure: each change has a state afterwards. */
	async sendAll(): Promise<void> {
		const { progress, signal, closing } = this.call.context;
		const total = this.parts.reduce((sum, { lines }) => sum + lines.length, 0);
		const tell = () => progress?.(this.changes.length, total, `${this.changes.length} of ${total} changes`);
		const stopTelling = progress && repeatEvery(this.call.deps.clock, HEARTBEAT_MS, tell);
		try {
			for (const part of this.parts) {
				const ended = [signal, closing].find((one) => one?.aborted);
				if (ended && !this.isStopped) this.stop(cancelled(ended.reason));
				if (this.isStopped) this.note(part, () => 'not made');
				else await this.sendPart(part);
				tell();
			}
		} finally {
			stopTelling?.();
		}
	}

	private async sendPart(part: Part): Promise<void> {
		const { step, request } = part;
		const context = { ...this.call.context, progress: undefined };
		const call = { ...this.call, context, args: step.args };
		const plan: Plan = { requests: [request], items: {}, duplicates: 0 };
		const { answers, problem } = await new Sender(call, step.operation, plan, undefined).sendAll();
		const [answer] = answers;
		if (answer) this.noteAnswer(part, answer);
		// There is nothing to delete, so that the zone is as it should be.
		else if (isUnset(problem) && request.method === 'DELETE') {
			if (problem.ray) this.rays.push(problem.ray);
			this.note(part, () => 'made');
		} else this.noteFailure(part, await explainRefusal(problem, call, step.operation));
	}

	private noteAnswer(part: Part, answer: ApiAnswer): void {
		const { step, request } = part;
		if (answer.ray) this.rays.push(answer.ray);
		const { result, isKnown } = mergeAnswers(step.operation, [answer], request.items);
		if (request.kind !== undefined) this.noteItems(part, isKnown ? result : undefined);
		else this.noteSetting(part, result, answer);
	}

	private noteSetting(part: Part, result: unknown, answer: ApiAnswer): void {
		try {
			const { body: asked } = part.request;
			refuseKept({ zoneName: this.call.zone.name, asked, result, before: undefined, answer });
			this.note(part, () => 'made');
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			this.noteFailure(part, error);
		}
	}

	/** Each item of a batch succeeds or fails on its own. What became of one that is not in the answer is unknown. */
	private noteItems(part: Part, result: unknown): void {
		const failed = rowsOf(result, 'failed');
		const succeeded = rowsOf(result, 'succeeded');
		this.note(part, (at) => {
			const item = part.request.items[at];
			const address = canonicalIp(String(isObject(item) ? item.origin_ip : item));
			if (failed.has(address)) return 'not made';
			return succeeded.has(address) ? 'made' : 'unknown';
		});
		const [first] = failed.values();
		if (first) this.failures.push(rejected(failed.size, first.error));
	}

	private noteFailure(part: Part, failure: Failure | undefined): void {
		const isUnknown = failure?.changed === 'unknown';
		this.note(part, () => (isUnknown ? 'unknown' : 'not made'));
		if (failure && concernsOneRequest(failure)) this.failures.push(failure);
		else if (failure) this.stop(failure);
	}

	private note({ lines }: Part, stateOf: (at: number) => Change['state']): void {
		lines.forEach((line, at) => {
			this.changes.push({ line, state: stateOf(at) });
		});
	}

	private stop(failure: Failure): void {
		this.isStopped = true;
		this.failures.push(failure);
	}
}

/** The requests of a step. Each item of a list has a line. */
function toParts(step: PlannedStep): Part[] {
	let start = 0;
	return step.plan.requests.map((request) => {
		const end = request.kind === undefined ? step.lines.length : start + request.items.length;
		const lines = step.lines.slice(start, end);
		start = end;
		return { step, request, lines };
	});
}

/** Whether the API refused this request for what it asks. The other steps are worth sending all the same. */
function concernsOneRequest(failure: Failure): boolean {
	if (!(failure instanceof ApiError) || failure.changed !== 'no') return false;
	const { status, reason } = failure;
	const isAboutCaller = reason === 'credential' || reason === 'address' || reason === 'blocked';
	return status < 500 && status !== 429 && !isAboutCaller;
}

function rowsOf(result: unknown, name: string): Map<string, { error?: unknown }> {
	const rows = isObject(result) && Array.isArray(result[name]) ? (result[name] as unknown[]) : [];
	return new Map(rows.flatMap((row) => (isObject(row) ? [[canonicalIp(String(row.origin_ip)), row] as const] : [])));
}

function rejected(count: number, error: unknown): ApiError {
	const why = typeof error === 'string' ? `Cloudflare said: ${quote(error)}` : 'Cloudflare gave no reason';
	return new ApiError(`${count === 1 ? '1 mapping was' : `${count} mappings were`} rejected. ${why}.`, {
		status: 200,
		advice: 'See origin_cloud_regions_supported for the regions that a mapping may name.',
	});
}
