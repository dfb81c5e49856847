/** Checks API, clock, token, zones and permissions by requests that only read. */
import { isHexId } from '../base/identifiers.js';
import { isObject } from '../base/json.js';
import { bareWords } from '../base/sanitize.js';
import { zonePlanOf } from '../call/context.js';
import { fillRoute } from '../call/plan/route.js';
import type { ApiAnswer, ApiRequest } from '../cloudflare/api.js';
import { itemsPerRequest } from '../cloudflare/limits.js';
import type { Zone } from '../cloudflare/zones.js';
import type { Product } from '../compose.js';
import type { Config } from '../config/config.js';
import { ApiError, ErrorCode } from '../errors.js';
import { type Operation, permissionOf, TOOLSETS } from '../operations/operation.js';
import { explainFailure, type Finding, fix, ok, unchecked } from './doctor-finding.js';
import { checkEntries, describeZones, type ListedZone, readZones } from './doctor-zones.js';

/** A clock that differs by more makes logs and expiry times misleading. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** The permission that the list of zones needs. */
const ZONE_READ = permissionOf({ permission: 'Zone', danger: 'read' });
const showTokenStatus = bareWords('disabled', 'expired', 'unknown');

/** What the token may list, and what that showed. */
interface ApiCheck {
	readonly findings: readonly Finding[];
	/** The first page of zones; empty where the token cannot list them. Absent when the API cannot be used. */
	readonly listed?: readonly ListedZone[];
}

/** Runs the checks and remembers whether any request succeeded. */
export class DoctorChecks {
	private readonly product: Product;
	private readonly config: Config;
	private readonly now: () => number;
	private successes = 0;
	private firstRefusal: ApiError | undefined;

	/** @param now the time of this machine, in milliseconds since 1970 */
	constructor(product: Product, config: Config, now: () => number) {
		this.product = product;
		this.config = config;
		this.now = now;
	}

	/** Runs all checks in order. The checks that need the API, or a zone, are left out when there is none. */
	async run(): Promise<Finding[]> {
		const { deps, allowed } = this.product;
		const { findings, listed } = await this.checkApi();
		if (!listed) return [...findings];
		const found = [...findings, await this.checkToken(listed)];
		const entries = this.config.zones && (await checkEntries(deps, this.config.zones));
		found.push(...(entries?.findings ?? []));
		const { zone, problem } = await this.chooseZone(entries?.zones[0]?.id ?? (entries ? undefined : listed[0]?.id));
		if (problem) found.push(problem);
		if (zone) {
			for (const toolset of TOOLSETS) {
				const operations = allowed.filter((operation) => operation.toolset === toolset);
				found.push(...(await this.checkReads(toolset, operations, zone)), ...listUntested(toolset, operations));
			}
			found.push(this.describeLimits(zone));
		}
		return [...found, ...this.describeRefusal()];
	}

	/** Sends one request. Every check does so through here, so that none passes for a success of another. */
	private async get(request: Pick<ApiRequest, 'path' | 'query'>, permission: string): Promise<ApiAnswer> {
		try {
			const answer = await this.product.deps.api({ method: 'GET', ...request }, { permission });
			this.successes++;
			return answer;
		} catch (error) {
			if (error instanceof ApiError) this.firstRefusal ??= error;
			throw error;
		}
	}

	private async checkApi(): Promise<ApiCheck> {
		try {
			const answer = await this.get({ path: '/zones', query: { per_page: '50' } }, ZONE_READ);
			const listed = readZones(answer.result);
			const described = this.config.zones ? [] : describeZones(listed, answer.page?.total_count);
			return { findings: [ok('the API answers'), ...checkClock(answer, this.now()), ...described], listed };
		} catch (error) {
			if (!(error instanceof ApiError && error.reason === 'permission'))
				return { findings: [fix(explainFailure(error))] };
			const advice = unchecked(`the token cannot list zones (that needs ${ZONE_READ}): give zone ids in calls`);
			return { findings: [ok('the API answers'), advice], listed: [] };
		}
	}

