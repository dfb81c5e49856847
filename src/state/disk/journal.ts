/**
 * Unfinished work on disk: one file each, readable by a person, JSON a line. It is created whole (written, synced, renamed)
 * before the first request; after that each accepted request adds one short line, so that noting the last of a thousand
 * costs as little as noting the first, and a line cut off by a crash means only that its request is sent again.
 */
import { randomInt } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { quote } from '../../base/sanitize.js';
import { codeOf } from '../../base/system-error.js';
import type { Lease, PendingWork, Unfinished, UnfinishedCall } from '../../call/unfinished.js';
import { Failure, InputError, Refused } from '../../errors.js';
import { KEEP_MS, removeStaleFiles } from './cleanup.js';
import { isHeld, type Lock, takeLock } from './lock.js';
import { retryWhileBusy } from './retry-busy.js';

/** Letters and digits that nobody confuses. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';
const HANDLE = /^[2-9a-z]{10}$/;

interface Head {
	readonly version: 1;
	readonly tool: string;
	readonly zone: PendingWork['zone'];
	readonly args: PendingWork['args'];
	readonly started: string;
	readonly expires: string;
}

/** The store in `folder`, which is made when first needed. No credential is ever in it. */
export function openJournal(folder: string, clock: Clock, log: Log): Unfinished {
	const fileOf = (resume: string) => join(folder, `${resume}.jsonl`);
	const lockOf = (resume: string) => join(folder, `${resume}.lock`);

	const read = async (
		resume: string,
	): Promise<{ head: Head; requests: PendingWork['requests']; left: number[] } | undefined> => {
		let text: string;
		try {
			text = await readFile(fileOf(resume), 'utf8');
		} catch {
			return undefined;
		}
		try {
			const parsed = parseJournal(text);
			if (Date.parse(parsed.head.expires) > clock.now()) return parsed;
			// One that is being worked on right now may still be needed.
			if (!(await isHeld(lockOf(resume)))) await rm(fileOf(resume), { force: true }).catch(() => undefined);
		} catch {
			log('warn', `unfinished work ${resume} cannot be read; it was set aside as ${resume}.corrupt`);
			await rename(fileOf(resume), join(folder, `${resume}.corrupt`)).catch(() => undefined);
		}
		return undefined;
	};

	const list = async (): Promise<UnfinishedCall[]> => {
		await removeStaleFiles(folder, clock);
		const names = await readdir(folder).catch(() => []);
		const handles = names
			.flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -6)] : []))
			.filter((name) => HANDLE.test(name));
		const all = await Promise.all(
			handles.map(async (resume) => {
				const found = await read(resume);
				if (!found || found.left.length === 0) return [];
				const { tool, zone, started, expires } = found.head;
				const remaining: Record<string, number> = {};
				for (const index of found.left) {
					const request = found.requests[index];
					if (request) remaining[request.kind] = (remaining[request.kind] ?? 0) + request.items.length;
				}
				return [{ resume, tool, zone: { id: zone.id, name: zone.name }, remaining, started, expires }];
			}),
		);
		return all.flat().sort((a, b) => a.started.localeCompare(b.started));
	};

	const hold = async (resume: string, work: PendingWork, remaining: readonly number[], lock: Lock): Promise<Lease> => {
		const file = await open(fileOf(resume), 'a', 0o600);
		let writing = Promise.resolve();
		return {
			resume,
			work,
			remaining,
			done(index) {
				// One line after the other; the sync makes it outlive the machine.
				writing = writing.then(async () => {
					await file.appendFile(`{"done":${index}}\n`);
					await file.datasync();
				});
				return writing;
			},
			async release(finished) {
				// What was done does not become a failure because a file cannot be closed or removed: it is swept later.
				await writing.catch(() => undefined);
				await file.close().catch(() => undefined);
				if (finished) await retryWhileBusy(clock, () => rm(fileOf(resume), { force: true })).catch(() => undefined);
				await lock.release();
			},
		};
	};

	/** Writes new work whole, under another name until it is. */
	const write = async (resume: string, head: Head, { requests }: PendingWork): Promise<void> => {
		const path = `${fileOf(resume)}.new`;
		const draft = await open(path, 'wx', 0o600);
		try {
			await draft.appendFile(`${JSON.stringify(head)}\n`);
			// Request by request, so that a large purge neither blocks the loop nor stands in memory twice.
			for (const request of requests) await draft.appendFile(`${JSON.stringify(request)}\n`);
			await draft.datasync();
		} finally {
			await draft.close();
		}
		await retryWhileBusy(clock, () => rename(path, fileOf(resume)));
	};

	return {
		list,
		async begin(work) {
			const resume = Array.from({ length: 10 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
			const started = clock.now();
			const head: Head = {
				version: 1,
				tool: work.tool,
				zone: work.zone,
				args: work.args,
				started: new Date(started).toISOString(),
				expires: new Date(started + KEEP_MS).toISOString(),
			};
			await removeStaleFiles(folder, clock);
			let lock: Lock | undefined;
			try {
				await mkdir(folder, { recursive: true, mode: 0o700 });
				lock = await takeLock(lockOf(resume), clock);
				if (!lock) throw Object.assign(new Error('a handle of somebody else'), { code: 'EEXIST' });
				await write(resume, head, work);
				const all = work.requests.map((_, index) => index);
				return await hold(resume, work, all, lock);
			} catch (error) {
				await rm(`${fileOf(resume)}.new`, { force: true }).catch(() => undefined);
				await lock?.release();
				throw unusable(error, 'The plan of this call cannot be kept');
			}
		},
		async lease(resume, tool) {
			const found = HANDLE.test(resume) ? await read(resume) : undefined;
			if (!found || found.left.length === 0) throw unknownHandle(resume, await list());
			const { head } = found;
			if (head.tool !== tool)
				throw new InputError(`The handle ${resume} belongs to ${head.tool}.`, { advice: `Call ${head.tool} with it.` });
			let lock: Lock | undefined;
			try {
				lock = await takeLock(lockOf(resume), clock);
				if (!lock)
					throw new Refused(`The handle ${resume} is being worked on.`, {
						advice: 'Wait until that call has ended; cache_overview shows what is left.',
					});
				// Whoever had it until now may have done more, or all, of it since it was read.
				const now = await read(resume);
				if (!now || now.left.length === 0) throw unknownHandle(resume, await list());
				await dropTornLine(fileOf(resume));
				const { zone, args } = now.head;
				return await hold(resume, { tool, zone, args, requests: now.requests }, now.left, lock);
			} catch (error) {
				await lock?.release();
				throw error instanceof Failure ? error : unusable(error, `The handle ${resume} cannot be taken up`);
			}
		},
	};
}

/** Head, requests, and notes of what was done; throws on anything else, except a last line that was cut off. */
function parseJournal(text: string): { head: Head; requests: PendingWork['requests']; left: number[] } {
	const [first = '', ...lines] = text.split('\n');
	const head = JSON.parse(first) as Head;
	if (head.version !== 1 || typeof head.zone?.id !== 'string' || typeof head.expires !== 'string')
		throw new Error('no journal');
	const requests: { kind: string; items: unknown[] }[] = [];
	const done = new Set<number>();
	lines.forEach((line, at) => {
		if (line === '') return;
		let entry: { kind?: string; items?: unknown[]; done?: number };
		try {
			entry = JSON.parse(line);
		} catch (error) {
			if (at === lines.length - 1) return;
			throw error;
		}
		if (typeof entry.done === 'number') done.add(entry.done);
		else if (typeof entry.kind === 'string' && Array.isArray(entry.items))
			requests.push({ kind: entry.kind, items: entry.items });
		else throw new Error('no journal');
	});
	return { head, requests, left: requests.flatMap((_, index) => (done.has(index) ? [] : [index])) };
}

/** Takes away a last line that a crash cut off: what is written next must not be joined to it. */
async function dropTornLine(path: string): Promise<void> {
	const bytes = await readFile(path);
	if (bytes.at(-1) !== 0x0a) await truncate(path, bytes.lastIndexOf(0x0a) + 1);
}

function unusable(error: unknown, what: string): Refused {
	return new Refused(`${what} in the state directory (${codeOf(error)}).`, {
		advice: 'The operator must make --state-dir writable; or send at most one request a call.',
		cause: error,
	});
}

function unknownHandle(resume: string, known: readonly UnfinishedCall[]): InputError {
	const others = known.slice(0, 5).map((one) => `${one.resume} (${one.tool}, ${one.zone.name})`);
	return new InputError(
		`There is no unfinished call ${quote(resume, 40)}: it is done, older than 24 hours, or of another state directory.`,
		{
			advice:
				others.length > 0
					? `Unfinished are: ${others.join(', ')}.`
					: 'Nothing is unfinished: call again with what is to be purged.',
		},
	);
}
