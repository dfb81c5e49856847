/** Checks API, clock, credential, zones and permissions by requests that only read. */
import { zonePlanOf } from '../../call/context.js';
import type { ApiAnswer, ApiRequest } from '../../cloudflare/api.js';
import { itemsPerRequest } from '../../cloudflare/limits.js';
import type { Zone } from '../../cloudflare/zones.js';
import type { Product } from '../../compose/product.js';
import type { Config } from '../../config/config.js';
import type { FoundCredential } from '../../config/found-credential.js';
import { ApiError, Failure } from '../../errors.js';
import { permissionOf } from '../../operations/permission.js';
import { TOKEN_PAGE } from '../token-link.js';
import { checkClock } from './clock.js';
import { checkCredential } from './credential.js';
import { type Finding, fix, note, ok } from './finding.js';
import { listUntested, probeToolsets } from './permissions.js';
import { type RemedyFacts, remedyFor } from './remedy.js';
import { describeFailure } from './wording.js';
import { describeZones, type ListedZone, lookUpZones, namedZones, readZones } from './zones.js';

/** The permission that the list of zones needs. */
const ZONE_READ = permissionOf({ permission: 'Zone', danger: 'read' });

/** What the checks of the API need. */
export interface ApiFacts extends RemedyFacts {
	readonly product: Product;
	readonly config: Config;
	readonly credential: FoundCredential;
	readonly os: NodeJS.Platform;
	/** Aborting ends the requests. */
	readonly signal: AbortSignal | undefined;
	/** The time of this machine, in milliseconds since 1970. */
	now(): number;
}

/** What the checks found. */
export interface ApiReport {
	readonly findings: readonly Finding[];
	/** The zones that were checked. */
	readonly zones: readonly Zone[];
}

/** Runs the checks and remembers whether any request succeeded. */
export class ApiChecks {
	private readonly facts: ApiFacts;
	private successes = 0;
	private firstRefusal: ApiError | undefined;

	constructor(facts: ApiFacts) {
		this.facts = facts;
	}

	/** Runs all checks in order. The checks that need the API, or a zone, are left out when there is none. */
	async run(): Promise<ApiReport> {
		const { findings, listed } = await this.listZones();
		if (!listed) return { findings, zones: [] };
		const { credential, config, needs, now } = this.facts;
		const accounts = [...new Set(listed.flatMap(({ accountId }) => accountId ?? []))];
		const token = config.sandbox
			? ok('credential', 'the sandbox needs no token')
			: await checkCredential(this.get, { credential, accounts, needs, now: now() });
		const chosen = await this.chooseZones(listed);
		const probed = await Promise.all(chosen.zones.map((zone) => this.checkZone(zone)));
		const permissions = chosen.zones.length > 0 ? listUntested(this.facts.product.allowed) : [];
		return {
			findings: [...findings, token, ...chosen.findings, ...probed.flat(), ...permissions, ...this.describeRefusal()],
			zones: chosen.zones,
		};
	}

	/** Sends one request. Every check does so through here, so that none passes for a success of another. */
	private readonly get = async (
		request: Pick<ApiRequest, 'path' | 'query'>,
		permission: string,
	): Promise<ApiAnswer> => {
		try {
			const { product, signal } = this.facts;
			const answer = await product.deps.api({ method: 'GET', ...request }, { permission, signal });
			this.successes++;
			return answer;
		} catch (error) {
			if (error instanceof ApiError) this.firstRefusal ??= error;
			throw error;
		}
	};

	/** Lists the first page of zones: absent when the API cannot be used, empty when the token cannot list them. */
	private async listZones(): Promise<{ findings: Finding[]; listed?: readonly ListedZone[] }> {
		const { config, now, os } = this.facts;
		try {
			const answer = await this.get({ path: '/zones', query: { per_page: '50' } }, ZONE_READ);
			const listed = readZones(answer.result);
			const hasNames = namedZones(config).length > 0;
			const described = hasNames ? [] : this.describeList(listed, answer.page?.total_count);
			return { findings: [ok('api', 'the API answers'), ...checkClock(answer, now(), os), ...described], listed };
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			if (!(error instanceof ApiError && error.reason === 'permission'))
				return { findings: [fix('api', describeFailure(error), remedyFor(error, this.facts))] };
			const advice = note(
				'permission',
				`the token cannot list zones (that needs ${ZONE_READ}): give zone ids in calls`,
			);
			return { findings: [ok('api', 'the API answers'), advice], listed: [] };
		}
	}

	private describeList(listed: readonly ListedZone[], total: unknown): Finding[] {
		if (listed.length > 0) return describeZones(listed, total);
		return [fix('zone', 'no zone is visible: the token covers none', [`Zone Resources of the token: ${TOKEN_PAGE}`])];
	}

	/** The zones that flags name, or else the first that the token can list. */
	private async chooseZones(listed: readonly ListedZone[]): Promise<{ zones: Zone[]; findings: Finding[] }> {
		const { product, config } = this.facts;
		const named = namedZones(config);
		if (named.length > 0) return lookUpZones(product.deps, named, this.facts);
		const [first] = listed;
		if (!first) return { zones: [], findings: [] };
		const { zones, findings } = await lookUpZones(product.deps, [{ id: first.id }], this.facts);
		return { zones, findings: findings.filter(({ state }) => state !== 'ok') };
	}

	private async checkZone(zone: Zone): Promise<Finding[]> {
		const { product } = this.facts;
		const probed = await probeToolsets(this.get, product.allowed, zone, this.facts);
		return [...probed, describeLimits(zone, zonePlanOf({ deps: product.deps, zone }))];
	}

	/** Without one success, nothing shows that the credential works, whatever each refusal may mean. */
	private describeRefusal(): Finding[] {
		const { firstRefusal } = this;
		if (this.successes > 0 || !firstRefusal) return [];
		const what = `Cloudflare refused every request. The first answer: ${describeFailure(firstRefusal)}`;
		return [fix('credential', what, remedyFor(firstRefusal, this.facts))];
	}
}

function describeLimits(zone: Zone, zonePlan: string): Finding {
	const [urls, rest] = [itemsPerRequest('urls', zonePlan), itemsPerRequest('tags', zonePlan)];
	return ok(
		'zone',
		`purge limits of ${zone.name} (${zonePlan}): ${urls} URLs or ${rest} tags, hosts or prefixes per request`,
	);
}
