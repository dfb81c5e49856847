/** Builds every result of a call, as text and structured content that say the same. Only this file sets isError. */

import { AGENT, type Reader, wordFor } from '../base/audience.js';
import { isObject, withoutNulls } from '../base/json.js';
import { quoteJson } from '../base/sanitize.js';
import { type Advice, type Changed, Failure, InternalError } from '../errors.js';
import type { ZoneRef } from '../operations/operation.js';
import { NAME } from '../version.js';
import type { Code } from './consent/codes.js';
import { describeEstimate, describePlan, showPlan } from './plan/describe.js';
import type { Estimate } from './plan/estimate.js';
import type { Plan } from './plan/plan.js';
import { cutTexts, fitResult } from './size-limit.js';
import { KEEP_HOURS } from './unfinished.js';

/** What a result says. */
export interface Summary {
	readonly text: string;
	/** The text without the rows of lists, which the result has. */
	readonly sentences: string;
}

/** A tool result, as MCP has it. Many clients show their model only the text, or only the structured content. */
export interface CallResult {
	[key: string]: unknown;
	content: [{ type: 'text'; text: string }];
	structuredContent?: {
		status: 'done' | 'partial' | 'dry_run' | 'confirmation_required' | 'asked';
		summary: string;
		[key: string]: unknown;
	};
	isError?: true;
}

/** Some clients cut longer texts silently. */
const MAX_TEXT_CHARACTERS = 10_000;
/** Room for the line that says a text was cut. */
const CUT_NOTE_CHARACTERS = 40;

const CHANGED: Readonly<Record<Changed, string>> = {
	no: 'Nothing was changed.',
	unknown: 'It is unknown whether the change was applied.',
};

/** Builds a result with structured content. Members that are undefined are left out, and so is every null within a member. */
function toResult(
	{ text, sentences }: Summary,
	{ status, ...content }: { status: NonNullable<CallResult['structuredContent']>['status']; [key: string]: unknown },
	isError?: true,
): CallResult {
	const shown = Object.entries(content).flatMap(([name, value]) =>
		value === undefined ? [] : [[name, FROM_OUTSIDE.has(name) ? cutTexts(withoutNulls(value)) : value] as const],
	);
	const members = fitResult(Object.fromEntries(shown));
	const summary = shorten(sentences) + (members.omitted ? `\nRows left out of result: ${members.omitted}.` : '');
	return {
		content: [{ type: 'text', text: shorten(text) }],
		structuredContent: { status, summary, ...members },
		...(isError && { isError }),
	};
}

