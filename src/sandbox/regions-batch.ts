/** Changes up to 100 origin cloud regions at once; each item succeeds or fails on its own. */
import { canonicalize } from './addresses.js';
import { type Answer, Failure, markInvented, succeed } from './answers.js';
import { takeField, takeJson } from './body.js';
import type { Call } from './call.js';
import { badRequest } from './failures.js';
import { readMapping, requireRoom } from './regions.js';
import type { Mapping, Zone } from './zones.js';

const MAX_ITEMS = 100;

interface Failed {
	origin_ip: string;
	error: string;
}

/** PUT …/cloud_regions/batch. Mappings that are not named stay. */
export function putMappings(zone: Zone, call: Call): Answer {
	const failed: Failed[] = [];
	const valid: Mapping[] = [];
	for (const item of readItems(call)) {
		try {
			valid.push(readMapping(item, call));
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			failed.push({ origin_ip: nameItem(takeField(item, 'origin_ip')), error: error.message });
		}
	}
	requireRoom(zone, valid);
	for (const mapping of valid) zone.mappings.set(mapping.origin_ip, mapping);
	return answer({ failed, succeeded: valid.map(describeItem) });
}

/** DELETE …/cloud_regions/batch. The body is a list of addresses. */
export function deleteMappings(zone: Zone, call: Call): Answer {
	const failed: Failed[] = [];
	const succeeded: Omit<Mapping, 'modified_on'>[] = [];
	for (const item of readItems(call)) {
		const address = canonicalize(item);
		const mapping = address === undefined ? undefined : zone.mappings.get(address);
		if (mapping === undefined) {
			failed.push({ origin_ip: nameItem(item), error: address ? 'mapping not found' : 'invalid origin_ip' });
			continue;
		}
		zone.mappings.delete(mapping.origin_ip);
		succeeded.push(describeItem(mapping));
	}
	return answer({ failed, succeeded });
}

function answer(result: { failed: Failed[]; succeeded: unknown[] }): Answer {
	return result.failed.length > 0 ? markInvented(succeed(result), 'errors of items') : succeed(result);
}

function readItems({ body }: Call): unknown[] {
	const items = body.text === '' ? undefined : takeJson(body);
	if (!Array.isArray(items)) throw badRequest('the body must be an array');
	if (items.length > MAX_ITEMS) throw badRequest(`the body must not have more than ${MAX_ITEMS} items`);
	return items;
}

function describeItem({ origin_ip, region, vendor }: Mapping) {
	return { origin_ip, region, vendor };
}

function nameItem(item: unknown): string {
	return typeof item === 'string' ? item : (JSON.stringify(item) ?? '');
}
