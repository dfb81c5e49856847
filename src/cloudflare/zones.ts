/** Zone name or id → the zone, through the API, exactly; remembered for this process. */
import type { Signal } from '../base/cancel.js';
import { isHexId, toHostname } from '../base/identifiers.js';
import { quote, sanitize } from '../base/sanitize.js';
import { ApiError, InputError } from '../errors.js';
import type { Api, ApiAnswer, RequestOptions } from './api.js';

/** A zone as calls need it. */
export interface Zone {
	/** 32 hexadecimal characters. */
	readonly id: string;
	readonly name: string;
	/** Cloudflare's `legacy_id`: free, pro, business, enterprise; `unknown plan` when not told. */
	readonly plan: string;
	readonly account: string;
	/** What purge limits are counted for; the zone's own id when the account is not told. */
	readonly accountId: string;
}

/** How long a look-up is waited for: until `signal` aborts, and no request of it starts after `deadline`. */
export type CallLimits = { readonly signal?: Signal | undefined } & Pick<RequestOptions, 'deadline'>;

/** Finds zones and remembers them. */
export interface Zones {
	/**
	 * The zone that a name (also of a subdomain) or id stands for. `fresh` asks the API even when it is remembered.
	 * Throws an InputError when there is none or more than one, an ApiError when the token may not look.
	 */
	find(reference: string, options?: CallLimits & { fresh?: boolean }): Promise<Zone>;
	/** Drops what is remembered of a zone, after an answer that casts doubt on it. */
	forget(zone: Zone): void;
}

const PERMISSION = 'Zone › Read';
const NEXT = 'Give the name as zones_list shows it, or the 32-hex zone id.';
/** A look-up costs a request per label; no zone has more. */
const MOST_LABELS = 6;
/** Names and ids that are remembered at most; a careless caller must not fill the memory. */
const MOST_REMEMBERED = 1_000;

/**
 * Zone look-up over `client`. `pinned` (name → id) needs none: its zones have no known plan, so that purges keep the
 * limits every plan has.
 */
export function createZones(client: Api, pinned: ReadonlyMap<string, string> = new Map()): Zones {
	const known = new Map<string, Zone>();
	const pins = new Map(
		[...pinned].flatMap(([name, id]) => {
			const zone: Zone = { id, name, plan: 'unknown plan', account: 'unknown account', accountId: id };
			return [[name, zone] as const, [id, zone] as const];
		}),
	);

	const remember = (key: string, zone: Zone): Zone => {
		if (known.size >= MOST_REMEMBERED) known.clear();
		known.set(key, zone);
		known.set(zone.id, zone);
		return zone;
	};

	const byId = async (id: string, waiting: CallLimits): Promise<Zone> => {
		const answer = await client(
			{ method: 'GET', path: `/zones/${id}`, query: {} },
			{ permission: PERMISSION, ...waiting },
		);
		const zone = toZone(answer.result);
		if (zone?.id !== id) throw unusable(answer);
		return zone;
	};

	const byName = async (name: string, waiting: CallLimits): Promise<Zone> => {
		// From the full name label by label, since the zone of www.shop.example.com may be any of its parents.
		for (
			let rest = name.split('.').slice(-MOST_LABELS).join('.');
			rest.includes('.');
			rest = rest.slice(rest.indexOf('.') + 1)
		) {
			const zones = await list(rest, waiting);
			if (zones.length > 1) throw ambiguous(rest, zones);
			if (zones[0]) return zones[0];
		}
		throw new InputError(
			`No zone ${quote(name)} was found: it does not exist, or this token cannot see it (both look the same).`,
			{
				advice: NEXT,
			},
		);
	};

	const list = async (name: string, waiting: CallLimits): Promise<Zone[]> => {
		try {
			const answer = await client(
				{ method: 'GET', path: '/zones', query: { name } },
				{ permission: PERMISSION, ...waiting },
			);
			if (!Array.isArray(answer.result)) throw unusable(answer);
			const zones = answer.result.map(toZone);
			if (zones.includes(undefined)) throw unusable(answer);
			return zones.filter((zone) => zone?.name === name) as Zone[];
		} catch (error) {
			if (error instanceof ApiError && error.status === 403)
				throw new InputError(`This token may not list zones, so the name ${quote(name)} cannot be turned into an id.`, {
					advice:
						'Give the 32-hex zone id in place of the name (dashboard, zone overview), or let the operator add Zone › Read to the token.',
					source: error.source,
					cause: error,
				});
			throw error;
		}
	};

	return {
		async find(reference, { fresh = false, ...waiting } = {}) {
			const key = toZoneKey(reference);
			const pin = pins.get(key);
			if (pin) return fresh ? { ...(await byId(pin.id, waiting)), plan: pin.plan } : pin;
			const remembered = fresh ? undefined : known.get(key);
			if (remembered) return remembered;
			return remember(key, isHexId(key) ? await byId(key, waiting) : await byName(key, waiting));
		},
		forget(zone) {
			for (const [key, one] of known) if (one.id === zone.id) known.delete(key);
		},
	};
}

/** An id or a host name; a URL stands for its host. Anything else never reaches the API, whose name filter has operators. */
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
		throw new InputError(`zone ${quote(reference, 100)} is neither a domain name nor a zone id.`, { advice: NEXT });
	return name;
}

/** Undefined when the API's object is not a zone with a usable id: only such an id may become part of a path. */
function toZone(result: unknown): Zone | undefined {
	const { id, name, plan, account } = (result ?? {}) as Record<string, unknown>;
	const host = typeof name === 'string' ? toHostname(name) : undefined;
	if (typeof id !== 'string' || !isHexId(id) || host === undefined) return undefined;
	const { legacy_id: legacyId } = (plan ?? {}) as Record<string, unknown>;
	const { id: accountId, name: accountName } = (account ?? {}) as Record<string, unknown>;
	return {
		id,
		name: host,
		plan: typeof legacyId === 'string' && /^[a-z_]{1,40}$/.test(legacyId) ? legacyId : 'unknown plan',
		account: typeof accountName === 'string' ? sanitize(accountName, 100) : 'unknown account',
		accountId: typeof accountId === 'string' ? accountId.slice(0, 64) : id,
	};
}

function ambiguous(name: string, zones: readonly Zone[]): InputError {
	const list = zones.slice(0, 10).map((zone) => `${zone.id} in account ${quote(zone.account, 100)}`);
	return new InputError(`${zones.length} zones are named ${quote(name)}: ${list.join('; ')}.`, {
		advice: 'Give the zone id of the one you mean.',
	});
}

function unusable({ status, ray }: ApiAnswer): ApiError {
	return new ApiError('The zone look-up gave an answer without a usable zone.', {
		status,
		ray,
		advice: 'Check CLOUDFLARE_BASE_URL: something else than the API may have answered.',
	});
}
