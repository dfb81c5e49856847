/** Lets a composite fetch URLs of its zone, within the time limit of the call. */
import { TimeoutError } from '../errors.js';
import type { Operation } from '../operations/operation.js';
import type { Visitor } from '../operations/visitor.js';
import { limitsOf, type ZoneCall } from './context.js';

/** What the call may fetch: only the hosts in its arguments, which were found to belong to the zone. */
export function visitorOf(call: ZoneCall, operation: Operation): Visitor {
	const { deps, context, args } = call;
	const hosts = new Set([...(operation.hosts?.(args as never) ?? [])].map(([, , host]) => host));
	const { deadline, signal, callId, requestId } = limitsOf(call);
	return {
		visit: (url, headers) => {
			if (!hosts.has(new URL(url).hostname)) throw new TypeError('a visit of a host that the call does not name');
			if (deadline !== undefined && deps.clock.now() >= deadline)
				throw new TimeoutError('The time limit of the call has passed.', { advice: { again: 'later' } });
			return deps.edge({ url, headers, signal: context.signal, callId, requestId });
		},
		wait: (milliseconds) => deps.clock.sleep(milliseconds, signal),
	};
}