/** The members that hold Cloudflare's data. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['result', 'before', 'plan']);

function shorten(text: string): string {
	return text.length > MAX_TEXT_CHARACTERS ? `${cut(text)}\n… truncated; ask for fewer items.` : text;
}

/** Cuts at the end of a line, or within a single long line. An open quotation would swallow the note that follows. */
function cut(text: string): string {
	const limit = MAX_TEXT_CHARACTERS - CUT_NOTE_CHARACTERS;
	const end = text.lastIndexOf('\n', limit);
	if (end > 0) return text.slice(0, end);
	const part = text.slice(0, limit);
	return (part.match(/"/g) ?? []).length % 2 === 0 ? part : part.slice(0, part.lastIndexOf('"'));
}

const identify = (zone: ZoneRef | undefined) => zone && { zone: { id: zone.id, name: zone.name } };

/** The result of a read, or of a change that was made. `detail` holds before, page counters and what was sent. */
export function done(
	summary: Summary,
	zone: ZoneRef | undefined,
	result: unknown,
	detail: Readonly<Record<string, unknown>>,
): CallResult {
	return toResult(summary, { status: 'done', ...identify(zone), result, ...detail });
}

/** The result with further sentences, and with further members of its structured content. */
export function extend(
	{ content: [{ text }], structuredContent, ...rest }: CallResult,
	sentences: readonly string[],
	members: Readonly<Record<string, unknown>>,
): CallResult {
	const add = (words: string) => shorten([words, ...sentences].join('\n'));
	return {
		...rest,
		content: [{ type: 'text', text: add(text) }],
		...(structuredContent && {
			structuredContent: { ...structuredContent, summary: add(structuredContent.summary), ...members },
		}),
	};
}

/** What a dry run shows. */
interface DryRun {
	readonly plan: Plan;
	readonly estimate: Estimate | undefined;
	/** The current value; undefined when it was not read. */
	readonly before?: unknown;
	/** What the current value is called. */
	readonly label?: string | undefined;
	/** What a destructive call would destroy. */
	readonly consequence?: string | undefined;
	/** Further sentences about the call. */
	readonly remarks?: readonly string[];
	/** A batch in groups, one line each. */
	readonly groups?: readonly string[] | undefined;
}

/** The result of a dry run: what would be sent, and the current value. */
export function dryRun(zone: ZoneRef, dry: DryRun): CallResult {
	const { plan, estimate, before, label = 'Now', consequence, remarks = [], groups = [] } = dry;
	const lines = [
		'Dry run: nothing was changed.',
		...(consequence ? [consequence] : []),
		`Would send to ${zone.name}: ${describePlan(plan)}${describeEstimate(plan, estimate)}.`,
	];
	if (before !== undefined) lines.push(`${label}: ${before === null ? 'not set' : describeValue(before)}.`);
	const sentences = [...lines, ...remarks].join('\n');
	return toResult(
		{ text: [sentences, ...groups].join('\n'), sentences },
		{
			status: 'dry_run',
			...identify(zone),
			consequence,
			plan: { ...showPlan(plan, groups), ...estimate },
			before,
		},
	);
}

/** What the user is asked to agree to. */
interface Question {
	readonly consequence: string;
	readonly plan: Plan;
	/** A batch in groups, one line each. */
	readonly groups: readonly string[];
}

/** The result that asks for consent: nothing was changed, and the same call with the code runs. */
export function confirmationRequired({ consequence, plan, groups }: Question, zone: ZoneRef, code: Code): CallResult {
	const sentences = [
		consequence,
		'Nothing was changed yet.',
		'Go on only if the user asked for exactly this, or agrees now: then repeat the call with this confirm code, which works once.',
	].join('\n');
	const { confirm, expiresAt } = code;
	const rows = [`Plan: ${describePlan(plan, { hasBody: false })}`, `confirm: ${confirm} (until ${expiresAt})`];
	return toResult(
		// Structured content has the rows in members of their own.
		{ text: [sentences, ...groups, ...rows].join('\n'), sentences },
		{
			status: 'confirmation_required',
			...identify(zone),
			consequence,
			plan: showPlan(plan, groups),
			confirm,
			expires_at: expiresAt,
		},
	);
}

/** The result that goes out with a form: nothing was changed, and the same call with the answer runs. Clients see the form. */
export function asked(consequence: string, plan: Plan, zone: ZoneRef): CallResult {
	const text = `${consequence}\nNothing was changed yet. The user is asked first.`;
	return toResult(toSummary(text), { status: 'asked', ...identify(zone), consequence, plan: showPlan(plan) });
}

/** The result of a change of which a part was made. `summary` says what was done, what was not, and why. */
export function partial(
	summary: Summary,
	zone: ZoneRef | undefined,
	detail: Readonly<Record<string, unknown>>,
): CallResult {
	return toResult(summary, { status: 'partial', ...identify(zone), ...detail }, true);
}

/** The result of a failure, in the lines of {@link describeFailure}. `reads`: the operation changes nothing, and needs no word about it. */
export function failed(error: unknown, { reads = false, reader = AGENT } = {}): CallResult {
	const [what = '', effect = '', ...rest] = describeFailure(error, reader);
	const text = [what, ...(reads ? [] : [effect]), ...rest].join('\n');
	return { content: [{ type: 'text', text: shorten(text) }], isError: true };
}

/** What happened, whether anything changed, what to do next and, in answers of Cloudflare, their source. One line each. */
function describeFailure(error: unknown, reader: Reader = AGENT): string[] {
	const { what, changed, advice, source } = error instanceof Failure ? error : new InternalError(error);
	return [wordFor(what, reader), CHANGED[changed], describeAdvice(advice, reader), ...(source ? [source] : [])];
}

const AGAIN: Readonly<Record<NonNullable<Advice['again']>, string>> = {
	wanted: 'Call again if it is still needed.',
	later: 'Call again later.',
	check: 'Check the current state before you repeat the call.',
	repeat: 'Repeating the call does no harm.',
};

/** An advice in full sentences. */
export function describeAdvice({ again, also, resume }: Advice, reader: Reader = AGENT): string {
	const onlyRepeat = again === 'repeat' && also === undefined ? 'Repeat the call.' : undefined;
	const goOn = resume && wordFor(describeResuming(resume, reader.flags), reader);
	return [again && AGAIN[again], onlyRepeat, also && wordFor(also, reader), goOn]
		.filter((sentence) => sentence !== undefined && sentence !== '')
		.join(' ');
}

/** The command of a shell stands last, so that it can be copied as it is. */
function describeResuming(resume: string, flags: string) {
	return {
		agent: `To send the rest, call purge_resume with resume: ${resume}. The handle is valid for ${KEEP_HOURS} hours.`,
		shell: `The rest is kept for ${KEEP_HOURS} hours. Continue with: ${NAME} call purge_resume --resume ${resume}${flags && ` ${flags}`}`,
	};
}

function describeValue(before: unknown): string {
	if (!isObject(before)) return quoteJson(before);
	const { editable: _, modified_on: __, ...rest } = before;
	const value = 'value' in rest ? rest.value : rest;
	return value === 'on' || value === 'off' ? value : quoteJson(value);
}

/** A summary without rows of a list. */
export function toSummary(text: string): Summary {
	return { text, sentences: text };
}
