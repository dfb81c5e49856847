/** Enforces the lists of allowed zones, those of --zones and of policies: which zones a call may touch, and which it may show. */

import { askOperator, type Wording } from '../base/audience.js';
import { suggest } from '../base/did-you-mean.js';
import { isHexId, isWithin } from '../base/identifiers.js';
import { quote, sanitize } from '../base/sanitize.js';
import {
	AmbiguousName,
	type FindOptions,
	parentsOf,
	toZoneKey,
	UnknownZone,
	type Zone,
	type Zones,
} from '../cloudflare/zones.js';
import { CancelledError, Failure, Refused } from '../errors.js';
import { keyOf, type ZoneEntry } from '../operations/scope.js';

/** Entries that a refusal names. */
const MAX_SHOWN_ENTRIES = 10;

/** What a rule has beside its entries. */
interface ZoneRuleOptions {
	/** The name of the principal, where the entries are those of its policy. They are the operator's otherwise. */
	readonly principal?: string | undefined;
	/** The rule of the operator, which allows a zone too. Its entries are not shown: they may be those of other principals. */
	readonly bound?: ZoneRule | undefined;
}

/**
 * The zones that the operator or a policy allows. An entry means the zone of exactly its name or id. A caller may also name a
 * zone by a host or a URL in it. Zones outside the entries are not looked up, except those below an allowed name.
 */
export class ZoneRule {
	/** Undefined where no zones are named: every zone that the token can see is allowed. */
	readonly entries: readonly ZoneEntry[] | undefined;
	/** Whether a zone of the entries must also be allowed by another rule. */
	readonly isBound: boolean;
	private readonly zones: Zones;
	private readonly options: ZoneRuleOptions;

	constructor(entries: readonly ZoneEntry[] | undefined, zones: Zones, options: ZoneRuleOptions = {}) {
		this.entries = entries;
		this.zones = zones;
		this.options = options;
		this.isBound = options.bound !== undefined;
	}

	/** The zone that a name or id stands for. Throws Refused when it is not allowed. */
	async resolve(reference: string, options: FindOptions = {}): Promise<Zone> {
		const { entries, zones } = this;
		if (!entries) return zones.find(reference, options);
		const key = toZoneKey(reference);
		const find = isHexId(key) ? this.findById : this.findByName;
		const zone = await find.call(this, key, entries, options);
		const { principal, bound } = this.options;
		if (!zone) return refuse(reference, entries, principal);
		if (bound && !(await bound.admits(zone, options))) return refuseBeyond(reference);
		return zone;
	}

	/** Whether calls may touch this zone. A failed look-up counts as no. */
	async admits({ id, name }: Pick<Zone, 'id' | 'name'>, options: FindOptions = {}): Promise<boolean> {
		const { bound } = this.options;
		if (bound && !(await bound.admits({ id, name }, options))) return false;
		const { entries } = this;
		if (!entries || entries.some((entry) => entry.id === id)) return true;
		if (!entries.some((entry) => entry.id === undefined && entry.name === name)) return false;
		try {
			return (await this.zones.findExactly(name, options))?.id === id;
		} catch (error) {
			if (error instanceof CancelledError || !(error instanceof Failure)) throw error;
			return false;
		}
	}

	/** Turns allowed names into ids, never the id into a name: a foreign zone is not even looked up. */
	private async findById(id: string, entries: readonly ZoneEntry[], options: FindOptions): Promise<Zone | undefined> {
		if (entries.some((entry) => entry.id === id)) return this.zones.findExactly(id, options);
		const { found, failure } = await this.findEntries(
			entries.filter((entry) => entry.id === undefined),
			options,
		);
		const zone = found.find((one) => one.id === id);
		if (!zone && failure) throw failure;
		return zone;
	}

	private async findByName(
		key: string,
		entries: readonly ZoneEntry[],
		options: FindOptions,
	): Promise<Zone | undefined> {
		const named = entries.filter(({ name }) => name !== undefined);
		if (named.some(({ name }) => name === key)) return this.findNamed(key, named, options);
		// Only a look-up tells the name of an entry that is an id.
		const { found, failure } = await this.findEntries(
			entries.filter(({ name }) => name === undefined),
			options,
		);
		const all: ZoneEntry[] = [...named, ...found.map(({ id, name }) => ({ id, name }))];
		if (!all.some(({ name = '' }) => isWithin(key, name))) {
			if (failure) throw failure;
			return undefined;
		}
		for (const name of parentsOf(key)) {
			if (all.some((entry) => entry.name === name)) return this.findNamed(name, all, options);
			const own = await this.findBelow(name, options);
			if (own === 'ambiguous') return undefined;
			if (own) return entries.some(({ id }) => id === own.id) ? own : undefined;
		}
		return undefined;
	}

