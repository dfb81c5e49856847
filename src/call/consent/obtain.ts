/** Obtains consent to a destructive call: by a form, by a code, or by the operator's waiver. */
import { CancelledError, cancelled, Refused } from '../../errors.js';
import { limitsOf, type ZoneCall } from '../context.js';
import type { Plan } from '../plan/plan.js';
import { type CallResult, confirmationRequired } from '../result.js';
import type { Intent } from './codes.js';
import type { AskUser } from './forms.js';

/** What the user is asked to consent to, and the code that the caller gave as proof. */
interface Proposal {
	readonly consequence: string;
	readonly plan: Plan;
	readonly intent: Intent;
	readonly confirm: string | undefined;
}

/** The result that asks for a code, or the call as it goes on with the consent that was given. Throws Refused without consent. */
export async function obtainConsent(
	call: ZoneCall,
	{ consequence, plan, intent, confirm }: Proposal,
): Promise<{ readonly asks: CallResult } | { readonly agreed: ZoneCall }> {
	const { deps, context, auditRecord, zone } = call;
	if (context.isIntroduced === false) {
		auditRecord.consent = 'refused';
		throw new Refused('The client has not introduced itself, so it is unknown whether it can show the user a form.', {
			advice: 'The client must send initialize first.',
		});
	}
	const policy = deps.settings.confirm;
	const askUser = policy === 'ask' ? context.askUser : undefined;
	const needsCode = policy !== 'off' && !askUser;
	if (needsCode && confirm === undefined)
		return { asks: confirmationRequired(consequence, plan, zone, deps.codes.issue(intent)) };
	// Every failure before the proof is complete is a refusal.
	auditRecord.consent = 'refused';
	if (askUser) await confirmByForm(call, askUser, consequence);
	// The call's time limit restarts after the form: the user's thinking time does not count.
	const agreed = askUser ? { ...call, context: { ...context, began: deps.clock.now() } } : call;
	await refuseChangedZone(agreed);
	if (needsCode) deps.codes.redeem(confirm ?? '', intent);
	auditRecord.consent = askUser ? 'form' : needsCode ? 'code' : 'skipped';
	if (context.signal?.aborted) throw cancelled(context.signal.reason);
	return { agreed };
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
	throw new Refused(
		`The zone changed since it was looked up: ${zone.name} (${zone.id}) is now ${now.name} (${now.id}), plan ${now.plan}.`,
		{ advice: 'Call again to see the plan for the zone as it is now.' },
	);
}
