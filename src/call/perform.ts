/** The story of one call, from its arguments to its result. */

import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import type { Api } from '../cloudflare/api.js';
import { ApiError, ErrorCode, InputError } from '../errors.js';
import { needsZone, type Operation, type RoutedOperation } from '../operations/operation.js';
import { parseArguments } from './arguments.js';
import { type AuditRecord, digestArguments } from './audit.js';
import { change } from './change.js';
import { type Call, type Context, type Deps, limitsOf } from './context.js';
import { execute } from './execute.js';
import { estimate, planRest } from './plan/plan.js';
import { read, refuseForbidden, runComposite } from './read.js';
import { type CallResult, dryRun, failed } from './result.js';
import { zonePlanOf } from './send.js';
import { readUrls } from './urls-file.js';

/** Carries out one call. Never throws: every failure becomes a result. */
export async function performCall(deps: Deps, name: string, raw: unknown, context: Context): Promise<CallResult> {
	const operation = deps.operations.get(name);
	if (!operation) return deps.redact(failed(unknownTool(name, deps)));
	const auditRecord = deps.audit.open(operation, raw, context.clientInfo);
	try {
		const result = await runSteps(
			{ deps, context: { ...context, began: deps.clock.now() }, auditRecord },
			operation,
			raw,
		);
		auditRecord.end({ result });
		return deps.redact(result);
	} catch (error) {
		auditRecord.end({ error });
		return deps.redact(failed(error));
	}
}

/** Arguments of whatever operation, with those that the record itself does not see. */
type GivenArguments = Record<string, unknown> & {
	zone?: string;
	dry_run?: boolean;
	confirm?: string;
	urls_file?: string;
	urls?: string[];
};

/** The steps of a call, up to its result. */
async function runSteps(
	{ deps, context, auditRecord }: Pick<Call, 'deps' | 'context' | 'auditRecord'>,
	operation: Operation,
	raw: unknown,
): Promise<CallResult> {
	refuseForbidden(operation, deps.blockingFlag(operation));
	const given = await parseArguments(operation, raw, deps.settings.zoneArgument);
	if (typeof given.resume === 'string')
		return resume({ deps, context, auditRecord }, operation as RoutedOperation, given.resume, given.dry_run === true);
	const { zone: named, dry_run, confirm, urls_file: file, ...args } = given as GivenArguments;
	if (file !== undefined)
		args.urls = [...(args.urls ?? []), ...(await readUrlsFile(file, context, deps.settings.filesRoot))];
	if (operation.danger !== 'read') auditRecord.digest = await digestArguments(args);
	const reference = needsZone(operation) ? (named ?? deps.settings.zone) : undefined;
	const zone =
		reference === undefined ? undefined : await deps.zoneRule.resolve(reference, limitsOf({ deps, context }));
	auditRecord.zone = zone;
	const call: Call = { deps, context, args, zone, auditRecord, api: withAudit(deps.api, auditRecord) };
	try {
		if (operation.run) return await runComposite(call, operation);
		if (operation.danger === 'read') return await read(call, operation);
		return await change(call, operation, { reference: reference as string, dryRun: dry_run === true, confirm });
	} catch (error) {
		// The zone may have moved or vanished: the next call shall ask again.
		if (zone && error instanceof ApiError && (error.status === 404 || error.has(ErrorCode.unroutable)))
			deps.zones.forget(zone);
		throw error;
	}
}

/** The URLs of a file, so that a long list need not pass through a model. */
async function readUrlsFile(file: string, context: Context, filesRoot: string | undefined): Promise<string[]> {
	return readUrls(file, [...(filesRoot === undefined ? [] : [filesRoot]), ...((await context.roots?.()) ?? [])]);
}

/** Goes on with a call that was not finished: consent, zone and tool are those it was begun with. */
async function resume(
	{ deps, context, auditRecord }: Pick<Call, 'deps' | 'context' | 'auditRecord'>,
	operation: RoutedOperation,
	handle: string,
	onlyShow: boolean,
): Promise<CallResult> {
	const lease = await deps.unfinished.lease(handle, operation.name);
	const { work, remaining } = lease;
	let delivering = false;
	try {
		const zone = await deps.zoneRule.resolve(work.zone.id, limitsOf({ deps, context }));
		auditRecord.zone = zone;
		auditRecord.digest = await digestArguments({ resume: handle });
		const call: Call = { deps, context, args: work.args, zone, auditRecord, api: withAudit(deps.api, auditRecord) };
		const plan = planRest(
			operation,
			work.args,
			zone,
			remaining.flatMap((index) => work.requests[index] ?? []),
		);
		auditRecord.plan = plan;
		auditRecord.consent = operation.danger === 'destroy' ? 'resumed' : 'none';
		if (onlyShow)
			return dryRun(
				{ plan, estimate: estimate(plan, operation, zonePlanOf(call)) },
				zone,
				{ before: undefined, label: undefined },
				undefined,
			);
		delivering = true;
		return await execute(call, operation, plan, undefined, lease);
	} finally {
		// The delivery gives the lease back itself.
		if (!delivering) await lease.release(false);
	}
}

/** The client, with every attempt that may have changed something noted in the auditRecord. */
function withAudit(api: Api, auditRecord: AuditRecord): Api {
	const attempted = auditRecord.answered;
	return (request, about) => api(request, request.method === 'GET' ? about : { ...about, attempted });
}

function unknownTool(name: string, deps: Deps): InputError {
	return new InputError(`There is no tool ${quote(deps.redact(name), 64)}.${suggest(name, deps.operations.keys())}`, {
		advice: 'Use a name from the tool list.',
	});
}