	/** The zone of the entries that have this name. */
	private async findNamed(name: string, entries: readonly ZoneEntry[], options: FindOptions): Promise<Zone> {
		const { found, failure } = await this.findEntries(
			entries.filter((entry) => entry.name === name),
			options,
		);
		const different = [...new Map(found.map((zone) => [zone.id, zone])).values()];
		if (different.length > 1) throw new AmbiguousName(name, different);
		const [zone] = different;
		if (!zone) throw failure ?? new UnknownZone(name);
		return zone;
	}

	/** A zone below an allowed one. What is told of it is only that it is not allowed. */
	private async findBelow(name: string, options: FindOptions): Promise<Zone | 'ambiguous' | undefined> {
		try {
			return await this.zones.findExactly(name, options);
		} catch (error) {
			if (error instanceof AmbiguousName) return 'ambiguous';
			throw error;
		}
	}

	/** The zones of entries, and the first failure of a look-up, which must not hide the others. */
	private async findEntries(
		entries: readonly ZoneEntry[],
		options: FindOptions,
	): Promise<{ found: Zone[]; failure: Failure | undefined }> {
		const found: Zone[] = [];
		let failure: Failure | undefined;
		for (const entry of entries) {
			const key = keyOf(entry);
			try {
				const zone = await this.zones.findExactly(key, options);
				if (zone) found.push(zone);
			} catch (error) {
				if (error instanceof CancelledError || !(error instanceof Failure)) throw error;
				failure ??=
					error instanceof AmbiguousName ? error.withAdvice({ also: adviseToPin(key, this.options.principal) }) : error;
			}
		}
		return { found, failure };
	}
}

/** Letters of a zone's name that may differ from a name that is suggested: a slip of the finger changes one or two. */
const MAX_SLIPS = 2;

/** ` Did you mean "x"?` for the name that the zone of `key` may have; an empty string where none is similar. */
export function suggestZone(key: string, names: readonly string[]): string {
	if (isHexId(key)) return '';
	for (const candidate of parentsOf(key)) {
		const others = names.filter((name) => name !== candidate);
		const suggestion = suggest(candidate, others, MAX_SLIPS);
		if (suggestion) return suggestion;
	}
	return '';
}

function adviseToPin(name: string, principal: string | undefined): Wording {
	const where = principal === undefined ? '--zones ' : 'in the policy, as ';
	return askOperator(`pin the zone that is meant: ${where}${name}=ID`);
}

/** Refuses a zone that the policy allows and the operator does not. */
function refuseBeyond(reference: string): never {
	throw new Refused(`${quote(reference, 100)} is not one of the zones that this server may touch (--zones).`, {
		advice: 'Only the operator can change that.',
	});
}

function refuse(reference: string, entries: readonly ZoneEntry[], principal: string | undefined): never {
	const which = quote(reference, 100);
	const suggestion = suggestZone(
		toZoneKey(reference),
		entries.flatMap(({ name }) => name ?? []),
	);
	const list = entries
		.slice(0, MAX_SHOWN_ENTRIES)
		.map(({ name, id }) => name ?? id)
		.join(', ');
	if (principal !== undefined)
		throw new Refused(
			`${which} is not one of the zones that ${sanitize(principal, 64)} may touch by the policy: ${list}.${suggestion}`,
			{ advice: 'Only the operator can change that.' },
		);
	throw new Refused(
		{
			agent: `${which} is not one of the zones that this server may touch (--zones): ${list}.${suggestion}`,
			shell: `${which} is not one of the allowed zones (--zones): ${list}.${suggestion}`,
		},
		{
			advice: {
				agent: 'Only the operator can change that.',
				shell: 'Name one of these, or allow the zone with --zones or CF_CACHE_ZONES.',
			},
		},
	);
}
