/** The story of one call, from its arguments to its result. */

import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import type { Client } from '../cloudflare/api.js';
import { ApiError, InputError } from '../errors.js';
import { needsZone, type Operation, type RoutedOperation } from '../operations/operation.js';
import { parseArguments } from './arguments.js';
import { digestArguments, type Trail } from './audit.js';
import { change } from './change.js';
import { type Call, type Context, type Parts, waitingOf } from './context.js';
import { deliver } from './execute.js';
import { estimate, planRest } from './plan/plan.js';
import { read, refuseForbidden, runComposite } from './read.js';
import { type CallResult, dryRun, failed } from './result.js';
import { planOf } from './send.js';
import { readUrls } from './urls-file.js';

/** Carries out one call. Never throws: every failure becomes a result. */
export async function performCall(parts: Parts, name: string, raw: unknown, context: Context): Promise<CallResult> {
	const operation = parts.operations.get(name);
	if (!operation) return parts.redact(failed(unknownTool(name, parts)));
	const trail = parts.audit.open(operation, raw, context.clientInfo);
	try {
		const result = await tell({ parts, context: { ...context, began: parts.clock.now() }, trail }, operation, raw);
		trail.end({ result });
		return parts.redact(result);
	} catch (error) {
		trail.end({ error });
		return parts.redact(failed(error));
	}
}

/** Arguments of whatever operation, with those that the record itself does not see. */
type Given = Record<string, unknown> & {
	zone?: string;
	dry_run?: boolean;
	confirm?: string;
	urls_file?: string;
	urls?: string[];
};

/** The steps of a call, up to its result. */
async function tell(
	{ parts, context, trail }: Pick<Call, 'parts' | 'context' | 'trail'>,
	operation: Operation,
	raw: unknown,
): Promise<CallResult> {
	refuseForbidden(operation, parts.forbiddenBy(operation));
	const given = await parseArguments(operation, raw, parts.settings.zoneArgument);
	if (typeof given.resume === 'string')
		return resume({ parts, context, trail }, operation as RoutedOperation, given.resume, given.dry_run === true);
	const { zone: named, dry_run, confirm, urls_file: file, ...args } = given as Given;
	if (file !== undefined)
		args.urls = [...(args.urls ?? []), ...(await readUrlsFile(file, context, parts.settings.filesRoot))];
	if (operation.danger !== 'read') trail.digest = await digestArguments(args);
	const reference = needsZone(operation) ? (named ?? parts.settings.zone) : undefined;
	const zone =
		reference === undefined ? undefined : await parts.zoneRule.admit(reference, waitingOf({ parts, context }));
	trail.zone = zone;
	const call: Call = { parts, context, args, zone, trail, client: follow(parts.client, trail) };
	try {
		if (operation.run) return await runComposite(call, operation);
		if (operation.danger === 'read') return await read(call, operation);
		return await change(call, operation, { reference: reference as string, dryRun: dry_run === true, confirm });
	} catch (error) {
		// The zone may have moved or vanished: the next call shall ask again.
		if (zone && error instanceof ApiError && (error.status === 404 || error.codes.includes(7003)))
			parts.zones.forget(zone);
		throw error;
	}
}

/** The URLs of a file, so that a long list need not pass through a model. */
async function readUrlsFile(file: string, context: Context, filesRoot: string | undefined): Promise<string[]> {
	return readUrls(file, [...(filesRoot === undefined ? [] : [filesRoot]), ...((await context.roots?.()) ?? [])]);
}

/** Goes on with a call that was not finished: consent, zone and tool are those it was begun with. */
async function resume(
	{ parts, context, trail }: Pick<Call, 'parts' | 'context' | 'trail'>,
	operation: RoutedOperation,
	handle: string,
	onlyShow: boolean,
): Promise<CallResult> {
	const claim = await parts.unfinished.claim(handle, operation.name);
	const { work, left } = claim;
	let delivering = false;
	try {
		const zone = await parts.zoneRule.admit(work.zone.id, waitingOf({ parts, context }));
		trail.zone = zone;
		trail.digest = await digestArguments({ resume: handle });
		const call: Call = { parts, context, args: work.args, zone, trail, client: follow(parts.client, trail) };
		const plan = planRest(
			operation,
			work.args,
			zone,
			left.flatMap((index) => work.requests[index] ?? []),
		);
		trail.plan = plan;
		trail.consent = operation.danger === 'destroy' ? 'resumed' : 'none';
		if (onlyShow)
			return dryRun(
				{ plan, estimate: estimate(plan, operation, planOf(call)) },
				zone,
				{ before: undefined, label: undefined },
				undefined,
			);
		delivering = true;
		return await deliver(call, operation, plan, undefined, claim);
	} finally {
		// The delivery gives the claim back itself.
		if (!delivering) await claim.release(false);
	}
}

/** The client, with every attempt that may have changed something noted in the trail. */
function follow(client: Client, trail: Trail): Client {
	const attempted = trail.answered;
	return (request, about) => client(request, request.method === 'GET' ? about : { ...about, attempted });
}

function unknownTool(name: string, parts: Parts): InputError {
	return new InputError(`There is no tool ${quote(parts.redact(name), 64)}.${suggest(name, parts.operations.keys())}`, {
		next: 'Use a name from the tool list.',
	});
}
