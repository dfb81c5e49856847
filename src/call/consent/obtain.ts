/** Obtains consent to a call that destroys: by a form, by a code, or by the operator's waiver. */
import { isHexId } from '../../base/identifiers.js';
import { quote } from '../../base/sanitize.js';
import { CancelledError, cancelled, Refused } from '../../errors.js';
import { needsConsent, type RoutedOperation } from '../../operations/operation.js';
import { type Context, limitsOf, type ZoneCall } from '../context.js';
import { listsOf, type Plan } from '../plan/plan.js';
import { previewGroups } from '../preview.js';
import { asked, type CallResult, confirmationRequired } from '../result.js';
import type { Intent } from './codes.js';
import type { AskUser } from './forms.js';
import type { LaterForm } from './later-form.js';
import { fingerprintOf } from './seals.js';

/** What the user is asked to consent to. */
export interface Proposal {
	readonly intent: Intent;
	/** Shows everything that the intent holds, so that equal texts mean equal intents. */
	readonly consequence: string;
	readonly plan: Plan;
	/** A batch in groups, one line each. It is read only where it is shown. */
	groups(): Promise<readonly string[]>;
}

const UNKNOWN_ENVIRONMENT =
	'The name of the environment could not be read. If it is Production, all environments are meant.';

/** What the user must consent to before `plan` may be sent for the tool `tool`; undefined where no consent is needed. */
export function proposalOf(
	call: ZoneCall,
	operation: RoutedOperation,
	plan: Plan,
	tool = operation.name,
): Proposal | undefined {
	const { args: given, zone, reference, environment } = call;
	// The lists of the plan are what is sent: duplicates are not, and are not shown either.
	const args = { ...given, ...listsOf(plan.requests) };
	if (!needsConsent(operation, args)) return undefined;
	// A record that needs consent has a consequence. Without one, nothing could be shown and nothing may be sent.
	if (!operation.consequence) throw new TypeError(`${operation.name} needs consent and states no consequence`);
	const shown = { zone: zone.name, plan: zone.plan, environment: environment?.name };
	const sentences = [
		...(tool === operation.name ? [] : [`This resumes an unfinished ${operation.name}.`]),
		operation.consequence(args as never, zone, environment),
		...(environment && environment.name === undefined ? [UNKNOWN_ENVIRONMENT] : []),
		...identifyZone({ zone, reference }),
	];
	const intent = { tool, zoneId: zone.id, args, shown };
	return { intent, consequence: sentences.join(' '), plan, groups: () => previewGroups(call, operation) };
}

/** Tells a zone that was named by its id apart: several accounts may have a zone of one name. */
export function identifyZone({ zone, reference }: Pick<ZoneCall, 'zone' | 'reference'>): string[] {
	return isHexId(reference.trim().toLowerCase())
		? [`The zone has the id ${zone.id}, in the account ${quote(zone.account, 100)}.`]
		: [];
}

/** The zone is not the one that the proof of consent is about. */
export class ZoneChanged extends Refused {}

/**
 * The result that asks for a code or goes out with a form, or the call as it goes on with the consent that was given.
 * Throws Refused without consent.
 */
export async function obtainConsent(
	call: ZoneCall,
	proposal: Proposal,
	confirm: string | undefined,
): Promise<{ readonly asks: CallResult } | { readonly agreed: ZoneCall }> {
	const { deps, context, auditRecord, zone } = call;
	refuseStranger(call);
	const policy = deps.settings.confirm;
	const { askUser, laterForm } = policy === 'ask' ? context : NO_FORMS;
	const hasForm = askUser !== undefined || laterForm !== undefined;
	const needsCode = policy !== 'off' && !hasForm;
	const { consequence, plan, intent, groups } = proposal;
	if (needsCode && confirm === undefined)
		return {
			asks: confirmationRequired({ consequence, plan, groups: await groups() }, zone, deps.codes.issue(intent)),
		};
	// Every failure before the proof is complete is a refusal.
	auditRecord.consent = 'refused';
	if (laterForm) {
		if (!(await confirmLater(call, laterForm, proposal))) return { asks: asked(consequence, plan, zone) };
	} else if (askUser) await confirmByForm(call, askUser, consequence);
	// The call's time limit restarts after the form: the user's thinking time does not count.
	const agreed = askUser ? { ...call, context: { ...context, began: deps.clock.now() } } : call;
	await refuseChangedZone(agreed);
	if (needsCode) await deps.codes.redeem(confirm ?? '', intent);
	auditRecord.consent = hasForm ? 'form' : needsCode ? 'code' : 'skipped';
	if (context.signal?.aborted) throw cancelled(context.signal.reason);
	return { agreed };
}

const NO_FORMS: Pick<Context, 'askUser' | 'laterForm'> = {};

function refuseStranger({ context, auditRecord }: ZoneCall): void {
	if (context.isIntroduced !== false) return;
	auditRecord.consent = 'refused';
	throw new Refused('The client has not introduced itself, so it is unknown whether it can show the user a form.', {
		advice: 'The client must send initialize first.',
	});
}

/** Whether the call brought the user's consent. Otherwise the question goes out. Throws Refused where the user refused. */
async function confirmLater(
	{ deps, auditRecord, zone }: ZoneCall,
	laterForm: LaterForm,
	{ intent, consequence }: Proposal,
): Promise<boolean> {
	const question = { consequence, zoneName: zone.name };
	const fingerprint = fingerprintOf(intent, consequence);
	const answer = await laterForm.answerTo(fingerprint);
	if (answer) {
		deps.forms.judge(answer, question);
		return true;
	}
	deps.forms.refuseMore();
	auditRecord.consent = 'none';
	laterForm.ask(question, fingerprint, auditRecord.id);
	return false;
}

async function confirmByForm(
	{ deps, context, auditRecord, zone }: ZoneCall,
	askUser: AskUser,
	consequence: string,
): Promise<void> {
	const { signal, progress } = context;
	try {
		await deps.forms.confirm({ askUser, signal, progress }, { consequence, zoneName: zone.name });
	} catch (error) {
		// A cancelled call was not refused by its user.
		if (error instanceof CancelledError) auditRecord.consent = 'none';
		throw error;
	}
}

/** Looks the zone up again just before acting: an old proof must not reach another zone that has taken over the name. */
async function refuseChangedZone({ deps, context, zone, reference }: ZoneCall): Promise<void> {
	const now = await deps.zoneRule.resolve(reference, { fresh: true, ...limitsOf({ deps, context }) });
	if (now.id === zone.id && now.name === zone.name && now.plan === zone.plan) return;
	deps.zones.forget(zone);
	throw new ZoneChanged(
		`The zone changed since it was looked up: ${zone.name} (${zone.id}) is now ${now.name} (${now.id}), plan ${now.plan}.`,
		{ advice: 'Call again to see the plan for the zone as it is now.' },
	);
}
