/** Checks API, clock, token, zones and permissions by requests that only read. */
import { isHexId } from '../base/identifiers.js';
import { isObject } from '../base/json.js';
import { inline } from '../base/sanitize.js';
import { type Deps, zonePlanOf } from '../call/context.js';
import { fillRoute } from '../call/plan/route.js';
import { describeAdvice } from '../call/result.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { itemsPerRequest } from '../cloudflare/limits.js';
import type { Zone } from '../cloudflare/zones.js';
import type { Product } from '../compose.js';
import { ApiError, ErrorCode, Failure } from '../errors.js';
import { type Operation, permissionOf, TOOLSETS } from '../operations/operation.js';

/** One line of the report: `ok`, `FIX` for a problem, `?` for what could not be checked. */
export interface Finding {
	readonly mark: 'ok' | 'FIX' | '?';
	readonly text: string;
}

/** A zone of the API's list. The API may leave out what the token cannot read. */
interface ListedZone {
	readonly id: string;
	readonly name: string;
	readonly plan?: { readonly legacy_id?: string };
	readonly account?: { readonly id?: string; readonly name?: string };
}

/** A clock that differs by more makes logs and expiry times misleading. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** The permission that the list of zones needs. */
const ZONE_READ = permissionOf({ permission: 'Zone', danger: 'read' });
/** How many zones are listed by name. The report counts the rest. */
const MAX_ZONES = 20;

const ok = (text: string): Finding => ({ mark: 'ok', text });
const fix = (text: string): Finding => ({ mark: 'FIX', text });
const unchecked = (text: string): Finding => ({ mark: '?', text });

/** Runs all checks in order. The checks that need the API, or a zone, are left out when there is none. */
export async function checkProduct({ deps, allowed }: Product, now: () => number): Promise<Finding[]> {
	const { findings, zones } = await checkApi(deps, now);
	if (!zones) return findings;
	const token = await checkToken(deps, zones);
	const { zone, problem } = await chooseZone(deps, zones);
	const found = [...findings, token, ...(problem ? [problem] : [])];
	if (!zone) return found;
	for (const toolset of TOOLSETS) {
		const operations = allowed.filter((operation) => operation.toolset === toolset);
		found.push(...(await checkReads(deps, toolset, operations, zone)), ...listUntested(toolset, operations));
	}
	return [...found, describeLimits(deps, zone)];
}

/** Lists the zones. `zones` are those that the configuration allows; it is absent when the API cannot be used. */
async function checkApi(
	deps: Deps,
	now: () => number,
): Promise<{ findings: Finding[]; zones?: readonly ListedZone[] }> {
	try {
		const request = { method: 'GET', path: '/zones', query: { per_page: '50' } } as const;
		const answer = await deps.api(request, { permission: ZONE_READ });
		const listed = (Array.isArray(answer.result) ? answer.result : []) as ListedZone[];
		const zones = listed.filter((one) => deps.zoneRule.isVisible(one));
		return { findings: [ok('the API answers'), ...checkClock(answer, now), ...describeZones(zones)], zones };
	} catch (error) {
		if (!(error instanceof ApiError && error.status === 403)) return { findings: [fix(explainFailure(error))] };
		const advice = unchecked(`the token cannot list zones (that needs ${ZONE_READ}): give zone ids in calls`);
		return { findings: [ok('the API answers'), advice], zones: [] };
	}
}

function describeZones(zones: readonly ListedZone[]): Finding[] {
	if (zones.length === 0) return [fix('no zone is visible: add zones to the token (Zone Resources), or check --zones')];
	const shown = zones.slice(0, MAX_ZONES).map(({ name, plan, account }) => {
		const [planName, accountName] = [plan?.legacy_id ?? 'unknown plan', account?.name ?? 'unknown account'];
		return ok(`zone ${inline(name)} · ${inline(planName)} · ${inline(accountName)}`);
	});
	const more = zones.length - shown.length;
	return more > 0 ? [...shown, ok(`… and ${more} more ${more === 1 ? 'zone' : 'zones'}`)] : shown;
}

