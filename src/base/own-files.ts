/**
 * Opens folders and files that belong to this user alone: the one rule for state, audit log, compile cache, token file and
 * the backups of `install`. What another user could write is not read, and is not written to.
 */
import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { isAbsolute } from 'node:path';
import process from 'node:process';
import { codeOf } from './system-error.js';

/** A place that is not safe to use, with the reason as the end of a sentence whose subject is the place. */
export class OwnershipError extends Error {
	override name = 'OwnershipError';
}

/** The user that owns files of this process; undefined on Windows, where access lists take the place of modes. */
export type UserId = number | undefined;

const currentUser = (): UserId => process.getuid?.();

/** Creates a folder, mode 0700, where there is none, and checks it. Throws OwnershipError, or the system's error. */
export function ownFolder(path: string, user = currentUser()): string {
	if (!isAbsolute(path)) throw new OwnershipError('is not an absolute path');
	mkdirSync(path, { recursive: true, mode: 0o700 });
	const facts = lstatSync(path);
	if (!facts.isDirectory()) throw new OwnershipError('is not a folder');
	refuseForeign(facts, user, [user]);
	return path;
}

/** How a file of ours is opened. */
export interface OpenOptions {
	/** O_RDONLY, or O_APPEND | O_CREAT | O_WRONLY and the like. */
	readonly flags: number;
	/** Whether a symbolic link is followed; the file that it leads to is checked. */
	readonly followLinks?: true;
	/** Whether the file may belong to root, as secrets that a container mounts do. */
	readonly allowRoot?: true;
	/** Whether a character device will do: it holds nothing that another user could have written. */
	readonly allowDevice?: true;
}

/**
 * Opens a regular file of this user that no other user can write, and returns its descriptor. A file that is created gets
 * mode 0600. A pipe is refused without waiting for its writer. Throws OwnershipError, or the system's error.
 */
export function openOwnFile(path: string, options: OpenOptions, user = currentUser()): number {
	if (!isAbsolute(path)) throw new OwnershipError('is not an absolute path');
	const noFollow = options.followLinks ? 0 : (constants.O_NOFOLLOW ?? 0);
	const file = open(path, options.flags | noFollow | (constants.O_NONBLOCK ?? 0));
	try {
		const facts = fstatSync(file);
		if (options.allowDevice && facts.isCharacterDevice()) return file;
		if (!facts.isFile()) throw new OwnershipError('is not a regular file');
		refuseForeign(facts, user, options.allowRoot ? [user, 0] : [user]);
		return file;
	} catch (error) {
		closeSync(file);
		throw error;
	}
}

function open(path: string, flags: number): number {
	try {
		return openSync(path, flags, 0o600);
	} catch (error) {
		const code = codeOf(error);
		if (code === 'ELOOP' || code === 'EMLINK') throw new OwnershipError('is a symbolic link');
		// A pipe that is opened for writing, and that has no reader.
		if (code === 'ENXIO') throw new OwnershipError('is not a regular file');
		throw error;
	}
}

function refuseForeign({ uid, mode }: Stats, user: UserId, owners: readonly UserId[]): void {
	if (user === undefined) return;
	if (!owners.includes(uid)) throw new OwnershipError('belongs to another user');
	if ((mode & 0o022) !== 0) throw new OwnershipError('can be written by other users');
}
