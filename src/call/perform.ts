/** Performs one call, from its raw arguments to its result. */

import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import { ArgumentError, Failure, InternalError, Refused } from '../errors.js';
import { needsZone, type Operation, type ResumingOperation } from '../operations/operation.js';
import { parseArguments } from './arguments.js';
import { withAudit } from './audit.js';
import { change } from './change.js';
import { runComposite } from './composite.js';
import type { FormQuestion } from './consent/forms.js';
import { ZoneChanged } from './consent/obtain.js';
import { type Asked, type Context, type Deps, readerOf, type StartedCall, type ZoneCall } from './context.js';
import { digestArguments } from './digest.js';
import { explainRefusals } from './explain-refusal.js';
import { toProblem } from './problem.js';
import { read } from './read.js';
import { type CallResult, failed } from './result.js';
import { resume } from './resume.js';
import { markQuestion, markSimulated } from './simulated.js';
import { changeInSteps } from './steps.js';
import { refuseBlocked, refuseForbidden } from './tool-rule.js';
import { readUrls } from './urls-file.js';
import { findZone } from './zone-of-url.js';

/** Performs one call. Never rejects: every failure becomes a result. */
export async function performCall(deps: Deps, name: string, raw: unknown, context: Context): Promise<CallResult> {
	const operation = deps.operations.get(name);
	if (!operation) return fail(unknownTool(name, deps), { deps, context, reads: false });
	const auditRecord = deps.audit.open(operation, raw, context);
	try {
		const { began = deps.clock.now() } = context;
		const simulates = deps.settings.isSandbox && operation.danger !== 'read';
		const { askUser, laterForm } = presentForms(context, (question) =>
			deps.toOutput(simulates ? markQuestion(question) : question),
		);
		const started = { deps, context: { ...context, askUser, laterForm, began, callId: auditRecord.id }, auditRecord };
		const result = await runUntilAsked(started, operation, raw);
		auditRecord.end({ result });
		return deps.toOutput(simulates ? markSimulated(result) : result);
	} catch (error) {
		auditRecord.end({ error });
		const reads = operation.danger === 'read';
		// Nothing that only reads leaves open whether it changed something.
		const known = reads && !(error instanceof Failure) ? new InternalError(error, 'no') : error;
		return fail(known, { deps, context, reads });
	}
}

/** The result of a failure, of which the context is told too. */
function fail(error: unknown, { deps, context, reads }: Pick<StartedCall, 'deps' | 'context'> & { reads: boolean }) {
	const reader = readerOf({ context });
	const { changed, ...problem } = toProblem(error, reader);
	const failure = error instanceof Failure ? error : undefined;
	context.onProblem?.(deps.toOutput({ ...problem, changed: reads ? 'no' : changed }), failure);
	return deps.toOutput(failed(error, { reads, reader }));
}

/** Forms that show a question as `present` gives it. They leave before the result, which has a pass of its own. */
function presentForms(
	{ askUser, laterForm }: Context,
	present: (question: FormQuestion) => FormQuestion,
): Pick<Context, 'askUser' | 'laterForm'> {
	return {
		askUser: askUser && ((question, cancel) => askUser(present(question), cancel)),
		laterForm: laterForm && {
			answerTo: (fingerprint) => laterForm.answerTo(fingerprint),
			ask: (question, ...about) => laterForm.ask(present(question), ...about),
		},
	};
}

/** Runs a call. Where the zone has changed under an answer that came with it, the user is asked anew about what is true now. */
async function runUntilAsked(started: StartedCall, operation: Operation, raw: unknown): Promise<CallResult> {
	try {
		return await runSteps(started, operation, raw);
	} catch (error) {
		if (!(error instanceof ZoneChanged) || !started.context.laterForm) throw error;
		return runSteps(started, operation, raw);
	}
}

/** The arguments of any operation, with those that its record does not know. */
type GivenArguments = Record<string, unknown> & {
	zone?: string;
	dry_run?: boolean;
	confirm?: string;
	verify?: boolean;
	urls_file?: string;
	urls?: string[];
};

/** The steps of a call, up to its result. */
async function runSteps(unchecked: StartedCall, operation: Operation, raw: unknown): Promise<CallResult> {
	const { deps, auditRecord } = unchecked;
	refuseForbidden(operation, deps.blockOf(operation));
	const given = await parseArguments(operation, raw, deps.settings.zoneArgument);
	const context = { ...unchecked.context, isChange: operation.danger !== 'read' && given.dry_run !== true };
	const started = { deps, auditRecord, context };
	const { zone: named, dry_run, confirm, verify, urls_file: file, ...args } = given as GivenArguments;
	const asked = { isDryRun: dry_run === true, confirm, verifies: verify };
	if (operation.resumes) return resume(started, { handle: String(args.resume), ...asked });
	refuseBlocked(operation, args, deps.settings.consentBlock);
	if (file !== undefined) args.urls = [...(args.urls ?? []), ...(await readUrlsFile(file, context, deps.settings))];
	if (operation.danger !== 'read') auditRecord.digest = await digestArguments(args);
	auditRecord.args = args;
	const api = withAudit(deps.api, auditRecord);
	if (operation.danger === 'read' && !operation.run && !needsZone(operation))
		return read({ deps, auditRecord, context, args, api, zone: undefined }, operation);
	const { zone, reference } = await findZone(started, operation, args, named);
	auditRecord.zone = zone;
	return runOnZone({ deps, auditRecord, context, args, api, zone, reference }, operation, asked);
}

async function runOnZone(
	call: ZoneCall,
	operation: Exclude<Operation, ResumingOperation>,
	asked: Asked,
): Promise<CallResult> {
	if (operation.run) return runComposite(call, operation);
	if (operation.plan) return changeInSteps(call, operation, asked);
	return explainRefusals(call, operation, () =>
		operation.danger === 'read' ? read(call, operation) : change(call, operation, asked),
	);
}

/** The URLs of a file, so that a long list need not pass through a model. */
async function readUrlsFile(
	file: string,
	context: Context,
	{ filesRoot, isShared }: Deps['settings'],
): Promise<string[]> {
	if (isShared)
		throw new Refused(
			'This server is reached over HTTP, so it has no access to your files, and it reads none of its own.',
			{
				advice: 'Give the URLs in urls instead of urls_file.',
			},
		);
	return readUrls(file, [...(filesRoot === undefined ? [] : [filesRoot]), ...((await context.roots?.()) ?? [])]);
}

function unknownTool(name: string, deps: Deps): ArgumentError {
	return new ArgumentError(
		`There is no tool ${quote(deps.toOutput(name), 64)}.${suggest(name, deps.operations.keys())}`,
		{
			advice: 'Use a name from the tool list.',
		},
	);
}
