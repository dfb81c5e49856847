/** Resolves the zone of a call, and suggests a visible one where a name was mistyped. */
import { Cancel, either } from '../base/cancel.js';
import { toZoneKey, UnknownZone, type Zone } from '../cloudflare/zones.js';
import { limitsOf, type StartedCall } from './context.js';
import { suggestZone } from './zone-rule.js';

/** The error about a name does not wait longer for a suggestion. */
const SUGGESTION_TIMEOUT_MS = 3_000;

/** The zone that a name or id stands for. Throws as ZoneRule does. */
export async function resolveZone(call: StartedCall, reference: string): Promise<Zone> {
	const { zoneRule } = call.deps;
	try {
		return await zoneRule.resolve(reference, limitsOf(call));
	} catch (error) {
		// Under --zones no other zone may be named: the rule suggests its own entries.
		if (!(error instanceof UnknownZone) || zoneRule.entries) throw error;
		const key = toZoneKey(reference);
		throw new UnknownZone(key, suggestZone(key, await readVisibleNames(call)));
	}
}

/** The names of visible zones; none where they cannot be read in time. */
async function readVisibleNames({ deps, context }: StartedCall): Promise<readonly string[]> {
	const { deadline } = limitsOf({ deps, context });
	const [timeout, done] = [new Cancel(), new Cancel()];
	const { signal, release } = either(context.signal, timeout);
	const end = () => timeout.abort();
	deps.clock.sleep(SUGGESTION_TIMEOUT_MS, done).then(end, end);
	try {
		return await deps.zones.listNames({ signal, deadline });
	} catch {
		return [];
	} finally {
		done.abort();
		release();
	}
}