function checkClock({ date }: ApiAnswer, now: () => number): Finding[] {
	const apiTime = Date.parse(date ?? '');
	if (Number.isNaN(apiTime)) return [];
	const seconds = Math.round((now() - apiTime) / 1000);
	if (Math.abs(seconds) <= CLOCK_TOLERANCE_SECONDS) return [ok('the clock agrees with the API')];
	const direction = seconds > 0 ? 'ahead of' : 'behind';
	return [fix(`the clock of this machine is ${Math.abs(seconds)} s ${direction} the API: set it`)];
}

/** Asks for the state of the token. User and account tokens have different paths, and a Global API Key has none. */
async function checkToken(deps: Deps, zones: readonly ListedZone[]): Promise<Finding> {
	const accounts = [...new Set(zones.flatMap(({ account }) => account?.id ?? []))].filter(isHexId);
	for (const path of ['/user/tokens/verify', ...accounts.map((id) => `/accounts/${id}/tokens/verify`)]) {
		try {
			const { result } = await deps.api({ method: 'GET', path, query: {} }, { permission: 'a valid token' });
			const status = isObject(result) ? (result.status ?? 'unknown') : 'unknown';
			return status === 'active' ? ok('the token is active') : fix(`the token is ${inline(status)}: replace it`);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
		}
	}
	return unchecked(
		'the credential can read, but its state is unknown: it is a Global API Key, or an account token without a visible zone',
	);
}

/** Chooses the zone to check the toolsets on: the default zone, else the first visible one. */
async function chooseZone(deps: Deps, zones: readonly ListedZone[]): Promise<{ zone?: Zone; problem?: Finding }> {
	const reference = deps.settings.zone ?? zones[0]?.id;
	if (reference === undefined) return {};
	try {
		return { zone: await deps.zoneRule.resolve(reference) };
	} catch (error) {
		return { problem: fix(explainFailure(error)) };
	}
}

/** Runs the first operation of a toolset that reads and needs no arguments. */
async function checkReads(
	deps: Deps,
	toolset: string,
	operations: readonly Operation[],
	zone: Zone,
): Promise<Finding[]> {
	const reader = operations.find((one) => one.danger === 'read' && one.route && one.input.safeParse({}).success);
	if (!reader?.route) return [];
	const { method, path, query } = fillRoute(reader.route, {}, zone);
	try {
		await deps.api({ method, path, query }, { permission: permissionOf(reader) });
		return [ok(`${toolset}: readable on ${zone.name}`)];
	} catch (error) {
		const has: ApiError['has'] = (code) => error instanceof ApiError && error.has(code);
		if (has(ErrorCode.notSet)) return [ok(`${toolset}: readable on ${zone.name} (never set)`)];
		if (has(ErrorCode.notEntitled)) return [ok(`${toolset}: not in the plan of ${zone.name}`)];
		return [fix(`${toolset}: ${explainFailure(error)}`)];
	}
}

/** Names the permissions of a toolset that only a change could test. */
function listUntested(toolset: string, operations: readonly Operation[]): Finding[] {
	const changing = operations.filter(({ danger }) => danger !== 'read');
	const permissions = [...new Set(changing.map(permissionOf))];
	if (permissions.length === 0) return [];
	return [unchecked(`${toolset}: ${permissions.join(', ')} not tested (would change something)`)];
}

function describeLimits(deps: Deps, zone: Zone): Finding {
	const zonePlan = zonePlanOf({ deps, zone });
	const [urls, rest] = [itemsPerRequest('urls', zonePlan), itemsPerRequest('tags', zonePlan)];
	return ok(`purge limits of ${zone.name} (${zonePlan}): ${urls} URLs or ${rest} tags, hosts or prefixes per request`);
}

function explainFailure(error: unknown): string {
	if (!(error instanceof Failure)) throw error;
	const source = error.source ? `(${error.source})` : '';
	return [error.message, describeAdvice(error.advice), source].filter(Boolean).join(' ');
}
