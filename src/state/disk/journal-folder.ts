/** Reads and writes the files of unfinished calls in one folder, which no other user can write. */
import { closeSync, constants, existsSync, fstatSync, readSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnershipError, openOwnFile, ownFolder } from '../../base/own-files.js';
import { codeOf } from '../../base/system-error.js';
import { isHandle } from '../handles.js';
import { refuseMore } from '../refusals.js';
import { JournalReader } from './journal-reader.js';

/** Names that count. Every other file belongs to the user, or is an empty lock. */
const COUNTED = /^[2-9a-z]{10}\.(jsonl|jsonl\.new|corrupt)$/;

/** Files of all servers that share the folder. */
const MAX_FILES = 100;
const MAX_MEGABYTES = 200;
const MAX_BYTES = MAX_MEGABYTES * 1_000_000;
/** One call. A message of 10 MB and a file of 24 MB are all that a caller can give. */
const MAX_CALL_MEGABYTES = 50;
const MAX_CALL_BYTES = MAX_CALL_MEGABYTES * 1_000_000;
/** Holds the head of a file, or all its reports: 1,000 requests have reports of 15 kB. */
const CHUNK_BYTES = 65_536;

/** What a list reads of a file. */
export interface Glance {
	/** The first line. */
	readonly head: string;
	/** The end of the file, with all reports in it. */
	readonly tail: string;
}

/** One folder of unfinished calls. */
export class JournalFolder {
	private readonly path: string;

	constructor(path: string) {
		this.path = path;
	}

	/** The path of a file of a handle. */
	pathOf(resume: string, kind: 'jsonl' | 'jsonl.new' | 'corrupt' | 'lock'): string {
		return join(this.path, `${resume}.${kind}`);
	}

	/** Whether the folder is there and belongs to this user alone, so that files in it may be removed. */
	isOurs(): boolean {
		try {
			return existsSync(this.path) && ownFolder(this.path) === this.path;
		} catch {
			return false;
		}
	}

	/** The handles that have a file. Throws OwnershipError when other users can write the folder. */
	async handles(): Promise<string[]> {
		const names = await readdir(this.path).catch(() => []);
		if (names.length > 0) ownFolder(this.path);
		return names
			.filter((name) => name.endsWith('.jsonl'))
			.map((name) => name.slice(0, -'.jsonl'.length))
			.filter(isHandle);
	}

	/** Creates the folder where there is none, and returns how many bytes may be written. Throws Refused when it is full. */
	async reserve(): Promise<number> {
		ownFolder(this.path);
		const names = (await readdir(this.path)).filter((name) => COUNTED.test(name));
		if (names.length >= MAX_FILES) throw full(`${names.length} unfinished calls`);
		let left = MAX_BYTES;
		for (const name of names)
			left -= await stat(join(this.path, name)).then(
				({ size }) => size,
				() => 0,
			);
		return left;
	}

	/** Writes and syncs a draft, line by line, of at most `maxBytes` bytes. Throws Refused beyond that. */
	async writeDraft(resume: string, lines: Iterable<string>, maxBytes: number): Promise<void> {
		const draft = await open(this.pathOf(resume, 'jsonl.new'), 'wx', 0o600);
		let left = Math.min(maxBytes, MAX_CALL_BYTES);
		const what =
			maxBytes < MAX_CALL_BYTES ? `${MAX_MEGABYTES} MB with this one` : `less than ${MAX_CALL_MEGABYTES} MB each`;
		try {
			// Line by line, so that a large purge neither blocks the event loop nor is in memory twice.
			for (const line of lines) {
				left -= Buffer.byteLength(line);
				if (left < 0) throw full(`unfinished calls of ${what}`);
				await draft.appendFile(line);
			}
			await draft.datasync();
		} finally {
			await draft.close();
		}
	}

	/** The first line and the end of a file; undefined where there is none. Throws OwnershipError on a file of another user. */
	glance(resume: string): Promise<Glance | undefined> {
		return this.withFile(resume, (file) => {
			const { size } = fstatSync(file);
			const [head = ''] = readChunk(file, 0).split('\n', 1);
			return { head, tail: readChunk(file, Math.max(0, size - CHUNK_BYTES)) };
		});
	}

	/** What `use` makes of the lines of a file; undefined where there is none. Throws OwnershipError on a file of another user. */
	read<Result>(resume: string, use: (reader: JournalReader) => Promise<Result>): Promise<Result | undefined> {
		return this.withFile(resume, (file) => use(new JournalReader(file, MAX_CALL_BYTES)));
	}

	private async withFile<Result>(
		resume: string,
		use: (file: number) => Result | Promise<Result>,
	): Promise<Result | undefined> {
		if (!isHandle(resume) || !existsSync(this.path)) return undefined;
		ownFolder(this.path);
		let file: number;
		try {
			file = openOwnFile(this.pathOf(resume, 'jsonl'), { flags: constants.O_RDONLY });
		} catch (error) {
			if (error instanceof OwnershipError) throw error;
			const code = codeOf(error);
			if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
			throw error;
		}
		try {
			return await use(file);
		} finally {
			closeSync(file);
		}
	}
}

function readChunk(file: number, position: number): string {
	const bytes = Buffer.alloc(CHUNK_BYTES);
	return bytes.toString('utf8', 0, readSync(file, bytes, 0, CHUNK_BYTES, position));
}

const full = (what: string) => refuseMore(`The state directory holds ${what}, and keeps no more.`);
