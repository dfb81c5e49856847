/** Carries out a change that is made of calls of other operations: one plan, one consent, one audit record. */
import { Failure, Refused } from '../errors.js';
import type { Step, Steps } from '../operations/composite.js';
import type { Operation, SteppedOperation } from '../operations/operation.js';
import type { Block } from '../operations/scope.js';
import { formatList } from '../operations/wording.js';
import { parseArguments } from './arguments.js';
import { compositeContextOf } from './composite.js';
import { identifyZone, obtainConsent, type Proposal } from './consent/obtain.js';
import { type Asked, type ZoneCall, zonePlanOf } from './context.js';
import { countItems, type Plan, planRequests } from './plan/plan.js';
import { type CallResult, done, dryRun, toSummary } from './result.js';
import { type PlannedStep, StepSender } from './step-sender.js';
import { reportSteps } from './steps-report.js';
import { adviseOn, describeBlock, refuseForbidden } from './tool-rule.js';
import { keepReplaced } from './undo.js';

/** Changes that are listed before they are made. The rest is counted. */
const MAX_LISTED = 100;

/** Makes the changes of a composite, or shows them. Nothing is sent before all of them are allowed and agreed to. */
export async function changeInSteps(
	call: ZoneCall,
	operation: SteppedOperation,
	{ isDryRun, confirm }: Asked,
): Promise<CallResult> {
	const composed = await operation.plan(compositeContextOf(call, operation) as never);
	const steps = await Promise.all(composed.steps.map((step) => planStep(call, step)));
	const plan = joinPlans(steps);
	if (!plan) return done(toSummary([composed.nothing, ...composed.remarks].join('\n')), call.zone, {}, {});
	call.auditRecord.plan = plan;
	const proposal = proposalOf(call, operation, composed, plan);
	const { consentBlock } = call.deps.settings;
	if (proposal && consentBlock) throw blocked(operation, consentBlock);
	if (isDryRun) return showDryRun(call, composed, plan, proposal);
	const consent = proposal ? await obtainConsent(call, proposal, confirm) : { agreed: call };
	if ('asks' in consent) return consent.asks;
	const undo = await keepReplaced(call, composed.replaced, proposal !== undefined);
	const sender = new StepSender(consent.agreed, steps);
	try {
		call.auditRecord.start();
		await sender.sendAll();
		const result = reportSteps(consent.agreed, { composed, sender, undo });
		if (sender.changedNothing) await undo.discard();
		return result;
	} catch (error) {
		// An error of our own may follow a change that was made: what it replaced is kept then.
		if (error instanceof Failure && sender.changedNothing) await undo.discard();
		throw error;
	}
}

/** One step with its requests. It passes the same checks as a call of its own, its consent excepted. */
async function planStep(call: ZoneCall, { operation, args: raw, lines }: Step<Operation>): Promise<PlannedStep> {
	refuseForbidden(operation, call.deps.blockOf(operation));
	if (!operation.route) throw new TypeError('a step is a call of an operation with a route');
	const args = await parseArguments(operation, raw, 'fixed');
	return { operation, args, lines, plan: await planRequests(operation, args, call.zone, zonePlanOf(call)) };
}

function joinPlans(steps: readonly PlannedStep[]): Plan | undefined {
	const [first, ...others] = steps.flatMap(({ plan }) => plan.requests);
	return first && { requests: [first, ...others], items: countItems([first, ...others]), duplicates: 0 };
}

/** What the user must consent to: every step, because it is one plan. Undefined where no step needs consent. */
function proposalOf(
	call: ZoneCall,
	{ name }: SteppedOperation,
	{ steps, purpose }: Steps<Operation>,
	plan: Plan,
): Proposal | undefined {
	const consequences = steps.flatMap(({ consequence }) => consequence ?? []);
	if (consequences.length === 0) return undefined;
	const { args, zone } = call;
	const lines = steps.flatMap((step) => step.lines);
	const shown = { zone: zone.name, plan: zone.plan, environment: undefined };
	return {
		intent: { tool: name, zoneId: zone.id, args: { ...args, changes: lines }, shown },
		consequence: [purpose, ...consequences, `All changes: ${formatList(lines)}.`, ...identifyZone(call)].join(' '),
		plan,
		groups: async () => listChanges(steps),
	};
}

function showDryRun(
	{ zone }: ZoneCall,
	{ steps, purpose, remarks }: Steps<Operation>,
	plan: Plan,
	proposal: Proposal | undefined,
): CallResult {
	const consequence = proposal?.consequence;
	return dryRun(zone, {
		plan,
		estimate: undefined,
		consequence,
		remarks: [...(consequence === undefined ? [purpose] : []), ...remarks],
		groups: listChanges(steps),
	});
}

/** One line for each change. */
function listChanges(steps: readonly Step<Operation>[]): string[] {
	const lines = steps.flatMap((step) => step.lines);
	const hidden = lines.length - MAX_LISTED;
	return hidden > 0 ? [...lines.slice(0, MAX_LISTED), `… and ${hidden} more changes.`] : lines;
}

function blocked({ name }: SteppedOperation, block: Block): Refused {
	if (block.by !== 'flag')
		return new Refused(describeBlock(`This ${name} needs consent, and is not allowed`, block), {
			advice: adviseOn(block),
		});
	const what = {
		agent: `This ${name} needs the consent of the user, and the server was started with ${block.flag}.`,
		shell: `This ${name} needs your consent, and ${block.flag} forbids it.`,
	};
	return new Refused(what, { advice: adviseOn(block) });
}
