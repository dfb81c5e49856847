/** `doctor`: whether the configured tools would work, found out by reading only, and what to fix. */

import { isHexId } from '../base/identifiers.js';
import { inline } from '../base/sanitize.js';
import type { Deps } from '../call/context.js';
import { fillRoute } from '../call/plan/plan.js';
import { describeAdvice } from '../call/result.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { itemsPerRequest } from '../cloudflare/limits.js';
import type { Zone } from '../cloudflare/zones.js';
import type { Product } from '../compose.js';
import { ApiError, ErrorCode, Failure } from '../errors.js';
import { type Operation, permissionOf, TOOLSETS } from '../operations/operation.js';

/** A clock that is off by more makes logs and expiry times misleading (milliseconds). */
const CLOCK_TOLERANCE_MS = 60_000;
/** Zones that are shown; the rest is counted. */
const MOST_ZONES = 20;

type Mark = 'ok' | 'FIX' | '?';

/** Checks everything and returns the report and the exit code: 0 only when the configured toolsets would work. */
export async function runDoctor({ deps, allowed }: Product, now: () => number): Promise<{ text: string; code: 0 | 1 }> {
	const lines: [Mark, string][] = [];
	const say = (mark: Mark, text: string) => void lines.push([mark, text]);
	const zones = await findZones(deps, now, say);
	if (zones) {
		await verifyToken(deps, zones, say);
		const zone = await chooseZone(deps, zones, say);
		if (zone) {
			for (const toolset of TOOLSETS)
				await probe(
					deps,
					allowed.filter((one) => one.toolset === toolset),
					toolset,
					zone,
					say,
				);
			const plan = deps.settings.plan === 'auto' ? zone.plan : deps.settings.plan;
			const [urls, others] = [itemsPerRequest('urls', plan), itemsPerRequest('tags', plan)];
			say('ok', `purge limits of the plan ${plan}: ${urls} URLs or ${others} tags, hosts or prefixes a request`);
		}
	}
	const fixes = lines.filter(([mark]) => mark === 'FIX').length;
	const end =
		fixes === 0
			? 'The configured tools would work, as far as reading can tell.'
			: `${fixes} thing${fixes === 1 ? '' : 's'} to fix, marked FIX.`;
	const text = [...lines.map(([mark, line]) => `${mark.padEnd(4)}${line}`), '', end, ''].join('\n');
	return { text: deps.redact(text), code: fixes === 0 ? 0 : 1 };
}

type Say = (mark: Mark, text: string) => void;

function describe(error: unknown): string {
	if (!(error instanceof Failure)) throw error;
	return [error.message, describeAdvice(error.advice), error.source ? `(${error.source})` : '']
		.filter(Boolean)
		.join(' ');
}

/** The zones that the token sees and the configuration allows; undefined when the API cannot be used at all. */
async function findZones(parts: Deps, now: () => number, say: Say): Promise<readonly ListedZone[] | undefined> {
	try {
		const answer = await parts.api(
			{ method: 'GET', path: '/zones', query: { per_page: '50' } },
			{ permission: 'Zone › Read' },
		);
		say('ok', 'the API answers');
		checkClock(answer, now, say);
		const seen = (Array.isArray(answer.result) ? answer.result : []) as ListedZone[];
		const zones = seen.filter(parts.zoneRule.isVisible);
		for (const { name, plan, account } of zones.slice(0, MOST_ZONES))
			say(
				'ok',
				`zone ${inline(name)} · ${inline(plan?.legacy_id ?? 'unknown plan')} · ${inline(account?.name ?? 'unknown account')}`,
			);
		if (zones.length > MOST_ZONES) say('ok', `… and ${zones.length - MOST_ZONES} more zones`);
		if (zones.length === 0)
			say('FIX', 'no zone is visible: give the token the zones it is for (Zone Resources), or check --zones');
		return zones;
	} catch (error) {
		if (error instanceof ApiError && error.status === 403) {
			say('ok', 'the API answers');
			say('?', 'the token may not list zones (needs Zone › Read): calls must give zone ids');
			return [];
		}
		say('FIX', describe(error));
		return undefined;
	}
}

interface ListedZone {
	readonly id: string;
	readonly name: string;
	readonly plan?: { readonly legacy_id?: string };
	readonly account?: { readonly id?: string; readonly name?: string };
}

function checkClock({ date }: ApiAnswer, now: () => number, say: Say): void {
	const theirs = Date.parse(date ?? '');
	if (Number.isNaN(theirs)) return;
	const seconds = Math.round((now() - theirs) / 1000);
	if (Math.abs(seconds) * 1000 <= CLOCK_TOLERANCE_MS) say('ok', 'the clock agrees with the API');
	else
		say('FIX', `the clock of this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the API's`);
}

/** User tokens are verified at one place, account-owned ones at another; a Global API Key nowhere. */
async function verifyToken(parts: Deps, zones: readonly ListedZone[], say: Say): Promise<void> {
	const accounts = [...new Set(zones.flatMap(({ account }) => account?.id ?? []))].filter(isHexId);
	for (const path of ['/user/tokens/verify', ...accounts.map((id) => `/accounts/${id}/tokens/verify`)]) {
		try {
			const { result } = await parts.api({ method: 'GET', path, query: {} }, { permission: 'a valid token' });
			const { status = 'unknown' } = (result ?? {}) as { status?: string };
			say(status === 'active' ? 'ok' : 'FIX', `the token is ${inline(status)}`);
			return;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
		}
	}
	say(
		'?',
		'the token could not be verified (a Global API Key, or an account token without a visible zone); it was accepted for reading',
	);
}

/** The zone to try the tools on: the default one, else the first that is visible. */
async function chooseZone(parts: Deps, zones: readonly ListedZone[], say: Say): Promise<Zone | undefined> {
	const reference = parts.settings.zone ?? zones[0]?.id;
	if (reference === undefined) return undefined;
	try {
		return await parts.zoneRule.resolve(reference);
	} catch (error) {
		say('FIX', describe(error));
		return undefined;
	}
}

/** Tries a toolset by the first of its operations that reads and needs no arguments. */
async function probe(
	parts: Deps,
	operations: readonly Operation[],
	toolset: string,
	zone: Zone,
	say: Say,
): Promise<void> {
	if (operations.length === 0) return;
	const edits = [...new Set(operations.filter(({ danger }) => danger !== 'read').map(permissionOf))];
	const reader = operations.find((one) => one.danger === 'read' && one.route && one.input.safeParse({}).success);
	if (reader?.route) {
		const { method, path, query } = fillRoute(reader.route, {}, zone);
		try {
			await parts.api({ method, path, query }, { permission: permissionOf(reader) });
			say('ok', `${toolset}: may be read on ${zone.name}`);
		} catch (error) {
			const has: ApiError['has'] = (code) => error instanceof ApiError && error.has(code);
			if (has(ErrorCode.notSet)) say('ok', `${toolset}: may be read on ${zone.name} (never set)`);
			else if (has(ErrorCode.notEntitled)) say('ok', `${toolset}: not in the plan of ${zone.name}`);
			else say('FIX', `${toolset}: ${describe(error)}`);
		}
	}
	if (edits.length > 0) say('?', `${toolset}: ${edits.join(', ')} cannot be tried without changing something`);
}
