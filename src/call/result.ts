/** Everything a call may answer, as text and structured content that say the same. The only place that sets isError. */

import { inline, quoteJson, stripInvisible } from '../base/sanitize.js';
import { type Advice, type Changed, Failure, InternalError } from '../errors.js';
import type { ZoneRef } from '../operations/operation.js';
import { formatCounts } from '../operations/wording.js';
import type { Code } from './consent/codes.js';
import type { Estimate, Plan } from './plan/plan.js';
import { KEEP_HOURS } from './unfinished.js';

/** A tool result, as MCP has it. */
export interface CallResult {
	[key: string]: unknown;
	content: [{ type: 'text'; text: string }];
	structuredContent?: { status: 'done' | 'partial' | 'dry_run' | 'confirmation_required'; [key: string]: unknown };
	isError?: true;
}

/** Characters; some clients cut longer answers without a word. */
const LONGEST_TEXT = 10_000;

const CHANGED: Readonly<Record<Changed, string>> = {
	no: 'Nothing was changed.',
	unknown: 'It is unknown whether it was applied.',
};

function toResult(text: string, structuredContent: CallResult['structuredContent'], isError?: true): CallResult {
	const short = text.length > LONGEST_TEXT ? `${cut(text)}\n… cut; ask for less at once.` : text;
	return {
		content: [{ type: 'text', text: short }],
		...(structuredContent && { structuredContent: stripInvisible(structuredContent) }),
		...(isError && { isError }),
	};
}

/** At a whole line where the text has one that fits, else within its only line, outside a quotation. */
function cut(text: string): string {
	const end = text.lastIndexOf('\n', LONGEST_TEXT - 40);
	if (end > 0) return text.slice(0, end);
	const part = text.slice(0, LONGEST_TEXT - 40);
	return (part.match(/"/g) ?? []).length % 2 === 0 ? part : part.slice(0, part.lastIndexOf('"'));
}

const identify = (zone: ZoneRef | undefined) => zone && { zone: { id: zone.id, name: zone.name } };

/** The operation was carried out, or the answer to a read. `detail` holds before, page counters and what was sent. */
export function done(
	summary: string,
	zone: ZoneRef | undefined,
	result: unknown,
	detail: Readonly<Record<string, unknown>>,
): CallResult {
	return toResult(summary, { status: 'done', ...identify(zone), result, ...withoutUndefined(detail) });
}

/** What would be sent, and what is there now. */
export function dryRun(
	{ plan, estimate }: { plan: Plan; estimate: Estimate | undefined },
	zone: ZoneRef | undefined,
	current: { before: unknown; label: string | undefined },
	consequence: string | undefined,
): CallResult {
	const { before, label = 'Now' } = current;
	const lines = [
		'Dry run: nothing was changed.',
		...(consequence ? [consequence] : []),
		`Would send to ${zone?.name}: ${describePlan(plan)}${describeEstimate(plan, estimate)}.`,
	];
	if (before !== undefined) lines.push(`${label}: ${before === null ? 'not set' : describeValue(before)}.`);
	return toResult(lines.join('\n'), {
		status: 'dry_run',
		...identify(zone),
		plan: { ...showPlan(plan), ...estimate },
		...withoutUndefined({ before }),
	});
}

/** Nothing happened yet; the same call with the code runs. */
export function confirmationRequired(consequence: string, plan: Plan, zone: ZoneRef, code: Code): CallResult {
	const text = [
		consequence,
		`Nothing was changed yet. It would send: ${describePlan(plan)}.`,
		`Ask the person. If they want it, repeat the same call with confirm: "${code.confirm}" (works once, until ${code.expiresAt}).`,
	].join('\n');
	return toResult(text, {
		status: 'confirmation_required',
		...identify(zone),
		plan: showPlan(plan),
		confirm: code.confirm,
		expires_at: code.expiresAt,
	});
}

/** Some of the work was done: what was, what was not, and why. */
export function partial(
	summary: string,
	zone: ZoneRef | undefined,
	detail: Readonly<Record<string, unknown>>,
): CallResult {
	return toResult(summary, { status: 'partial', ...identify(zone), ...withoutUndefined(detail) }, true);
}

/** What happened, whether anything changed, what to do next, and who said so. */
export function failed(error: unknown): CallResult {
	return toResult(describeFailure(error).join('\n'), undefined, true);
}

/** The lines of a failure. An error of our own is said to be one, with its message and no stack. */
export function describeFailure(error: unknown): string[] {
	const { message, changed, advice, source } = error instanceof Failure ? error : new InternalError(error);
	return [message, CHANGED[changed], describeAdvice(advice), ...(source ? [source] : [])];
}

const AGAIN: Readonly<Record<NonNullable<Advice['again']>, string>> = {
	wanted: 'Call again if it is still wanted.',
	later: 'Call again later.',
	check: 'Check the current state before you repeat the call.',
	repeat: 'Repeating the call does no harm.',
};

/** An advice in words. */
export function describeAdvice({ again, also, resume }: Advice): string {
	const onlyRepeat = again === 'repeat' && also === undefined ? 'Repeat the call.' : undefined;
	const goOn = resume && `To go on, call ${resume.tool} with resume: "${resume.handle}" alone (${KEEP_HOURS} hours).`;
	return [again && AGAIN[again], onlyRepeat, also, goOn].filter((sentence) => sentence !== undefined).join(' ');
}

function showPlan({ requests, items }: Plan): Record<string, unknown> {
	const [{ method, path, body, kind }] = requests;
	// Lists are not repeated: the caller has them, and they cost tokens.
	return { method, path, requests: requests.length, ...(kind ? { items } : body !== undefined && { body }) };
}

function describePlan({ requests, items, duplicates }: Plan): string {
	const [{ method, path, body, kind }] = requests;
	const what = kind
		? `, ${formatCounts(items)} in ${requests.length} ${requests.length === 1 ? 'request' : 'requests'}`
		: body === undefined
			? ''
			: ` ${quoteJson(body)}`;
	return `${method} ${path}${what}${describeDuplicates(duplicates)}`;
}

function describeEstimate({ requests }: Plan, estimate: Estimate | undefined): string {
	return estimate && requests.length > 1 ? `; about ${estimate.seconds} s at the limits of the plan` : '';
}

/** ` (2 duplicates left out)`, or nothing. */
export function describeDuplicates(duplicates: number): string {
	return duplicates > 0 ? ` (${duplicates} duplicate${duplicates === 1 ? '' : 's'} left out)` : '';
}

function describeValue(before: unknown): string {
	const { id: _, editable: __, modified_on: ___, ...rest } = before as Record<string, unknown>;
	const value = 'value' in rest ? rest.value : rest;
	return typeof value === 'string' ? inline(value) : quoteJson(value);
}

function withoutUndefined(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== undefined));
}
