/** Reads the name of the user that runs this process. */
import { userInfo } from 'node:os';

/** Null where the operating system knows none for the user's id. */
export function readUserName(): string | null {
	try {
		return userInfo().username;
	} catch {
		return null;
	}
}
