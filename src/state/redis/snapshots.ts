/** Keeps snapshots on Redis, so that a zone can be brought back through any replica. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { quote } from '../../base/sanitize.js';
import type { SnapshotFacts, SnapshotRule, Snapshots } from '../../call/snapshots.js';
import { createHandle, isHandle } from '../handles.js';
import { refuseLargeSnapshot, refuseUnknownSnapshot } from '../refusals.js';
import {
	KEEP_DAYS,
	KEEP_MS,
	kindOf,
	MAX_SNAPSHOT_BYTES,
	MAX_SNAPSHOTS,
	MAX_SNAPSHOTS_BYTES,
	parseHead,
	type SnapshotHead,
	type SnapshotKind,
} from '../snapshot-head.js';
import { principalKey } from './keys.js';
import { isBroken, type Redis, RedisError } from './redis.js';
import { orRefused } from './refusal.js';
import { READ, SAVE } from './snapshot-scripts.js';

const KINDS: readonly SnapshotKind[] = ['taken', 'undo'];
/** Members of an index that are looked at. Two replicas that save at once may exceed the limit of a kind for a while. */
const MAX_MEMBERS = 2 * MAX_SNAPSHOTS;
const MAX_HEAD_BYTES = 16_384;
/** Of one snapshot, in bytes. */
const SIZE = /^\d{1,7}$/;

/** What the store needs. */
interface SnapshotsOptions {
	readonly redis: Redis;
	/** Id of the principal whose snapshots they are. */
	readonly principal: string;
	readonly rule: SnapshotRule;
	readonly clock: Clock;
	readonly log: Log;
}

type Snapshot = Parameters<Snapshots['save']>[0];

/** A snapshot as an index has it. */
interface Member {
	/** The id, a colon and the size. */
	readonly name: string;
	readonly id: string;
	readonly bytes: number;
}

/** The snapshots of one principal. */
export class RedisSnapshots implements Snapshots {
	private readonly options: SnapshotsOptions;

	constructor(options: SnapshotsOptions) {
		this.options = options;
	}

	async save(snapshot: Snapshot): Promise<string> {
		const { zone, taken, before } = snapshot;
		const head: SnapshotHead = { version: 1, owner: await this.options.rule.owner(), zone, taken, before };
		const parts = [JSON.stringify(head), JSON.stringify(snapshot)];
		const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
		if (bytes > MAX_SNAPSHOT_BYTES) throw refuseLargeSnapshot();
		const id = createHandle();
		const stored = this.store({ name: `${id}:${bytes}`, id, bytes }, kindOf(snapshot), parts);
		await orRefused((reason) => `The snapshot cannot be kept: ${reason}.`, stored);
		return id;
	}

	async load(id: string): Promise<Snapshot> {
		const reading = isHandle(id) ? this.read(id) : Promise.resolve(undefined);
		const snapshot = await orRefused((reason) => `Snapshot ${quote(id, 40)} cannot be read: ${reason}.`, reading);
		if (snapshot) return snapshot;
		const why = 'was taken by another principal, or with another credential or scope';
		throw refuseUnknownSnapshot(id, await this.list(), { keepDays: KEEP_DAYS, why });
	}

	async list(): Promise<SnapshotFacts[]> {
		try {
			const ids = (await this.allMembers()).map(({ id }) => id);
			const heads = await Promise.all(ids.map(async (id) => ({ id, head: await this.readHead(id) })));
			const facts: SnapshotFacts[] = [];
			// One after another: the rule looks a zone up once, and remembers it.
			for (const { id, head } of heads)
				if (head && (await this.options.rule.admits(head)))
					facts.push({ id, zone: head.zone, taken: head.taken, before: head.before });
			return facts.sort((a, b) => b.taken.localeCompare(a.taken));
		} catch (error) {
			if (!(error instanceof RedisError)) throw error;
			this.options.log('warn', `snapshots cannot be listed: ${error.message}`);
			return [];
		}
	}

