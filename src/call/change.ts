/** Calls that change something: what is there is read, the plan is made, consent is obtained, and only then is it sent. */

import { isWithin } from '../base/identifiers.js';
import { inSlices } from '../base/slices.js';
import type { Zone } from '../cloudflare/zones.js';
import { ApiError, CancelledError, cancelled, ErrorCode, InputError, Refused } from '../errors.js';
import { permissionOf, type RoutedOperation } from '../operations/operation.js';
import type { Intent } from './consent/codes.js';
import { type Call, limitsOf } from './context.js';
import { execute } from './execute.js';
import { estimate, fillRoute, listsOf, type Plan, planRequests } from './plan/plan.js';
import { unexpected } from './read.js';
import { type CallResult, confirmationRequired, dryRun } from './result.js';
import { zonePlanOf } from './send.js';
import { parseResult } from './summarize.js';

/** A change: read what is there, plan, stop at a dry run, get consent, send. */
export async function change(
	call: Call,
	operation: RoutedOperation,
	asked: { reference: string; dryRun: boolean; confirm: string | undefined },
): Promise<CallResult> {
	const { args } = call;
	const zone = call.zone as Zone;
	await refuseForeignHosts(call, operation);
	const zonePlan = zonePlanOf(call);
	const before = await readCurrent(call, operation);
	const plan = await planRequests(operation, args, zone, zonePlan, before);
	call.auditRecord.plan = plan;
	const consequence =
		operation.danger === 'destroy'
			? // A person is told of what would be sent, and nothing of it is sent twice.
				operation.consequence({ ...args, ...listsOf(plan) } as never, zone)
			: undefined;
	if (asked.dryRun)
		return dryRun(
			{ plan, estimate: estimate(plan, operation, zonePlan) },
			zone,
			{ before, label: operation.current?.label },
			consequence,
		);
	if (consequence !== undefined) {
		const shown = { zone: zone.name, plan: zone.plan, items: plan.items };
		const intent: Intent = { tool: operation.name, zoneId: zone.id, args, shown };
		const answer = await obtainConsent(call, { ...asked, consequence, plan, intent });
		return 'asks' in answer ? answer.asks : execute(answer.agreed, operation, plan, before);
	}
	return execute(call, operation, plan, before);
}

/** Refuses content of another zone, naming that zone when it is one that may be touched. */
async function refuseForeignHosts({ deps, context, args, zone }: Call, operation: RoutedOperation): Promise<void> {
	const home = (zone as Zone).name;
	let first: readonly [kind: string, index: number, host: string] | undefined;
	let others = -1;
	for await (const slice of inSlices(operation.hosts?.(args as never) ?? []))
		for (const one of slice) {
			if (isWithin(one[2], home)) continue;
			first ??= one;
			others++;
		}
	if (!first) return;
	const [kind, index, host] = first;
	const owner = await deps.zoneRule.resolve(host, limitsOf({ deps, context })).catch(() => undefined);
	const more = others > 0 ? ` (and ${others} more)` : '';
	const belongs = owner && owner.name !== home ? `; it belongs to the zone ${owner.name}` : '';
	throw new InputError(`${kind}[${index}]: ${host} does not lie in ${home}${more}${belongs}.`, {
		advice: 'Give the zone that the content belongs to, one call per zone.',
	});
}

/** What is there before a change: null when never set, undefined when nothing is to be read. */
async function readCurrent({ api, deps, context, args, zone }: Call, operation: RoutedOperation): Promise<unknown> {
	if (!operation.current) return undefined;
	const { route, required } = operation.current;
	const { method, path, query } = fillRoute(route, args, zone);
	try {
		const answer = await api(
			{ method, path, query },
			{ permission: permissionOf(operation), ...limitsOf({ deps, context }) },
		);
		const { result } = parseResult(operation, answer.result);
		if (result === undefined && required)
			throw unexpected(answer, 'The current value has an unexpected form, so the new one cannot be computed.');
		return result;
	} catch (error) {
		if (error instanceof ApiError && error.has(ErrorCode.notSet)) return null;
		throw error;
	}
}

/** The answer that asks for a code, or the call as it goes on with the consent that was given; refusals throw. */
async function obtainConsent(
	call: Call,
	asked: { reference: string; confirm: string | undefined; consequence: string; plan: Plan; intent: Intent },
): Promise<{ asks: CallResult } | { agreed: Call }> {
	const { deps, auditRecord } = call;
	const known = call.zone as Zone;
	const policy = deps.settings.confirm;
	const form = policy === 'ask' ? call.context.askUser : undefined;
	const code = policy !== 'off' && !form;
	if (code && asked.confirm === undefined)
		return { asks: confirmationRequired(asked.consequence, asked.plan, known, deps.codes.issue(asked.intent)) };
	// Until the proof is complete, whatever goes wrong is a refusal.
	auditRecord.consent = 'refused';
	if (form) {
		await deps.forms.ask(asked.intent.tool, form, asked.consequence, known.name).catch((error: unknown) => {
			// Whoever cancelled the call refused nothing.
			if (error instanceof CancelledError) auditRecord.consent = 'none';
			throw error;
		});
	}
	// What the person took for the answer is not taken from the time of the work.
	const context = form ? { ...call.context, began: deps.clock.now() } : call.context;
	// Asked again just before acting: a name that has come to belong to another zone must not pass on an old proof.
	const now = await deps.zones.find(asked.reference, { fresh: true, ...limitsOf({ deps, context }) });
	if (now.id !== known.id || now.name !== known.name || now.plan !== known.plan) {
		deps.zones.forget(known);
		throw new Refused(
			`${known.name} (${known.id}) is now ${now.name} (${now.id}), plan ${now.plan}: it changed since it was looked up.`,
			{
				advice: 'Call again to see the plan for the zone as it is now.',
			},
		);
	}
	if (code) deps.codes.redeem(asked.confirm as string, asked.intent);
	auditRecord.consent = form ? 'form' : code ? 'code' : 'skipped';
	if (context.signal?.aborted) throw cancelled(context.signal.reason);
	return { agreed: { ...call, context } };
}
