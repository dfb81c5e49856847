/** Purges and invalidates a zone or an environment: all four operations have the same bodies, rules and answers. */
import { type Answer, Failure, succeed } from './answers.js';
import { recordPurge } from './audit-log.js';
import type { Call } from './call.js';
import { applyPurge, type PurgeMode } from './edge/purge.js';
import { findEnvironment, selectsVisitor } from './environments.js';
import { checkCounts, checkItems } from './purge-items.js';
import { readSelection, type Selection } from './selectors.js';
import type { Zone } from './zones.js';

/** Returns the handler of POST /zones/{zone_id}/purge_cache or …/invalidate_cache. */
export function purgeHandler(mode: PurgeMode) {
	return (zone: Zone, call: Call): Answer => {
		const selection = readSelection(call.body, call.contentType);
		const answer = accept(zone, selection, call);
		applyPurge(zone, selection, mode, call.behavior.now());
		return answer;
	};
}

/** Returns the handler of POST /zones/{zone_id}/environments/{environment_id}/purge_cache or …/invalidate_cache. */
export function purgeEnvironmentHandler(mode: PurgeMode) {
	return (zone: Zone, call: Call): Answer => {
		const environment = findEnvironment(zone, call);
		const selection = readSelection(call.body, call.contentType);
		if (selection.files !== undefined && selectsVisitor(environment)) {
			const message = 'Purge by URL is not supported for this environment.';
			throw new Failure(400, { code: 1136, message }).invented('status and message');
		}
		const answer = accept(zone, selection, call);
		// The edge shows every visitor the zone's last environment.
		if (environment === zone.environments.at(-1)) applyPurge(zone, selection, mode, call.behavior.now());
		return answer;
	};
}

/** Counts come before the rate limit: no wait would ever allow more URLs than a bucket holds. */
function accept(zone: Zone, selection: Selection, call: Call): Answer {
	checkCounts(selection, zone);
	call.limits.spend(zone, selection);
	checkItems(selection, zone);
	recordPurge(zone, call);
	return succeed({ id: zone.facts.id });
}
