/** Keeps snapshots on disk, one file each: a line that says whose it is, then the snapshot. */
import { askOperator } from '../../base/audience.js';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { OwnershipError } from '../../base/own-files.js';
import type { SnapshotFacts, SnapshotRule, Snapshots } from '../../call/snapshots.js';
import { Failure, Refused } from '../../errors.js';
import { createHandle } from '../handles.js';
import { refuseUnknownSnapshot } from '../refusals.js';
import { KEEP_DAYS, KEEP_MS, kindOf, parseHead, type SnapshotHead } from '../snapshot-head.js';
import { describeCause, type SnapshotFile, SnapshotFolder } from './snapshot-folder.js';

/** What the store needs. */
interface SnapshotsOptions {
	/** Created when the first snapshot is kept. */
	readonly folder: string;
	readonly rule: SnapshotRule;
	readonly clock: Clock;
	readonly log: Log;
}

type Snapshot = Parameters<Snapshots['save']>[0];

/** The snapshots of one folder. */
export class SnapshotStore implements Snapshots {
	private readonly options: SnapshotsOptions;
	private readonly folder: SnapshotFolder;

	constructor(options: SnapshotsOptions) {
		this.options = options;
		this.folder = new SnapshotFolder(options.folder, options.clock);
	}

	async save(snapshot: Snapshot): Promise<string> {
		const { rule } = this.options;
		const { zone, taken, before } = snapshot;
		const id = createHandle();
		const kind = kindOf(snapshot);
		try {
			const head: SnapshotHead = { version: 1, owner: await rule.owner(), zone, taken, before };
			await this.folder.write(id, kind, `${JSON.stringify(head)}\n${JSON.stringify(snapshot)}\n`);
			// The next snapshot makes room again.
			await this.folder.makeRoom(kind, KEEP_MS).catch(() => undefined);
			return id;
		} catch (error) {
			if (error instanceof Failure) throw error;
			throw new Refused(`The snapshot cannot be kept in the state directory (${describeCause(error)}).`, {
				advice:
					error instanceof OwnershipError
						? {
								agent: 'Ask the operator to name a folder of their own, mode 700, with --state-dir.',
								shell: 'Name a folder of your own, mode 700, with --state-dir.',
							}
						: askOperator('make --state-dir writable'),
				cause: error,
			});
		}
	}

	async load(id: string): Promise<Snapshot> {
		const file = (await this.files()).find((one) => one.id === id);
		const snapshot = file && (await this.open(file));
		if (snapshot) return snapshot;
		const why = 'was taken with another state directory, credential or scope';
		throw refuseUnknownSnapshot(id, await this.list(), { keepDays: KEEP_DAYS, why });
	}

	async list(): Promise<SnapshotFacts[]> {
		const facts: SnapshotFacts[] = [];
		for (const file of await this.files()) {
			const head = await this.readHead(file);
			if (head) facts.push({ id: file.id, zone: head.zone, taken: head.taken, before: head.before });
		}
		return facts.sort((a, b) => b.taken.localeCompare(a.taken));
	}

	async discard(id: string): Promise<void> {
		for (const file of await this.files()) if (file.id === id) await this.folder.remove(file);
	}

	/** Logs what is wrong with the folder, because a client can do nothing about it. */
	private async files(): Promise<SnapshotFile[]> {
		try {
			return await this.folder.files();
		} catch (error) {
			this.options.log('warn', `snapshots cannot be read: the state directory ${describeCause(error)}`);
			return [];
		}
	}

	/** The first line of a file, where this server may know of the snapshot. */
	private async readHead(file: SnapshotFile): Promise<SnapshotHead | undefined> {
		const head = this.attempt(file, () => parseHead(this.folder.read(file, 'head')));
		if (!head || Date.parse(head.taken) + KEEP_MS < this.options.clock.now()) return undefined;
		return (await this.options.rule.admits(head)) ? head : undefined;
	}

	private async open(file: SnapshotFile): Promise<Snapshot | undefined> {
		const head = await this.readHead(file);
		if (!head) return undefined;
		const snapshot = this.attempt(file, () => {
			const [, text = ''] = this.folder.read(file, 'all').split('\n', 2);
			return this.options.rule.parse(JSON.parse(text));
		});
		// The second line is what is restored, so that the first must speak of the same zone.
		return snapshot?.zone.id === head.zone.id ? snapshot : undefined;
	}

	private attempt<Value>(file: SnapshotFile, read: () => Value): Value | undefined {
		try {
			return read();
		} catch (error) {
			const cause = error instanceof SyntaxError ? 'is no snapshot' : describeCause(error);
			this.options.log('warn', `snapshot ${file.id} cannot be read: its file ${cause}`);
			return undefined;
		}
	}
}
