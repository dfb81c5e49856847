/** Reports the progress of a call to its client. */
import type { ProgressNotification } from '@modelcontextprotocol/sdk/types.js';
import type { Progress } from '../call/progress.js';

/** The least that progress increases by: MCP requires each notification to increase it, and a heartbeat reports nothing done. */
const SMALLEST_STEP = 0.001;

/** Creates the reporter of one call. `progressToken` is the client's; `notify` sends it a notification. */
export function createProgressReporter(
	progressToken: string | number,
	notify: (notification: ProgressNotification) => void,
): Progress {
	let last = 0;
	return (done, total, message) => {
		last = Math.max(done, last + SMALLEST_STEP);
		notify({
			method: 'notifications/progress',
			params: { progressToken, progress: last, message, ...(total !== undefined && { total }) },
		});
	};
}
