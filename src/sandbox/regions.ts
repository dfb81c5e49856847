/** Lists, reads and changes origin cloud regions one at a time, and lists the supported regions. */
import { canonicalize } from './addresses.js';
import { type Answer, Failure, markInvented, succeed } from './answers.js';
import { takeField, takeJson } from './body.js';
import { type Call, formatTime } from './call.js';
import { badRequest, neverSet } from './failures.js';
import { cutPage, readPage } from './pages.js';
import { isRegion, REGIONS } from './regions-table.js';
import { findSetting } from './settings.js';
import type { Mapping, Zone } from './zones.js';

const MAX_MAPPINGS = 3500;
const BAD_REGION =
	"The vendor provided doesn't exist or the region provided does not exist for the specified cloud vendor";

/** GET …/cloud_regions. */
export function listMappings(zone: Zone, { query }: Call): Answer {
	const { items, result_info } = cutPage([...zone.mappings.values()], readPage(query, 1, 100));
	return succeed(items, { result_info });
}

/** GET …/cloud_regions/{origin_ip}. */
export function showMapping(zone: Zone, call: Call): Answer {
	return succeed(findMapping(zone, readAddress(call)));
}

/** PUT …/cloud_regions/{origin_ip}. */
export function putMapping(zone: Zone, call: Call): Answer {
	const address = readAddress(call);
	const mapping = readMapping(takeJson(call.body), call);
	if (mapping.origin_ip !== address) throw badRequest('body origin_ip does not match URL');
	requireRoom(zone, [mapping]);
	zone.mappings.set(address, mapping);
	return succeed(mapping);
}

/** DELETE …/cloud_regions/{origin_ip}. */
export function deleteMapping(zone: Zone, call: Call): Answer {
	const { origin_ip } = findMapping(zone, readAddress(call));
	zone.mappings.delete(origin_ip);
	return succeed({ origin_ip });
}

/** GET …/cloud_regions/supported_regions. */
export function listRegions(zone: Zone, call: Call): Answer {
	if (findSetting(zone, 'tiered_caching', call).value !== 'on') {
		throw badRequest('Tiered Cache must be enabled for the zone').invented('status, code and message');
	}
	return markInvented(succeed({ obtained_codes: true, vendors: REGIONS }), 'regions and data centres');
}

/** Checks one mapping of a request, and returns it as it is stored. */
export function readMapping(item: unknown, { behavior }: Call): Mapping {
	const origin_ip = canonicalize(takeField(item, 'origin_ip'));
	const region = takeField(item, 'region');
	const vendor = takeField(item, 'vendor');
	if (origin_ip === undefined) throw badRequest('invalid origin_ip, must be an IPv4 or IPv6 address');
	if (typeof vendor !== 'string' || typeof region !== 'string') throw badRequest('vendor and region are required');
	if (!isRegion(vendor, region)) throw new Failure(400, { code: 1157, message: BAD_REGION });
	return { modified_on: formatTime(behavior.now()), origin_ip, region, vendor };
}

/** Throws 1164 when the zone cannot hold these mappings as well. */
export function requireRoom(zone: Zone, mappings: Mapping[]): void {
	const addresses = new Set([...zone.mappings.keys(), ...mappings.map(({ origin_ip }) => origin_ip)]);
	if (addresses.size > MAX_MAPPINGS) {
		throw new Failure(403, { code: 1164, message: 'Maximum number of IP mappings configured for zone.' });
	}
}

function findMapping(zone: Zone, address: string): Mapping {
	const mapping = zone.mappings.get(address);
	if (mapping === undefined) throw neverSet('origin_public_cloud_region');
	return mapping;
}

function readAddress({ parameters }: Call): string {
	const address = canonicalize(parameters.origin_ip);
	if (address === undefined) throw badRequest('invalid origin_ip, must be an IPv4 or IPv6 address');
	return address;
}
