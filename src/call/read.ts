/** Carries out a call that reads with one request. */
import type { PageInfo } from '../base/page-info.js';
import { permissionOf, type ReadAnswer, type RoutedOperation } from '../operations/operation.js';
import { type Call, limitsOf } from './context.js';
import { planRequest } from './plan/plan.js';
import { type CallResult, done } from './result.js';
import { parseResult, summarize, unexpectedAnswer } from './summarize.js';

/** Reads, and answers with the summary of what was read. */
export async function read(call: Call, operation: RoutedOperation): Promise<CallResult> {
	const { args, zone } = call;
	const { result, page } = await readOnce(call, operation);
	return done(summarize(operation, { args, zone, result, page }), zone, result, { result_info: page });
}

/** Sends the request of an operation that reads. The result holds only zones that the operator allows. */
export async function readOnce(
	{ deps, context, args, zone, api }: Call,
	operation: RoutedOperation,
): Promise<ReadAnswer> {
	const answer = await api(planRequest(operation, args, zone), {
		permission: permissionOf(operation),
		...limitsOf({ deps, context }),
	});
	const { result } = parseResult(operation, answer.result);
	if (result === undefined) throw unexpectedAnswer(answer, "Cloudflare's response has an unexpected form.");
	const all = operation.listsZones ? (result as { id: string; name: string }[]) : undefined;
	const visible = all?.filter((one) => deps.zoneRule.isVisible(one));
	const shown = visible ?? result;
	return {
		result: operation.select ? operation.select(shown as never, args as never) : shown,
		page: visible?.length === all?.length ? answer.page : withoutTotals(answer.page),
	};
}

/** Keeps the page numbers and drops the totals, which would reveal how many hidden zones exist. */
function withoutTotals({ page, per_page, total_pages }: PageInfo = {}): PageInfo {
	const kept = { page, per_page, total_pages };
	return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, number] => entry[1] !== undefined));
}
