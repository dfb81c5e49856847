/** Runs a program of the system, such as that of its keychain. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { RunProgram } from './keychain.js';

/** A keychain may be locked, and then asks the user for a password. */
const TIMEOUT_MS = 120_000;

/** Returns what runs a program without a shell, until `stop` is aborted. What it says on stderr may hold a secret and is dropped. */
export function createRunProgram(stop: AbortSignal): RunProgram {
	return async (program, args, input = '') => {
		const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
		const child = spawn(program, args, { signal, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
		const code = new Promise<number | null>((resolve) => {
			child.once('close', resolve);
			child.once('error', () => resolve(null));
		});
		// The program may end before it has read its input. Its exit code tells.
		child.stdin.on('error', () => undefined);
		child.stdin.end(input);
		const output = await text(child.stdout).catch(() => undefined);
		return (await code) === 0 ? output : undefined;
	};
}
