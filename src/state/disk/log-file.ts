/** Appends whole lines to a log file that another program may rotate. */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { openOwnFile } from '../../base/own-files.js';
import { codeOf } from '../../base/system-error.js';

/** What fsync reports for a pipe or a device such as NUL, which has nothing to sync. */
const NOTHING_TO_SYNC: readonly unknown[] = ['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'];

/** A log file that is open for appending. */
export class LogFile {
	private readonly path: string;
	private file: number;
	private endsInsideLine: boolean;

	/** Opens `path`, and creates it for its owner only. Throws the system's error, or an OwnershipError (base/own-files). */
	constructor(path: string) {
		this.path = resolve(path);
		this.file = openForAppending(this.path);
		this.endsInsideLine = endsInsideLine(this.path);
	}

	/** Appends one line in one write. Throws the system's error; after a part of a line the next one starts on its own. */
	append(line: string): void {
		this.followRotation();
		const bytes = Buffer.from(this.endsInsideLine ? `\n${line}` : line);
		this.endsInsideLine = writeSync(this.file, bytes) < bytes.length;
		if (this.endsInsideLine) throw Object.assign(new Error('the line was written in part'), { code: 'ENOSPC' });
	}

	/** Syncs the file to the disk and closes it. Throws the system's error when the disk cannot keep it. */
	close(): void {
		try {
			fsyncSync(this.file);
		} catch (error) {
			if (!NOTHING_TO_SYNC.includes(codeOf(error))) throw error;
		} finally {
			closeSync(this.file);
		}
	}

	/** Opens the path again after a rotation: otherwise lines would go to the renamed file, where no program reads them. */
	private followRotation(): void {
		const { ino, dev } = fstatSync(this.file);
		const current = statSync(this.path, { throwIfNoEntry: false });
		if (current?.ino === ino && current.dev === dev) return;
		const next = openForAppending(this.path);
		closeSync(this.file);
		this.file = next;
		this.endsInsideLine = endsInsideLine(this.path);
	}
}

function openForAppending(path: string): number {
	return openOwnFile(path, { flags: constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, allowDevice: true });
}

/** Whether the last line of a file has no end, because a process died while it wrote it. */
function endsInsideLine(path: string): boolean {
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
