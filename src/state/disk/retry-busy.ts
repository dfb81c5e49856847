/** Work on files that another program may hold for a moment, as scanners and indexers do on Windows. */

import type { Clock } from '../../base/clock.js';
import { codeOf } from '../../base/system-error.js';

const BUSY = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Waits before the next attempts (milliseconds). */
const WAITS_MS = [20, 100, 500];

/** Does `work`, again after a short wait while its file is held. Throws the error of the last attempt. */
export async function retryWhileBusy<Result>(clock: Clock, work: () => Promise<Result>): Promise<Result> {
	for (const wait of WAITS_MS) {
		try {
			return await work();
		} catch (error) {
			if (!BUSY.has(codeOf(error) ?? '')) throw error;
			await clock.sleep(wait);
		}
	}
	return work();
}
