/** Repeats file operations that fail because another program holds the file, as virus scanners do on Windows. */
import type { Clock } from '../../base/clock.js';
import { codeOf } from '../../base/system-error.js';

const BUSY_CODES: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];
const WAITS_MS = [20, 100, 500];

/** Runs `work`, and again after each of three short waits while its file is held. Throws the error of the last attempt. */
export async function retryWhileBusy<Result>(clock: Clock, work: () => Promise<Result>): Promise<Result> {
	for (const waitMs of WAITS_MS) {
		try {
			return await work();
		} catch (error) {
			if (!BUSY_CODES.includes(codeOf(error))) throw error;
			await clock.sleep(waitMs);
		}
	}
	return work();
}
