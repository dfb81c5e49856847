/** Calls that only read: one operation, or one built from several. */
import type { PageInfo } from '../base/page-info.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import type { Zone } from '../cloudflare/zones.js';
import { ApiError, Refused } from '../errors.js';
import { type Operation, permissionOf, type ReadAnswer, type RoutedOperation } from '../operations/operation.js';
import { parseArguments } from './arguments.js';
import { type Call, limitsOf } from './context.js';
import { planRequest } from './plan/plan.js';
import { type CallResult, done } from './result.js';
import { parseResult, summarize } from './summarize.js';

/** Throws Refused when a flag forbids the operation. */
export function refuseForbidden(operation: Operation, flag: string | undefined): void {
	if (flag)
		throw new Refused(`${operation.name} is not allowed: the server was started with ${flag}.`, {
			advice: 'Only the operator can change that.',
		});
}

/** A composite: who may call it may read its parts, in its zone and in no other way. */
export async function runComposite(call: Call, operation: Extract<Operation, { run: unknown }>): Promise<CallResult> {
	const { deps, zone } = call;
	const readPart = async (part: Operation, raw: Record<string, unknown> = {}): Promise<ReadAnswer> => {
		if (part.run || part.danger !== 'read') throw new TypeError('a composite operation is built from single reads');
		refuseForbidden(part, deps.blockingFlagOfPart(part));
		const args = await parseArguments(part, raw, 'fixed');
		const { result, answer } = await readOnce({ ...call, args }, part);
		return { result, page: answer.page };
	};
	const unfinished = (await deps.unfinished.list()).filter((one) => one.zone.id === zone?.id);
	const result = await operation.run({ zone: zone as Zone, read: readPart, unfinished });
	return done(summarize(operation, { args: {}, zone, result }), zone, result, {});
}

/** One operation that reads. */
export async function read(call: Call, operation: RoutedOperation): Promise<CallResult> {
	const { result, answer } = await readOnce(call, operation);
	const text = summarize(operation, { args: call.args, zone: call.zone, result, page: answer.page });
	return done(text, call.zone, result, { result_info: answer.page });
}

async function readOnce(
	{ deps, context, args, zone, api }: Call,
	operation: RoutedOperation,
): Promise<{ result: unknown; answer: ApiAnswer }> {
	const answer = await api(planRequest(operation, args, zone), {
		permission: permissionOf(operation),
		...limitsOf({ deps, context }),
	});
	const { result } = parseResult(operation, answer.result);
	if (result === undefined) throw unexpected(answer, 'The answer has an unexpected form.');
	const shown = operation.listsZones
		? (result as { id: string; name: string }[]).filter(deps.zoneRule.isVisible)
		: result;
	const hides = operation.listsZones && (shown as unknown[]).length < (result as unknown[]).length;
	return {
		result: operation.select ? operation.select(shown as never, args as never) : shown,
		answer: hides ? { ...answer, page: withoutCounts(answer.page) } : answer,
	};
}

/** What is needed to turn the pages; how many zones there are is none of the business of who may not see them. */
function withoutCounts({ page, per_page, total_pages }: PageInfo = {}): PageInfo {
	const kept = { page, per_page, total_pages };
	return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** An answer that the record does not know. */
export function unexpected({ status, ray }: ApiAnswer, message: string): ApiError {
	return new ApiError(message, { status, ray, advice: 'Report this to the maintainers of this server.' });
}
