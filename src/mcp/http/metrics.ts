/** Counts the work of a server in the form that Prometheus reads. It loads a library, so it is imported only where metrics are served. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Metrics } from '../../base/metrics.js';
import { CONSENTS, OUTCOMES } from '../../call/audit-entry.js';
import { VERSION } from '../../version.js';
import type { StoreCondition } from './wire.js';

/** What is read at the moment at which the metrics are asked for. */
export interface Gauges {
	/** Requests over HTTP that were accepted and are not answered yet. */
	inFlight(): number;
	store(): StoreCondition;
	/** Requests that the operator's credential has left, as the API said; undefined while that is not known. */
	budgetLeft(): number | undefined;
}

/** Calls take from milliseconds, for a read, to many minutes, for a purge of 100,000 URLs. */
const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const WAIT_SECONDS = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300];
/** The groups of {@link Metrics.waited}. */
const GROUPS = ['urls', 'requests', 'token'];
/** Reasons are words of this product, and there are fewer of them. */
const MAX_REASONS = 20;
/** Any other value of a label: a label whose values callers choose would fill the memory. */
const OTHER = 'other';

/** Keeps all metrics of one server, beside those of the process itself. */
export class PrometheusMetrics implements Metrics {
	/** What the header Content-Type says of the text. */
	readonly contentType: string;
	private readonly registry = new Registry();
	private readonly registers = [this.registry];
	private readonly tools: ReadonlySet<string>;
	private readonly reasons = new Set<string>();

	private readonly calls = new Counter({
		name: 'cf_cache_calls_total',
		help: 'Calls of tools that have ended.',
		labelNames: ['tool', 'outcome'],
		registers: this.registers,
	});
	private readonly callSeconds = new Histogram({
		name: 'cf_cache_call_seconds',
		help: 'Duration of calls, with waits for rate limits and for users.',
		labelNames: ['tool'],
		buckets: CALL_SECONDS,
		registers: this.registers,
	});
	private readonly consents = new Counter({
		name: 'cf_cache_consents_total',
		help: 'Calls that needed consent, by how it was obtained.',
		labelNames: ['how', 'outcome'],
		registers: this.registers,
	});
	private readonly attempts = new Counter({
		name: 'cf_cache_upstream_requests_total',
		help: 'Attempts at requests to the Cloudflare API; status 0 is an attempt without an answer.',
		labelNames: ['status'],
		registers: this.registers,
	});
	private readonly waits = new Histogram({
		name: 'cf_cache_pace_wait_seconds',
		help: 'Waits of requests for rate limits: urls or requests of an account, or the token.',
		labelNames: ['group'],
		buckets: WAIT_SECONDS,
		registers: this.registers,
	});
	private readonly failures = new Counter({
		name: 'cf_cache_auth_failures_total',
		help: 'HTTP requests that were refused because of who sent them.',
		labelNames: ['reason'],
		registers: this.registers,
	});
	private readonly answers = new Counter({
		name: 'cf_cache_http_responses_total',
		help: 'Answers over HTTP at /mcp.',
		labelNames: ['status'],
		registers: this.registers,
	});

	/** `tools` are the names of all tools. */
	constructor(tools: readonly string[]) {
		this.tools = new Set(tools);
		this.contentType = this.registry.contentType;
		new Gauge({
			name: 'cf_cache_build_info',
			help: 'Version of the server.',
			labelNames: ['version'],
			registers: this.registers,
		}).set({ version: VERSION }, 1);
		collectDefaultMetrics({ register: this.registry });
	}

	/** Shows the state of a server from now on. To be called once. */
	watch(gauges: Gauges): void {
		this.observe('cf_cache_http_in_flight', 'HTTP requests under way.', gauges.inFlight);
		this.observe('cf_cache_store_up', 'Whether the store answers: Redis, or this process without --redis.', () =>
			Number(gauges.store() !== 'down'),
		);
		this.observe(
			'cf_cache_budget_left',
			"Requests that the operator's Cloudflare token has left, as the last answer of the API said.",
			gauges.budgetLeft,
		);
	}

	callEnded({ tool, outcome, consent, seconds }: Parameters<Metrics['callEnded']>[0]): void {
		const labels = { tool: this.tools.has(tool) ? tool : OTHER, outcome: known(OUTCOMES, outcome) };
		this.calls.inc(labels);
		this.callSeconds.observe({ tool: labels.tool }, Math.max(0, seconds));
		if (consent !== 'none') this.consents.inc({ how: known(CONSENTS, consent), outcome: labels.outcome });
	}

	attemptEnded(status: number): void {
		this.attempts.inc({ status: toStatus(status) });
	}

	waited(group: string, seconds: number): void {
		this.waits.observe({ group: known(GROUPS, group) }, Math.max(0, seconds));
	}

	signInFailed(reason: string): void {
		if (this.reasons.size < MAX_REASONS) this.reasons.add(reason);
		this.failures.inc({ reason: this.reasons.has(reason) ? reason : OTHER });
	}

	answered(status: number): void {
		this.answers.inc({ status: toStatus(status) });
	}

	/** All metrics, as Prometheus reads them. */
	print(): Promise<string> {
		return this.registry.metrics();
	}

	/** A gauge that is read when it is asked for. A value that is not known is left out. */
	private observe(name: string, help: string, read: () => number | undefined): void {
		new Gauge({
			name,
			help,
			registers: this.registers,
			collect() {
				const value = read();
				if (value === undefined) this.remove();
				else this.set(value);
			},
		});
	}
}

function known(values: readonly string[], value: string): string {
	return values.includes(value) ? value : OTHER;
}

/** A status of HTTP, or 0 where no answer came. */
function toStatus(status: number): string {
	return status === 0 || (Number.isInteger(status) && status >= 100 && status < 600) ? String(status) : OTHER;
}
