/** Looks at URLs of a purge or an invalidation before and after it. Nothing that goes wrong here fails the call. */
import { Cancel } from '../base/cancel.js';
import { repeatEvery } from '../base/clock.js';
import { CancelledError } from '../errors.js';
import { toProbe } from '../operations/inspect/evidence.js';
import type { RoutedOperation } from '../operations/operation.js';
import {
	type Checked,
	describePart,
	describeVerification,
	type Effect,
	isOpen,
	judgeUrl,
	type Sight,
} from '../operations/verification.js';
import { canVisit, type VisitedFile } from '../operations/visited-url.js';
import { limitsOf, withTimeLimit, type ZoneCall } from './context.js';
import { mayVisit } from './foreign-hosts.js';
import { listsOf, type Plan } from './plan/plan.js';
import { HEARTBEAT_MS } from './progress.js';
import { type CallResult, extend } from './result.js';

/** URLs that are looked at. */
const MAX_URLS = 5;
/** Looks at each URL after the call, and the time before each. */
const MAX_LOOKS = 3;
const PAUSE_MS = 2_000;
/** Longest time that is spent before the call, and after it. */
const BEFORE_MS = 10_000;
const AFTER_MS = 30_000;

const NONE = 'Nothing was checked: verify looks at URLs, and the call names none that can be fetched from here.';
const FAILED = 'None of the URLs could be fetched, so nothing was checked.';

/** The URLs of a plan that can be looked at, and how many it names. */
interface Targets {
	readonly files: readonly VisitedFile[];
	readonly total: number;
}

/** What a dry run says of a verification. */
export async function previewVerification(call: ZoneCall, plan: Plan): Promise<string> {
	const { files, total } = await targetsOf(call, plan);
	return files.length === 0 ? NONE : `Would fetch ${describePart(files.length, total)} before and after it.`;
}

/** The verification of one call. */
export class Verifier {
	private readonly call: ZoneCall;
	private readonly effect: Effect;
	private readonly targets: Targets;
	private readonly before: readonly (Sight | undefined)[];

	private constructor(call: ZoneCall, effect: Effect, targets: Targets, before: readonly (Sight | undefined)[]) {
		this.call = call;
		this.effect = effect;
		this.targets = targets;
		this.before = before;
	}

	/** Looks at the URLs before the call is sent. Rejects only where the call is cancelled. */
	static async begin(call: ZoneCall, operation: RoutedOperation, plan: Plan): Promise<Verifier> {
		const effect = operation.route.endsWith('/invalidate_cache') ? 'invalidate' : 'purge';
		const targets = await targetsOf(withTimeLimit(call, BEFORE_MS), plan);
		const before = await within(call, BEFORE_MS, (signal) =>
			Promise.all(targets.files.map((file) => look(call, file, signal))),
		);
		return new Verifier(call, effect, targets, before);
	}

	/** Looks at the URLs after the call, and adds to its result what they show. Never rejects: the change was made. */
	async conclude(result: CallResult): Promise<CallResult> {
		if (this.targets.files.length === 0) return extend(result, [NONE], {});
		const { clock } = this.call.deps;
		const { progress } = this.call.context;
		const { total } = this.targets;
		const answeredMs = clock.now();
		const tell = () => progress?.(total, total, 'looking at the URLs again');
		const stopTelling = progress && repeatEvery(clock, HEARTBEAT_MS, tell);
		const checked = await this.checkAll(answeredMs).catch(() => []);
		stopTelling?.();
		if (checked.every(({ after }) => after === undefined)) return extend(result, [FAILED], {});
		const { sentences, urls } = describeVerification(checked, { effect: this.effect, answeredMs, total });
		return extend(result, sentences, { verification: urls });
	}

	private checkAll(answeredMs: number): Promise<Checked[]> {
		return within(this.call, AFTER_MS, (signal) =>
			Promise.all(this.targets.files.map((file, at) => this.check(file, this.before[at], answeredMs, signal))),
		);
	}

	private async check(
		file: VisitedFile,
		before: Sight | undefined,
		answeredMs: number,
		signal: Cancel,
	): Promise<Checked> {
		let checked: Checked = { url: file.url, before, after: undefined };
		for (let looks = 0; looks < MAX_LOOKS && !signal.aborted; looks++) {
			await this.call.deps.clock.sleep(PAUSE_MS, signal);
			const after = await look(this.call, file, signal);
			checked = { ...checked, after: after ?? checked.after };
			if (!isOpen(checked, judgeUrl(checked, this.effect, answeredMs))) break;
		}
		return checked;
	}
}

/**
 * Runs `work` with a signal that aborts when its time is over, or when the call is cancelled. The call itself keeps at least
 * half of the time that it has left.
 */
async function within<Result>(
	{ deps, context }: ZoneCall,
	limitMs: number,
	work: (signal: Cancel) => Promise<Result>,
): Promise<Result> {
	const { deadline = Number.POSITIVE_INFINITY } = limitsOf({ deps, context });
	const [signal, done] = [new Cancel(), new Cancel()];
	const unfollow = context.signal && signal.follow(context.signal);
	const end = () => signal.abort();
	deps.clock.sleep(Math.max(0, Math.min(limitMs, (deadline - deps.clock.now()) / 2)), done).then(end, end);
	try {
		return await work(signal);
	} finally {
		done.abort();
		unfollow?.();
	}
}

/** What a visitor gets now; undefined where the URL cannot be fetched. A fault of ours here must not fail the call either. */
async function look(
	{ deps, context: { callId, requestId } }: ZoneCall,
	{ url, headers }: VisitedFile,
	signal: Cancel,
): Promise<Sight | undefined> {
	try {
		const visited = await deps.edge({ url, headers, signal, callId, requestId });
		return { probe: toProbe(visited), atMs: deps.clock.now() };
	} catch {
		return undefined;
	}
}

/** A host that cannot be looked up is not visited. */
function isNot(error: unknown): false {
	if (error instanceof CancelledError) throw error;
	return false;
}

async function targetsOf(call: ZoneCall, { requests }: Plan): Promise<Targets> {
	const { urls = [], files = [] } = listsOf(requests) as { urls?: string[]; files?: VisitedFile[] };
	const all = [...urls.map((url) => ({ url, headers: {} })), ...files];
	const chosen = all.filter(canVisit).slice(0, MAX_URLS);
	const hosts = [...new Set(chosen.map(({ url }) => new URL(url).hostname))];
	const allowed = await Promise.all(hosts.map((host) => mayVisit(call, host).catch(isNot)));
	return { files: chosen.filter(({ url }) => allowed[hosts.indexOf(new URL(url).hostname)]), total: all.length };
}
