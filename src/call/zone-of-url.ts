/** Finds the zone of a call: the one that it names, the one that its URL belongs to, or the default zone. */
import { isWithin } from '../base/identifiers.js';
import { UnknownZone, type Zone } from '../cloudflare/zones.js';
import { Refused } from '../errors.js';
import type { Operation } from '../operations/operation.js';
import type { StartedCall } from './context.js';
import { resolveZone } from './resolve-zone.js';

/** The zone of a call, and the name or id by which it was found. Throws as resolveZone does. */
export async function findZone(
	call: StartedCall,
	operation: Operation,
	args: Readonly<Record<string, unknown>>,
	named: string | undefined,
): Promise<{ readonly zone: Zone; readonly reference: string }> {
	const { zone: usual, zoneArgument } = call.deps.settings;
	const host = operation.zoneOf?.(args as never);
	// With one allowed zone there is no argument to name it: the URL may have one of its custom hostnames.
	const reference = named ?? (zoneArgument === 'fixed' ? usual : (host ?? usual));
	if (reference === undefined) throw new TypeError(`a call of ${operation.name} without a zone`);
	const zone = await resolveZone(call, reference).catch((error: unknown) => {
		throw reference === host ? adviseOnHost(error) : error;
	});
	if (host === undefined || host === reference || host === zone.name || !isWithin(host, zone.name))
		return { zone, reference };
	// A host below the zone may be a zone of its own, which this server may not touch.
	return { zone: await resolveZone(call, host), reference: host };
}

function adviseOnHost(error: unknown): unknown {
	if (!(error instanceof UnknownZone || error instanceof Refused)) return error;
	return error.withAdvice({ also: 'For a custom hostname, give the zone that it belongs to in zone.' });
}
