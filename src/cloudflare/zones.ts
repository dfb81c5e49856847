/** Finds the zone that a name, a URL or an id stands for. */
import { isHexId, toHostname } from '../base/identifiers.js';
import { quote, sanitize, showPlan } from '../base/sanitize.js';
import { ApiError, ArgumentError, InputError } from '../errors.js';
import type { Api, ApiAnswer, RequestOptions } from './api.js';
import { SharedLookUps } from './shared-look-ups.js';

/** A zone as calls need it. */
export interface Zone {
	/** 32 hexadecimal characters. */
	readonly id: string;
	readonly name: string;
	/** Cloudflare's `legacy_id`: free, pro, business or enterprise; `unknown plan` when the API does not say. */
	readonly plan: string;
	/** The account's name; `unknown account` when the API does not say. */
	readonly account: string;
	/** The account whose purge limits count; the zone's own id when the API does not say. */
	readonly accountId: string;
	/** Where the zone does not cache as usual: Cloudflare's fields that say why. */
	readonly state?: { readonly status?: string; readonly paused?: boolean; readonly development_mode?: number };
}

/** How long a call waits for a request: until `signal` aborts, and no request starts after `deadline`. The ids are for the log. */
export type CallLimits = Pick<RequestOptions, 'signal' | 'deadline' | 'isForChange' | 'callId' | 'requestId'>;

/** `fresh` asks the API even when the zone is remembered. */
export type FindOptions = CallLimits & { readonly fresh?: boolean };

/** The permission of a lookup, by Cloudflare's name. */
const PERMISSION = 'Zone › Read';
const ADVICE = 'Give the name as zones_list shows it, or the 32-hex zone id.';
/** Labels of a name that are tried: each costs a request, and no zone has more. */
const MAX_LABELS = 6;
/** Names and ids that are remembered: a careless caller must not fill the memory. */
const MAX_REMEMBERED = 1_000;

/** Finds zones by name or id, and remembers them for as long as the process runs. */
export class Zones {
	private readonly api: Api;
	/** Zones by name and by id. */
	private readonly pinned: ReadonlyMap<string, Zone>;
	private readonly remembered = new Map<string, Zone>();
	private readonly lookUps = new SharedLookUps<Zone | undefined>();

	/**
	 * `pins` (name → id) need no request. The plan of such a zone is unknown, so that purges keep to the limits that every
	 * plan has.
	 */
	constructor(api: Api, pins: ReadonlyMap<string, string> = new Map()) {
		this.api = api;
		const zones = [...pins].map(([name, id]): Zone => {
			return { id, name, plan: UNKNOWN_PLAN, account: UNKNOWN_ACCOUNT, accountId: id };
		});
		this.pinned = new Map(zones.flatMap((zone) => [[zone.name, zone] as const, [zone.id, zone] as const]));
	}

	/**
	 * The zone that a name (also of a subdomain), a URL or an id stands for. Throws an InputError when there is no such zone or
	 * more than one, and an ApiError when the token may not read it.
	 */
	async find(reference: string, options: FindOptions = {}): Promise<Zone> {
		const key = toZoneKey(reference);
		const known = options.fresh ? undefined : this.remembered.get(key);
		if (known) return known;
		for (const candidate of isHexId(key) ? [key] : parentsOf(key)) {
			const zone = await this.findExactly(candidate, options);
			if (!zone) continue;
			this.remember(key, zone);
			return zone;
		}
		throw new UnknownZone(key);
	}

	/**
	 * The zone of exactly this name or id, both in canonical form: an entry of the operator's never stands for a parent zone.
	 * Undefined when there is no zone of this name. Throws as `find` does.
	 */
	async findExactly(key: string, { fresh = false, ...limits }: FindOptions = {}): Promise<Zone | undefined> {
		const pin = this.pinned.get(key);
		if (pin) return fresh ? { ...(await this.fetchById(pin.id, limits)), plan: pin.plan } : pin;
		const known = fresh ? undefined : this.remembered.get(key);
		if (known && (known.id === key || known.name === key)) return known;
		const lookUp = () => (isHexId(key) ? this.fetchById(key, limits) : this.fetchByName(key, limits));
		// A read must not be waited for by a change, which may leave earlier.
		const work = `${limits.isForChange === true} ${key}`;
		const zone = fresh ? await lookUp() : await this.lookUps.get(work, limits.signal, lookUp);
		if (zone) this.remember(key, zone);
		return zone;
	}

	/** The names of visible zones, at most one page of them. */
	async listNames(limits: CallLimits): Promise<readonly string[]> {
		const answer = await this.api(
			{ method: 'GET', path: '/zones', query: { per_page: '50' } },
			{ permission: PERMISSION, ...limits },
		);
		return toZones(answer).map(({ name }) => name);
	}

	/** Drops what is remembered of a zone, after an answer that casts doubt on it. */
	forget({ id }: Zone): void {
		for (const [key, zone] of this.remembered) if (zone.id === id) this.remembered.delete(key);
	}

	private remember(key: string, zone: Zone): void {
		// Such a state passes, so that the next call looks the zone up again.
		if (zone.state) return;
		if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
		this.remembered.set(key, zone);
		this.remembered.set(zone.id, zone);
	}

