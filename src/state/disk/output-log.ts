/** Appends whole lines to stdout, for containers, whose logs are collected there. */
import { writeSync } from 'node:fs';
import type { LogFile } from './log-file.js';

/** The name of stdout as a file. */
export const STANDARD_OUTPUT = '/dev/stdout';

const STDOUT = 1;

/** A log on stdout. */
export class OutputLog implements Pick<LogFile, 'append' | 'close'> {
	private endsInsideLine = false;

	/** Appends one line in one write. Throws the system's error, also where the reader of a pipe is too slow (EAGAIN). */
	append(line: string): void {
		const bytes = Buffer.from(this.endsInsideLine ? `\n${line}` : line);
		this.endsInsideLine = writeSync(STDOUT, bytes) < bytes.length;
		if (this.endsInsideLine) throw Object.assign(new Error('the line was written in part'), { code: 'EAGAIN' });
	}

	/** Leaves stdout open: the process still ends with it. */
	close(): void {}
}
