/** Reads and writes the files of snapshots in one folder, which no other user can write. */
import { closeSync, constants, existsSync, fstatSync, readFileSync, readSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.js';
import { OwnershipError, openOwnFile, ownFolder } from '../../base/own-files.js';
import { codeOf } from '../../base/system-error.js';
import { refuseLargeSnapshot } from '../refusals.js';
import { MAX_SNAPSHOT_BYTES, MAX_SNAPSHOTS, MAX_SNAPSHOTS_BYTES, type SnapshotKind } from '../snapshot-head.js';
import { retryWhileBusy } from './retry-busy.js';
import { retryWhereRemoved } from './retry-removed.js';

/** Our files: an id, then what the file is. Every other file belongs to the user. */
const FILE_NAME = /^(?<id>[2-9a-z]{10})\.(?<kind>taken|undo)\.(?<form>json|new)$/;

/** Holds the first line of a file. */
const HEAD_BYTES = 16_384;

/** A file of a snapshot. */
export interface SnapshotFile {
	readonly id: string;
	readonly kind: SnapshotKind;
	readonly path: string;
}

/** One folder of snapshots. */
export class SnapshotFolder {
	private readonly stateFolder: string;
	private readonly path: string;
	private readonly clock: Clock;

	constructor(stateFolder: string, clock: Clock) {
		this.stateFolder = stateFolder;
		this.path = join(stateFolder, 'snapshots');
		this.clock = clock;
	}

	/** All files, in no order. Throws OwnershipError when other users can write the folder. */
	files(): Promise<SnapshotFile[]> {
		return this.filesOf(['json']);
	}

	private async filesOf(forms: readonly string[]): Promise<SnapshotFile[]> {
		if (!existsSync(this.path)) return [];
		this.check();
		const names = await readdir(this.path);
		return names.flatMap((name) => {
			const { id, kind, form } = FILE_NAME.exec(name)?.groups ?? {};
			return id !== undefined && form !== undefined && forms.includes(form)
				? [{ id, kind: kind as SnapshotKind, path: join(this.path, name) }]
				: [];
		});
	}

	/** The first line of a file, or all of it. Throws OwnershipError on a file of another user, or the system's error. */
	read({ path }: SnapshotFile, part: 'head' | 'all'): string {
		const file = openOwnFile(path, { flags: constants.O_RDONLY });
		try {
			if (part === 'all') return fstatSync(file).size > MAX_SNAPSHOT_BYTES ? '' : readFileSync(file, 'utf8');
			const bytes = Buffer.alloc(HEAD_BYTES);
			return bytes.toString('utf8', 0, readSync(file, bytes, 0, HEAD_BYTES, 0)).split('\n', 1)[0] ?? '';
		} finally {
			closeSync(file);
		}
	}

	/** Writes and syncs a file under a name of its own before it counts. Throws Refused when it is too large. */
	async write(id: string, kind: SnapshotKind, text: string): Promise<void> {
		if (Buffer.byteLength(text) > MAX_SNAPSHOT_BYTES) throw refuseLargeSnapshot();
		const draft = join(this.path, `${id}.${kind}.new`);
		try {
			const file = await retryWhereRemoved(async () => {
				this.check();
				return open(draft, 'wx', 0o600);
			});
			try {
				await file.writeFile(text);
				await file.datasync();
			} finally {
				await file.close();
			}
			await retryWhileBusy(this.clock, () => rename(draft, join(this.path, `${id}.${kind}.json`)));
		} catch (error) {
			await rm(draft, { force: true }).catch(() => undefined);
			throw error;
		}
	}

	/** Removes a file. Never rejects: one that stays is removed when it is old. */
	async remove({ path }: Pick<SnapshotFile, 'path'>): Promise<void> {
		await rm(path, { force: true }).catch(() => undefined);
	}

	/** Removes files older than `keepMs`, drafts of a crashed process among them, and the oldest of a kind beyond its limits. */
	async makeRoom(kind: SnapshotKind, keepMs: number): Promise<void> {
		// The file system sets the times of files, so the machine's clock tells their ages.
		const nowMs = systemClock.now();
		const dated = await Promise.all(
			(await this.filesOf(['json', 'new'])).map(async (file) => {
				const { mtimeMs, size } = await stat(file.path).catch(() => ({ mtimeMs: nowMs, size: 0 }));
				return { file, mtimeMs, size };
			}),
		);
		const newestFirst = dated.sort((a, b) => b.mtimeMs - a.mtimeMs);
		let [count, bytes] = [0, 0];
		for (const { file, mtimeMs, size } of newestFirst) {
			const isOfKind = file.kind === kind;
			if (isOfKind) {
				count++;
				bytes += size;
			}
			const isOver = isOfKind && (count > MAX_SNAPSHOTS || bytes > MAX_SNAPSHOTS_BYTES);
			if (isOver || nowMs - mtimeMs > keepMs) await this.remove(file);
		}
	}

	private check(): void {
		ownFolder(this.stateFolder);
		ownFolder(this.path);
	}
}

/** The cause in a few words: what is wrong with a place, or the code of the system's error. */
export function describeCause(error: unknown): string {
	return error instanceof OwnershipError ? error.message : String(codeOf(error));
}
