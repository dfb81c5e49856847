/** Keeps snapshots on disk, one file each: a line that says whose it is, then the snapshot. */
import { askOperator } from '../../base/audience.js';
import type { Clock } from '../../base/clock.js';
import { isObject } from '../../base/json.js';
import type { Log } from '../../base/log.js';
import { OwnershipError } from '../../base/own-files.js';
import { quote } from '../../base/sanitize.js';
import type { SnapshotFacts, SnapshotRule, Snapshots } from '../../call/snapshots.js';
import type { Owner } from '../../call/unfinished.js';
import { Failure, InputError, Refused } from '../../errors.js';
import { createHandle } from './journal-folder.js';
import { describeCause, type SnapshotFile, SnapshotFolder } from './snapshot-folder.js';

/** How long a snapshot is kept. */
const KEEP_DAYS = 90;
const KEEP_MS = KEEP_DAYS * 24 * 60 * 60_000;
/** Snapshots that a refusal names. */
const MAX_NAMED = 5;

/** What the store needs. */
interface SnapshotsOptions {
	/** Created when the first snapshot is kept. */
	readonly folder: string;
	readonly rule: SnapshotRule;
	readonly clock: Clock;
	readonly log: Log;
}

/** First line of a file. No credential is ever in it. */
interface Head extends Omit<SnapshotFacts, 'id'> {
	readonly version: 1;
	readonly owner: Owner;
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
		const kind = before === undefined ? 'taken' : 'undo';
		try {
			const head: Head = { version: 1, owner: await rule.owner(), zone, taken, before };
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
		const known = (await this.list()).slice(0, MAX_NAMED).map((one) => `${one.id} (${one.zone.name}, ${one.taken})`);
		throw new InputError(
			`No snapshot has the id ${quote(id, 40)}. It is older than ${KEEP_DAYS} days, made room for newer ones, or was taken with another state directory, credential or scope.`,
			{
				advice:
					known.length > 0 ? `The newest: ${known.join('; ')}.` : 'No snapshot is kept. cache_snapshot takes one.',
			},
		);
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
	private async readHead(file: SnapshotFile): Promise<Head | undefined> {
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

/** Throws a SyntaxError on everything that is not a head. */
function parseHead(line: string): Head {
	const head: unknown = JSON.parse(line);
	if (!isHead(head)) throw new SyntaxError('the first line is not a head');
	return head;
}

function isHead(value: unknown): value is Head {
	if (!isObject(value) || !isObject(value.owner) || !isObject(value.zone)) return false;
	const { version, owner, zone, taken, before } = value;
	const texts = [owner.api, owner.credential, zone.id, zone.name, taken];
	const isDated = typeof taken === 'string' && !Number.isNaN(Date.parse(taken));
	const hasTool = before === undefined || typeof before === 'string';
	return version === 1 && isDated && hasTool && texts.every((text) => typeof text === 'string');
}
