/** Reads the settings on which the effect of a change depends, so that a change without an effect is not told as a success alone. */
import { Cancel, either } from '../base/cancel.js';
import { isObject } from '../base/json.js';
import type { RoutedOperation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { limitsOf, type ZoneCall } from './context.js';
import { fillRoute } from './plan/route.js';
import { isUnset } from './summarize.js';

/** Longer than a healthy API takes. The result of a change does not wait longer for a remark. */
const REMARKS_TIMEOUT_MS = 5_000;

/** What the change lacks, one sentence each. Never rejects: what cannot be read is not mentioned. */
export async function readRemarks(call: ZoneCall, operation: RoutedOperation): Promise<string[]> {
	const { api, deps, context, args, zone } = call;
	if (!operation.depends) return [];
	const { deadline, callId, requestId } = limitsOf({ deps, context });
	const timeout = new Cancel();
	const { signal, release } = either(context.signal, timeout);
	const done = new Cancel();
	const end = () => timeout.abort();
	deps.clock.sleep(REMARKS_TIMEOUT_MS, done).then(end, end);
	const limits = { signal, deadline, callId, requestId };
	const permission = permissionOf({ permission: operation.permission, danger: 'read' });
	const remarks = await Promise.all(
		operation.depends.map(async ({ route, remark }) => {
			const { method, path, query } = fillRoute(route, {}, zone);
			try {
				const { result } = await api({ method, path, query }, { permission, ...limits });
				return isObject(result) ? remark(result.value, args as never) : undefined;
			} catch (error) {
				return isUnset(error) ? remark(null, args as never) : undefined;
			}
		}),
	);
	done.abort();
	release();
	return remarks.filter((remark) => remark !== undefined);
}
