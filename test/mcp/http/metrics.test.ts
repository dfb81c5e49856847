/** What happens is counted, and no label takes a value that callers choose. */
import { describe, expect, test } from 'vitest';
import { PrometheusMetrics } from '../../../src/mcp/http/metrics.js';
import { OPERATIONS } from '../../../src/operations/index.js';

const TOOLS = OPERATIONS.map(({ name }) => name);

function createMetrics(budgetLeft: number | undefined = 1_000) {
	const gauges = { inFlight: () => 3, store: () => 'down' as const, budgetLeft: () => budgetLeft };
	const metrics = new PrometheusMetrics(TOOLS);
	metrics.watch(gauges);
	/** The lines of one metric, without their comments. */
	const linesOf = async (name: string) =>
		(await metrics.print()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
	return { metrics, linesOf };
}

const PURGE = { tool: 'purge_cache', outcome: 'done', consent: 'none', seconds: 0.2 };

describe('a metric', () => {
	test('of a call has its tool and its outcome', async () => {
		const { metrics, linesOf } = createMetrics();
		metrics.callEnded(PURGE);
		metrics.callEnded({ ...PURGE, outcome: 'failed' });
		expect(await linesOf('cf_cache_calls_total')).toEqual([
			'cf_cache_calls_total{tool="purge_cache",outcome="done"} 1',
			'cf_cache_calls_total{tool="purge_cache",outcome="failed"} 1',
		]);
	});

	test('of the seconds of a call falls into buckets that cumulate', async () => {
		const { metrics, linesOf } = createMetrics();
		metrics.callEnded(PURGE);
		metrics.callEnded({ ...PURGE, seconds: 45 });
		const lines = await linesOf('cf_cache_call_seconds_bucket');
		expect(lines).toContain('cf_cache_call_seconds_bucket{le="0.1",tool="purge_cache"} 0');
		expect(lines).toContain('cf_cache_call_seconds_bucket{le="0.25",tool="purge_cache"} 1');
		expect(lines).toContain('cf_cache_call_seconds_bucket{le="60",tool="purge_cache"} 2');
		expect(await linesOf('cf_cache_call_seconds_sum')).toEqual(['cf_cache_call_seconds_sum{tool="purge_cache"} 45.2']);
	});

	test('of consent counts calls that needed some, by the way and the outcome', async () => {
		const { metrics, linesOf } = createMetrics();
		metrics.callEnded(PURGE);
		metrics.callEnded({ ...PURGE, tool: 'purge_everything', consent: 'form' });
		metrics.callEnded({ ...PURGE, tool: 'purge_everything', consent: 'refused', outcome: 'refused' });
		expect(await linesOf('cf_cache_consents_total')).toEqual([
			'cf_cache_consents_total{how="form",outcome="done"} 1',
			'cf_cache_consents_total{how="refused",outcome="refused"} 1',
		]);
	});

	test('of the API, of waits, of sign-in and of answers has the label that it is read by', async () => {
		const { metrics, linesOf } = createMetrics();
		for (const status of [200, 200, 429, 0]) metrics.attemptEnded(status);
		metrics.waited('urls', 2);
		metrics.signInFailed('expired');
		metrics.answered(401);
		expect(await linesOf('cf_cache_upstream_requests_total')).toEqual([
			'cf_cache_upstream_requests_total{status="200"} 2',
			'cf_cache_upstream_requests_total{status="429"} 1',
			'cf_cache_upstream_requests_total{status="0"} 1',
		]);
		expect(await linesOf('cf_cache_pace_wait_seconds_sum')).toEqual(['cf_cache_pace_wait_seconds_sum{group="urls"} 2']);
		expect(await linesOf('cf_cache_auth_failures_total')).toEqual(['cf_cache_auth_failures_total{reason="expired"} 1']);
		expect(await linesOf('cf_cache_http_responses_total')).toEqual(['cf_cache_http_responses_total{status="401"} 1']);
	});

	test('of a state is read when it is asked for, and left out where it is not known', async () => {
		const { linesOf } = createMetrics();
		expect(await linesOf('cf_cache_http_in_flight')).toEqual(['cf_cache_http_in_flight 3']);
		expect(await linesOf('cf_cache_store_up')).toEqual(['cf_cache_store_up 0']);
		expect(await linesOf('cf_cache_budget_left')).toEqual(['cf_cache_budget_left 1000']);
		const unknown = new PrometheusMetrics(TOOLS);
		unknown.watch({ inFlight: () => 0, store: () => 'local', budgetLeft: () => undefined });
		expect(await unknown.print()).not.toMatch(/^cf_cache_budget_left /m);
	});

	test('of the process stands beside those of the product', async () => {
		const { linesOf } = createMetrics();
		expect(await linesOf('process_start_time_seconds')).toHaveLength(1);
		expect(await linesOf('nodejs_eventloop_lag_seconds')).toHaveLength(1);
	});
});

describe('a label', () => {
	test('of a tool, an outcome, a way of consent, a group or a status that is not known is "other"', async () => {
		const { metrics } = createMetrics();
		metrics.callEnded({ tool: 'x"} 1\nevil{a="b', outcome: 'odd', consent: 'odd', seconds: 1 });
		metrics.waited('odd', 1);
		metrics.answered(99_999);
		metrics.attemptEnded(Number.NaN);
		const text = await metrics.print();
		expect(text).toContain('cf_cache_calls_total{tool="other",outcome="other"} 1');
		expect(text).toContain('cf_cache_consents_total{how="other",outcome="other"} 1');
		expect(text).toContain('cf_cache_pace_wait_seconds_count{group="other"} 1');
		expect(text).toContain('cf_cache_http_responses_total{status="other"} 1');
		expect(text).toContain('cf_cache_upstream_requests_total{status="other"} 1');
		expect(text).not.toContain('evil');
		expect(text).not.toContain('odd');
	});

	test('of a reason takes 20 values, and every further one is "other"', async () => {
		const { metrics, linesOf } = createMetrics();
		for (let at = 0; at < 1_000; at++) metrics.signInFailed(`reason ${at}`);
		const lines = await linesOf('cf_cache_auth_failures_total');
		expect(lines).toHaveLength(21);
		expect(lines.at(-1)).toBe('cf_cache_auth_failures_total{reason="other"} 980');
	});
});
