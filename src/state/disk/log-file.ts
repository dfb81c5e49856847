/** Appends whole lines to a log file that others may rotate. */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { codeOf } from '../../base/system-error.js';

/** What systems say of a pipe or a device, such as NUL. */
const NOTHING_TO_SYNC = new Set(['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP']);

/** An open log. */
export interface LogFile {
	/** Appends one line in one write. Throws the system's error; after a short write the next line starts on its own. */
	append(line: string): void;
	close(): void;
}

/** Opens `path` for appending, readable by the owner only. Throws the system's error when that fails. */
export function openLogFile(path: string): LogFile {
	const open = () => openSync(path, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, 0o600);
	let file = open();
	// A line that was cut off, here or by a process that died, must not swallow the next one.
	let broken = endsInside(path);

	/** After a rotation the path names another file, or none: the old one must not go on growing unseen. */
	const follow = () => {
		const { ino, dev } = fstatSync(file);
		const now = statSync(path, { throwIfNoEntry: false });
		if (now?.ino === ino && now.dev === dev) return;
		const next = open();
		closeSync(file);
		file = next;
		broken = endsInside(path);
	};

	return {
		append(line) {
			follow();
			const bytes = Buffer.from(broken ? `\n${line}` : line);
			broken = writeSync(file, bytes) < bytes.length;
			if (broken) throw Object.assign(new Error('the line was written in part'), { code: 'ENOSPC' });
		},
		close() {
			try {
				fsyncSync(file);
			} catch (error) {
				if (!NOTHING_TO_SYNC.has(codeOf(error) ?? '')) throw error;
			} finally {
				closeSync(file);
			}
		},
	};
}

/** Whether a file ends within a line. */
function endsInside(path: string): boolean {
	const { size } = statSync(path);
	if (size === 0) return false;
	const last = Buffer.alloc(1);
	const file = openSync(path, 'r');
	try {
		return readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
	} finally {
		closeSync(file);
	}
}
