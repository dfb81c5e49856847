/** The story of one call, from its arguments to its result. */
import { setImmediate } from 'node:timers/promises';
import type { Client } from '../cloudflare/client.js';
import type { Zone } from '../cloudflare/zones.js';
import { ApiError, InputError, Interrupted, Refused } from '../errors.js';
import { suggest } from '../nearest.js';
import { needsZone, type Operation, permissionOf, type RoutedOperation } from '../operations/operation.js';
import { quote } from '../quote.js';
import { isWithin } from './allow.js';
import { parseArguments } from './arguments.js';
import { digestArguments, type Trail } from './audit.js';
import type { Intent } from './consent.js';
import { deliver, planOf } from './delivery.js';
import { readUrls } from './files.js';
import { understand } from './outcome.js';
import { type Call, type Context, deadlineOf, type Parts } from './parts.js';
import { estimate, fillRoute, type Plan, planRequests, planRest } from './plan.js';
import { read, refuseForbidden, runComposite, unexpected } from './reading.js';
import { type CallResult, confirmationRequired, dryRun, failed } from './result.js';

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

/** The steps of a call, up to its result. */
async function tell(
	{ parts, context, trail }: Pick<Call, 'parts' | 'context' | 'trail'>,
	operation: Operation,
	raw: unknown,
): Promise<CallResult> {
	refuseForbidden(operation, parts);
	const given = await parseArguments(operation, raw, parts.settings.zoneArgument);
	if (typeof given.resume === 'string')
		return resume({ parts, context, trail }, operation as RoutedOperation, given.resume, given.dry_run === true);
	const {
		zone: named,
		dry_run,
		confirm,
		...written
	} = given as Record<string, unknown> & { zone?: string; dry_run?: boolean; confirm?: string };
	const args = await withUrlsFile(written, context, parts.settings.filesRoot);
	if (operation.danger !== 'read') trail.digest = await digestArguments(args);
	const reference = needsZone(operation) ? (named ?? parts.settings.zone) : undefined;
	const zone = reference === undefined ? undefined : await parts.zoneRule.admit(reference, context.signal);
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

/** The arguments with the URLs of a file among them, so that a long list need not pass through a model. */
async function withUrlsFile(
	{ urls_file: file, ...args }: Record<string, unknown> & { urls_file?: string; urls?: string[] },
	context: Context,
	filesRoot: string | undefined,
): Promise<Record<string, unknown>> {
	if (file === undefined) return args;
	const roots = [...(filesRoot === undefined ? [] : [filesRoot]), ...((await context.roots?.()) ?? [])];
	return { ...args, urls: [...(args.urls ?? []), ...(await readUrls(file, roots))] };
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
		const zone = await parts.zoneRule.admit(work.zone.id, context.signal);
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

/** The client, with every request that could change something noted in the trail. */
function follow(client: Client, trail: Trail): Client {
	return async (request, about) => {
		if (request.method === 'GET') return client(request, about);
		try {
			const answer = await client(request, about);
			trail.answered(answer.status, answer.ray);
			return answer;
		} catch (error) {
			if (error instanceof ApiError) trail.answered(error.status, error.ray);
			else trail.answered(0, undefined);
			throw error;
		}
	};
}

function unknownTool(name: string, parts: Parts): InputError {
	return new InputError(`There is no tool ${quote(parts.redact(name), 64)}.${suggest(name, parts.operations.keys())}`, {
		next: 'Use a name from the tool list.',
	});
}

/** A change: read what is there, plan, stop at a dry run, get consent, send. */
async function change(
	call: Call,
	operation: RoutedOperation,
	asked: { reference: string; dryRun: boolean; confirm: string | undefined },
): Promise<CallResult> {
	const { args } = call;
	const zone = call.zone as Zone;
	await refuseForeignHosts(call, operation);
	const limits = planOf(call);
	const before = await readCurrent(call, operation);
	const plan = await planRequests(operation, args, zone, limits, before);
	call.trail.plan = plan;
	const consequence = operation.danger === 'destroy' ? operation.consequence(args as never, zone) : undefined;
	if (asked.dryRun)
		return dryRun(
			{ plan, estimate: estimate(plan, operation, limits) },
			zone,
			{ before, label: operation.current?.label },
			consequence,
		);
	if (consequence !== undefined) {
		const shown = { zone: zone.name, plan: zone.plan, items: plan.items };
		const intent: Intent = { tool: operation.name, zoneId: zone.id, args, shown };
		const stop = await obtainConsent(call, { ...asked, consequence, plan, intent });
		if (stop) return stop;
		// What the person took for the answer is not taken from the time of the work.
		return deliver({ ...call, context: { ...call.context, began: call.parts.clock.now() } }, operation, plan, before);
	}
	return deliver(call, operation, plan, before);
}

/** Refuses content of another zone, naming that zone when it is one that may be touched. */
async function refuseForeignHosts({ parts, context, args, zone }: Call, operation: RoutedOperation): Promise<void> {
	const home = (zone as Zone).name;
	let first: readonly [kind: string, index: number, host: string] | undefined;
	let others = -1;
	let seen = 0;
	for (const one of operation.hosts?.(args as never) ?? []) {
		// Of a hundred thousand, others get their turn in between.
		if (++seen % 2_000 === 0) await setImmediate();
		if (isWithin(one[2], home)) continue;
		first ??= one;
		others++;
	}
	if (!first) return;
	const [kind, index, host] = first;
	const owner = await parts.zoneRule.admit(host, context.signal).catch(() => undefined);
	const more = others > 0 ? ` (and ${others} more)` : '';
	const belongs = owner && owner.name !== home ? `; it belongs to the zone ${owner.name}` : '';
	throw new InputError(`${kind}[${index}]: ${host} does not lie in ${home}${more}${belongs}.`, {
		next: 'Give the zone that the content belongs to, one call per zone.',
	});
}

/** What is there before a change: null when never set, undefined when nothing is to be read. */
async function readCurrent({ client, parts, context, args, zone }: Call, operation: RoutedOperation): Promise<unknown> {
	if (!operation.current) return undefined;
	const { route, required } = operation.current;
	const { method, path, query } = fillRoute(route, { ...args, zone_id: zone?.id });
	try {
		const answer = await client(
			{ method, path, query },
			{ permission: permissionOf(operation), signal: context.signal, deadline: deadlineOf({ parts, context }) },
		);
		const { result } = understand(operation, answer.result);
		if (result === undefined && required)
			throw unexpected(answer, 'The current value has an unexpected form, so the new one cannot be computed.');
		return result;
	} catch (error) {
		if (error instanceof ApiError && error.codes.includes(1142)) return null;
		throw error;
	}
}

/** Returns the answer that asks for a code, or undefined when consent was given; refusals throw. */
async function obtainConsent(
	call: Call,
	asked: { reference: string; confirm: string | undefined; consequence: string; plan: Plan; intent: Intent },
): Promise<CallResult | undefined> {
	const { parts, context, trail } = call;
	const known = call.zone as Zone;
	const policy = parts.settings.confirm;
	const form = policy === 'ask' ? context.ask : undefined;
	const code = policy !== 'off' && !form;
	if (code && asked.confirm === undefined)
		return confirmationRequired(asked.consequence, asked.plan, known, parts.codes.issue(asked.intent));
	// Until the proof is complete, whatever goes wrong is a refusal.
	trail.consent = 'refused';
	if (form) await parts.forms.ask(asked.intent.tool, form, asked.consequence, known.name);
	// Asked again just before acting: a name that has come to belong to another zone must not pass on an old proof.
	const now = await parts.zones.find(asked.reference, { fresh: true, signal: context.signal });
	if (now.id !== known.id || now.name !== known.name || now.plan !== known.plan) {
		parts.zones.forget(known);
		throw new Refused(
			`${known.name} (${known.id}) is now ${now.name} (${now.id}), plan ${now.plan}: it changed since it was looked up.`,
			{
				next: 'Call again to see the plan for the zone as it is now.',
			},
		);
	}
	if (code) parts.codes.redeem(asked.confirm as string, asked.intent);
	trail.consent = form ? 'form' : code ? 'code' : 'skipped';
	if (context.signal?.aborted)
		throw new Interrupted('The call was cancelled.', { next: 'Call again if it is still wanted.' });
	return undefined;
}