	/** Asks for the state of the token. User and account tokens have different paths, and a Global API Key has none. */
	private async checkToken(zones: readonly ListedZone[]): Promise<Finding> {
		const accounts = [...new Set(zones.flatMap(({ accountId }) => accountId ?? []))].filter(isHexId);
		for (const path of ['/user/tokens/verify', ...accounts.map((id) => `/accounts/${id}/tokens/verify`)]) {
			try {
				const { result } = await this.get({ path, query: {} }, 'a valid token');
				const status = isObject(result) ? (result.status ?? 'unknown') : 'unknown';
				return status === 'active'
					? ok('the token is active')
					: fix(`the token is ${showTokenStatus(status)}: replace it`);
			} catch (error) {
				if (!(error instanceof ApiError)) throw error;
			}
		}
		return unchecked(
			'the state of the credential is unknown: it is a Global API Key, or an account token without a visible zone',
		);
	}

	/** Chooses the zone to check the toolsets on: the default zone, else the first that is allowed. */
	private async chooseZone(first: string | undefined): Promise<{ zone?: Zone; problem?: Finding }> {
		const { deps } = this.product;
		const reference = deps.settings.zone ?? first;
		if (reference === undefined) return {};
		try {
			return { zone: await deps.zoneRule.resolve(reference) };
		} catch (error) {
			return { problem: fix(explainFailure(error)) };
		}
	}

	/** Runs the first operation of a toolset that reads and needs no arguments. */
	private async checkReads(toolset: string, operations: readonly Operation[], zone: Zone): Promise<Finding[]> {
		const reader = operations.find((one) => one.danger === 'read' && one.route && one.input.safeParse({}).success);
		if (!reader?.route) return [];
		try {
			const { path, query } = fillRoute(reader.route, {}, zone);
			await this.get({ path, query }, permissionOf(reader));
			return [ok(`${toolset}: readable on ${zone.name}`)];
		} catch (error) {
			const has: ApiError['has'] = (code) => error instanceof ApiError && error.has(code);
			if (has(ErrorCode.notSet)) return [ok(`${toolset}: readable on ${zone.name} (never set)`)];
			if (error instanceof ApiError && error.reason === 'plan')
				return [ok(`${toolset}: not in the plan of ${zone.name}`)];
			return [fix(`${toolset}: ${explainFailure(error)}`)];
		}
	}

	private describeLimits(zone: Zone): Finding {
		const zonePlan = zonePlanOf({ deps: this.product.deps, zone });
		const [urls, rest] = [itemsPerRequest('urls', zonePlan), itemsPerRequest('tags', zonePlan)];
		return ok(
			`purge limits of ${zone.name} (${zonePlan}): ${urls} URLs or ${rest} tags, hosts or prefixes per request`,
		);
	}

	/** Without one success, nothing shows that the credential works, whatever each refusal may mean. */
	private describeRefusal(): Finding[] {
		if (this.successes > 0 || !this.firstRefusal) return [];
		return [fix(`Cloudflare refused every request. The first answer: ${explainFailure(this.firstRefusal)}`)];
	}
}

function checkClock({ date }: ApiAnswer, now: number): Finding[] {
	const apiTime = Date.parse(date ?? '');
	if (Number.isNaN(apiTime)) return [];
	const seconds = Math.round((now - apiTime) / 1000);
	if (Math.abs(seconds) <= CLOCK_TOLERANCE_SECONDS) return [ok('the clock agrees with the API')];
	const direction = seconds > 0 ? 'ahead of' : 'behind';
	return [fix(`the clock of this machine is ${Math.abs(seconds)} s ${direction} the API: set it`)];
}

/** Names the permissions of a toolset that only a change could test. */
function listUntested(toolset: string, operations: readonly Operation[]): Finding[] {
	const changing = operations.filter(({ danger }) => danger !== 'read');
	const permissions = [...new Set(changing.map(permissionOf))];
	if (permissions.length === 0) return [];
	return [unchecked(`${toolset}: ${permissions.join(', ')} not tested (would change something)`)];
}