	async discard(id: string): Promise<void> {
		const remove = async (kind: SnapshotKind) => {
			const names = (await this.members(kind)).filter((member) => member.id === id).map(({ name }) => name);
			if (names.length === 0) return;
			await this.options.redis.send(['ZREM', this.indexOf(kind), ...names]);
			await this.options.redis.send(['UNLINK', this.keyOf(id)]);
		};
		await Promise.allSettled(KINDS.map(remove));
	}

	/** Stores a snapshot, in the place of the oldest of its kind beyond the limits. Throws RedisError. */
	private async store(member: Member, kind: SnapshotKind, parts: readonly string[]): Promise<void> {
		let [count, bytes] = [1, member.bytes];
		const others = (await this.members(kind)).filter((other) => {
			count++;
			bytes += other.bytes;
			return count > MAX_SNAPSHOTS || bytes > MAX_SNAPSHOTS_BYTES;
		});
		await SAVE.run(
			this.options.redis,
			[this.keyOf(member.id), this.indexOf(kind), ...others.map(({ id }) => this.keyOf(id))],
			[member.name, KEEP_MS, ...parts, ...others.map(({ name }) => name)],
		);
	}

	/** The snapshot with this id; undefined when there is none that this server may know of. Throws RedisError. */
	private async read(id: string): Promise<Snapshot | undefined> {
		const isListed = (await this.allMembers()).some((member) => member.id === id);
		const head = isListed ? await this.readHead(id) : undefined;
		if (!head || !(await this.options.rule.admits(head))) return undefined;
		const snapshot = await this.readPart(id, 'body', MAX_SNAPSHOT_BYTES, (text) =>
			this.options.rule.parse(JSON.parse(text)),
		);
		// The body is what is restored, so that the head must speak of the same zone.
		return snapshot?.zone.id === head.zone.id ? snapshot : undefined;
	}

	/** The head of a snapshot that is not too old. Throws RedisError. */
	private async readHead(id: string): Promise<SnapshotHead | undefined> {
		const head = await this.readPart(id, 'head', MAX_HEAD_BYTES, parseHead);
		return head && Date.parse(head.taken) + KEEP_MS >= this.options.clock.now() ? head : undefined;
	}

	/** A part of a snapshot; undefined where it is none of ours. Throws RedisError. */
	private async readPart<Value>(
		id: string,
		part: string,
		maxBytes: number,
		toValue: (text: string) => Value,
	): Promise<Value | undefined> {
		try {
			const text = await READ.run(this.options.redis, [this.keyOf(id)], [part, maxBytes]);
			return typeof text === 'string' ? toValue(text) : undefined;
		} catch (error) {
			if (!(error instanceof SyntaxError) && !isBroken(error)) throw error;
			this.options.log('warn', `snapshot ${id} cannot be read: what Redis holds of it is no snapshot`);
			return undefined;
		}
	}

	private async allMembers(): Promise<Member[]> {
		return (await Promise.all(KINDS.map((kind) => this.members(kind)))).flat();
	}

	/** The snapshots of a kind, newest first. Throws RedisError. */
	private async members(kind: SnapshotKind): Promise<Member[]> {
		const names = await this.options.redis.send(['ZREVRANGE', this.indexOf(kind), '0', String(MAX_MEMBERS - 1)]);
		if (!Array.isArray(names)) return [];
		return names.flatMap((name) => {
			const [id = '', bytes = ''] = String(name).split(':');
			return isHandle(id) && SIZE.test(bytes) ? [{ name: String(name), id, bytes: Number(bytes) }] : [];
		});
	}

	private keyOf(id: string): string {
		return principalKey(this.options.principal, `s:${id}`);
	}

	private indexOf(kind: SnapshotKind): string {
		return principalKey(this.options.principal, `sx:${kind}`);
	}
}