	private async fetchById(id: string, limits: CallLimits): Promise<Zone> {
		const answer = await this.api(
			{ method: 'GET', path: `/zones/${id}`, query: {} },
			{ permission: PERMISSION, ...limits },
		);
		const zone = toZone(answer.result);
		if (zone?.id !== id) throw unusable(answer);
		return zone;
	}

	private async fetchByName(name: string, limits: CallLimits): Promise<Zone | undefined> {
		const zones = await this.list(name, limits);
		if (zones.length > 1) throw new AmbiguousName(name, zones);
		return zones[0];
	}

	/** The zones of exactly this name: several accounts may have one. */
	private async list(name: string, limits: CallLimits): Promise<Zone[]> {
		try {
			const answer = await this.api(
				{ method: 'GET', path: '/zones', query: { name } },
				{ permission: PERMISSION, ...limits },
			);
			return toZones(answer).filter((zone) => zone.name === name);
		} catch (error) {
			throw error instanceof ApiError && error.reason === 'permission' ? mayNotList(name, error) : error;
		}
	}
}

/**
 * The id or the host name that a reference stands for; a URL stands for its host. Throws an ArgumentError for anything else,
 * which must never reach the API: its name filter has operators, such as `contains:x`.
 */
export function toZoneKey(reference: string): string {
	const text = reference.trim();
	if (isHexId(text.toLowerCase())) return text.toLowerCase();
	const name = toHostname(
		text
			.replace(/^https?:\/\//i, '')
			.replace(/[/?#].*$/s, '')
			.replace(/:\d+$/, ''),
	);
	if (!name)
		throw new ArgumentError(`zone ${quote(reference, 100)} is neither a domain name nor a zone id.`, {
			advice: ADVICE,
		});
	return name;
}

/**
 * The name and its parents, the longest first: the zone of www.shop.example.com may be any of them. A top-level domain is none
 * of them.
 */
export function parentsOf(name: string): string[] {
	const labels = name.split('.').slice(-MAX_LABELS);
	return labels.slice(1).map((_, at) => labels.slice(at).join('.'));
}

const UNKNOWN_PLAN = 'unknown plan';
const UNKNOWN_ACCOUNT = 'unknown account';

/** The zone of an API object. Undefined without a usable id: only such an id may become part of a path. */
function toZone(result: unknown): Zone | undefined {
	const { id, name, plan, account } = (result ?? {}) as Record<string, unknown>;
	const host = typeof name === 'string' ? toHostname(name) : undefined;
	if (typeof id !== 'string' || !isHexId(id) || host === undefined) return undefined;
	const { legacy_id: legacyId } = (plan ?? {}) as Record<string, unknown>;
	const { id: accountId, name: accountName } = (account ?? {}) as Record<string, unknown>;
	return {
		id,
		name: host,
		plan: showPlan(legacyId),
		account: typeof accountName === 'string' ? sanitize(accountName, 100) : UNKNOWN_ACCOUNT,
		accountId: typeof accountId === 'string' ? accountId.slice(0, 64) : id,
		...readState(result as Record<string, unknown>),
	};
}

function readState({ status, paused, development_mode: seconds }: Record<string, unknown>): Pick<Zone, 'state'> {
	const state = {
		...(typeof status === 'string' && status !== 'active' && { status }),
		...(paused === true && { paused }),
		...(typeof seconds === 'number' && seconds > 0 && { development_mode: seconds }),
	};
	return Object.keys(state).length > 0 ? { state } : {};
}

function toZones(answer: ApiAnswer): Zone[] {
	if (!Array.isArray(answer.result)) throw unusable(answer);
	return answer.result.map((item) => {
		const zone = toZone(item);
		if (zone === undefined) throw unusable(answer);
		return zone;
	});
}

/** Several zones have the same name. */
export class AmbiguousName extends InputError {
	constructor(name: string, zones: readonly Zone[]) {
		const list = zones.slice(0, 10).map((zone) => `${zone.id} in account ${quote(zone.account, 100)}`);
		super(`${zones.length} zones are named ${quote(name)}: ${list.join('; ')}.`, {
			advice: 'Give the zone id of the one you mean.',
		});
	}
}

/** No visible zone has the name. */
export class UnknownZone extends InputError {
	/** `suggestion` follows the sentence, where a visible zone has a similar name. */
	constructor(name: string, suggestion = '') {
		super(
			`No zone ${quote(name)} was found: it does not exist, or this token cannot see it (both look the same).${suggestion}`,
			{ advice: ADVICE },
		);
	}
}

function mayNotList(name: string, cause: ApiError): InputError {
	return new InputError(`This token may not list zones, so the name ${quote(name)} cannot be turned into an id.`, {
		advice: {
			agent: `Give the 32-hex zone id instead (dashboard, zone overview), or ask the operator to add ${PERMISSION} to the token.`,
			shell: `Give the 32-hex zone id instead (dashboard, zone overview), or add ${PERMISSION} to the token.`,
		},
		source: cause.source,
		cause,
	});
}

function unusable({ status, ray }: ApiAnswer): ApiError {
	return new ApiError('The zone lookup returned no usable zone.', {
		status,
		ray,
		advice: 'Check CLOUDFLARE_BASE_URL: something other than the Cloudflare API may have answered.',
	});
}
