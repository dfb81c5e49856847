/** Carries out a call that reads with one request. */
import type { ReadAnswer, RoutedOperation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { readChosen } from './all-pages.js';
import { listAllowedZones } from './allowed-zones.js';
import { type Call, limitsOf } from './context.js';
import { planRequest } from './plan/plan.js';
import { type CallResult, done, toSummary } from './result.js';
import { isUnset, parseResult, summarize, unexpectedAnswer } from './summarize.js';

/** Reads, and answers with the summary of what was read. Its result is null where nothing was ever set. */
export async function read(call: Call, operation: RoutedOperation): Promise<CallResult> {
	const { args, zone } = call;
	try {
		const { result, page } = await readOnce(call, operation);
		return done(summarize(operation, { args, zone, result, page }), zone, result, { result_info: page });
	} catch (error) {
		if (!zone || !operation.unset || !isUnset(error)) throw error;
		return done(toSummary(operation.unset(args as never, zone)), zone, null, {});
	}
}

/** Sends the request of an operation that reads. The result holds only zones that the operator allows. */
export async function readOnce(call: Call, operation: RoutedOperation): Promise<ReadAnswer> {
	const { deps, context, args, zone, api } = call;
	const { entries } = deps.zoneRule;
	const { filters } = operation;
	if (filters?.some((name) => args[name] !== undefined)) return readChosen(call, operation, filters);
	if (operation.listsZones && entries) return listAllowedZones({ deps, context, args, api }, operation, entries);
	const answer = await api(planRequest(operation, args, zone), {
		permission: permissionOf(operation),
		...limitsOf({ deps, context }),
	});
	const { result } = parseResult(operation, answer.result);
	if (result === undefined) throw unexpectedAnswer(answer, "Cloudflare's response has an unexpected form.");
	return { result: operation.select ? operation.select(result as never, args as never) : result, page: answer.page };
}
