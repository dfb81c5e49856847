/** Refuses items whose host lies outside the zone. Custom hostnames (Cloudflare for SaaS) lie outside, and belong to it. */
import { joinWordings, type Wording } from '../base/audience.js';
import { isWithin, toHostname } from '../base/identifiers.js';
import { isObject } from '../base/json.js';
import { inSlices } from '../base/slices.js';
import { CancelledError, Failure, InputError } from '../errors.js';
import type { Operation } from '../operations/operation.js';
import { limitsOf, type ZoneCall } from './context.js';

/** The permission of the look-up, by Cloudflare's name. */
const PERMISSION = 'SSL and Certificates › Read';
/** Each costs a request of its own, before anything is sent. */
const MAX_LOOKUPS = 20;

/** The first of the items that name a host. */
interface Place {
	readonly kind: string;
	readonly index: number | undefined;
}

/** Whether a host is a custom hostname of the zone, or the failure that kept this from being read. */
type Lookup = boolean | Failure;

/**
 * Throws an InputError when an item's host is neither in the zone nor a custom hostname of it. The operator's list of custom
 * hostnames needs no look-up. The error names the zone that the host belongs to only where the operator allows that zone.
 */
export async function refuseForeignHosts(call: ZoneCall, operation: Operation): Promise<void> {
	const { hosts, items } = await findForeignHosts(call, operation);
	if (hosts.size > MAX_LOOKUPS) throw tooManyHosts(hosts.size, call.zone.name);
	const lookups = await Promise.all(
		[...hosts].map(async ([host, place]) => ({
			host,
			place,
			lookup: await isCustomHostname(call, host, { fetched: operation.run !== undefined }),
		})),
	);
	const refused = lookups.find(({ lookup }) => lookup !== true);
	if (!refused) return;
	const { host, place, lookup } = refused;
	const owner = await findOwner(call, host);
	const parts = [
		`${describePlace(place)}: ${host} is not in zone ${call.zone.name}.`,
		...(owner === undefined ? [] : [`It belongs to zone ${owner}.`]),
		lookup instanceof Failure
			? `The custom hostnames of ${call.zone.name} cannot be read, so it is unknown whether it is one.`
			: `It is no custom hostname of ${call.zone.name} either.`,
		...(items > 1 ? [`In all, ${items} items are not in zone ${call.zone.name}.`] : []),
	];
	const perZone = operation.run
		? 'Give a URL of the zone, or leave zone out.'
		: "Make one call per zone, each with that zone's content only.";
	throw new InputError(parts.join(' '), {
		advice: lookup instanceof Failure ? joinWordings(perZone, describeWays(host)) : perZone,
		source: lookup instanceof Failure ? lookup.source : undefined,
	});
}

/** The hosts outside the zone that the operator does not list, and how many items name one. */
async function findForeignHosts(
	{ deps, args, zone }: ZoneCall,
	operation: Operation,
): Promise<{ hosts: ReadonlyMap<string, Place>; items: number }> {
	const hosts = new Map<string, Place>();
	let items = 0;
	for await (const slice of inSlices(operation.hosts?.(args as never) ?? []))
		for (const [kind, index, host] of slice) {
			if (isWithin(host, zone.name) || deps.settings.customHostnames?.includes(host)) continue;
			items++;
			if (!hosts.has(host)) hosts.set(host, { kind, index });
		}
	return { hosts, items };
}

/** Whether this server may fetch URLs of a host: of this zone and of no zone below it, or of a verified custom hostname. */
export async function mayVisit(call: ZoneCall, host: string): Promise<boolean> {
	const { deps, context, zone } = call;
	if (host === zone.name || deps.settings.customHostnames?.includes(host)) return true;
	if (!isWithin(host, zone.name)) return (await isCustomHostname(call, host, { fetched: true })) === true;
	const owner = await deps.zoneRule.resolve(host, limitsOf({ deps, context })).catch(() => undefined);
	return owner?.id === zone.id;
}

function describePlace({ kind, index }: Place): string {
	return index === undefined ? kind : `${kind}[${index}]`;
}

/**
 * A host that is to be fetched counts only once its owner has proved that it is his (status active): anybody's customers may
 * name any host. A purge of another one does no harm.
 */
async function isCustomHostname(
	{ api, deps, context, zone }: ZoneCall,
	host: string,
	{ fetched }: { fetched: boolean },
): Promise<Lookup> {
	try {
		const { result } = await api(
			{ method: 'GET', path: `/zones/${zone.id}/custom_hostnames`, query: { hostname: host } },
			{ permission: PERMISSION, ...limitsOf({ deps, context }) },
		);
		// The API's filter may match more than the very name.
		const found = Array.isArray(result) ? result : [];
		return found.some(
			(one) =>
				isObject(one) &&
				typeof one.hostname === 'string' &&
				toHostname(one.hostname) === host &&
				(!fetched || one.status === 'active'),
		);
	} catch (error) {
		if (error instanceof CancelledError || !(error instanceof Failure)) throw error;
		return error;
	}
}

/** The name of the zone that a host belongs to, if the operator allows it. */
async function findOwner({ deps, context, zone }: ZoneCall, host: string): Promise<string | undefined> {
	const owner = await deps.zoneRule.resolve(host, limitsOf({ deps, context })).catch(() => undefined);
	return owner?.name === zone.name ? undefined : owner?.name;
}

function describeWays(host: string): Wording {
	return {
		agent: `For a custom hostname, ask the operator to start the server with --custom-hostnames ${host}, or to add ${PERMISSION} to the token.`,
		shell: `For a custom hostname, add --custom-hostnames ${host} to the command, or ${PERMISSION} to the token.`,
	};
}

function tooManyHosts(count: number, zone: string): InputError {
	return new InputError(
		`${count} hosts are not in zone ${zone}; at most ${MAX_LOOKUPS} can be looked up as custom hostnames.`,
		{
			advice: {
				agent: 'Send them in several calls, or ask the operator to list them with --custom-hostnames.',
				shell: 'Send them in several calls, or list them with --custom-hostnames.',
			},
		},
	);
}
