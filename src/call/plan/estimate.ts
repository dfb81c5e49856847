/** Estimates what a plan takes from Cloudflare's rate limits. */
import { costOf, rateOf } from '../../cloudflare/limits.js';
import type { RoutedOperation } from '../../operations/operation.js';
import type { Plan } from './plan.js';

/** The tokens that a plan takes from each purge bucket, and how many seconds it lasts. */
export interface Estimate {
	readonly seconds: number;
	readonly tokens: Readonly<Record<string, number>>;
}

/** The estimate of a plan of purges that begins with full or empty buckets; undefined for operations that draw from none. */
export function estimatePlan(
	{ requests }: Plan,
	operation: RoutedOperation,
	zonePlan: string,
	{ isBucketFull = true } = {},
): Estimate | undefined {
	if (!operation.repeatable) return undefined;
	const tokens: Record<string, number> = {};
	let seconds = 0;
	for (const { kind, items } of requests) {
		const cost = costOf(kind, items.length);
		const taken = (tokens[cost.group] ?? 0) + cost.tokens;
		tokens[cost.group] = taken;
		const { refillPerSecond, burst } = rateOf(cost.group, zonePlan);
		seconds = Math.max(seconds, Math.ceil((taken - (isBucketFull ? burst : 0)) / refillPerSecond));
	}
	return { seconds, tokens };
}
