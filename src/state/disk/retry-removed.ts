/** Repeats work in a folder that was removed meanwhile, as empty folders of principals are that have not changed for long. */
import { codeOf } from '../../base/system-error.js';

/**
 * Runs `work`, which creates its folder, and once more where the folder was gone before it held a file. The new folder is not
 * removed again, because it has just changed.
 */
export async function retryWhereRemoved<Result>(work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		if (codeOf(error) !== 'ENOENT') throw error;
		return work();
	}
}
