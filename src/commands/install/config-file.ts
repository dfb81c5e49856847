/** A configuration file on disk: read once, and replaced whole or not at all, with a copy of what it was. */
import { randomUUID } from 'node:crypto';
import {
	chmod,
	type FileHandle,
	lstat,
	mkdir,
	open,
	readFile,
	readlink,
	realpath,
	rename,
	rm,
	stat,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf } from '../../base/system-error.js';
import { ConfigFileError } from './format.js';

/** Readable and writable by the owner only. */
const PRIVATE = 0o600;

/** A file as it was found. */
export interface ConfigFile {
	/** As the client names it. */
	readonly path: string;
	/** What that is in the end: links are followed, as whoever manages them wants the link to stay. */
	readonly real: string;
	/** Absent when there is no file yet. */
	readonly old?: { readonly bytes: Buffer; readonly mode: number; readonly uid: number; readonly gid: number };
	/** Its text; empty when there is none. */
	readonly text: string;
	/** A byte order mark before the text. */
	readonly mark: string;
}

/** Reads a file. Throws Unusable when it is no readable text file. */
export async function readConfiguration(path: string): Promise<ConfigFile> {
	try {
		const real = await followLinks(path);
		const about = await stat(real).catch((error: unknown) => {
			if (codeOf(error) === 'ENOENT') return undefined;
			throw error;
		});
		if (!about) return { path, real, text: '', mark: '' };
		if (!about.isFile()) throw new ConfigFileError('is no regular file');
		const bytes = await readFile(real);
		const whole = decode(bytes);
		const mark = whole.startsWith('\uFEFF') ? '\uFEFF' : '';
		const { mode, uid, gid } = about;
		return { path, real, old: { bytes, mode: mode & 0o777, uid, gid }, text: whole.slice(mark.length), mark };
	} catch (error) {
		throw asUnusable(error, 'cannot be read');
	}
}

function decode(bytes: Buffer): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new ConfigFileError('is no UTF-8 text');
	}
}

/** The real file of a path, also where the link points to a file that is still to be made. */
async function followLinks(path: string, most = 40): Promise<string> {
	try {
		return await realpath(path);
	} catch (error) {
		if (codeOf(error) !== 'ENOENT') throw error;
		const link = await lstat(path).catch(() => undefined);
		if (!link?.isSymbolicLink() || most === 0) return path;
		return followLinks(resolve(dirname(path), await readlink(path)), most - 1);
	}
}

/** Takes away what others than its owner may do with it; false when that was nothing. Throws Unusable when it cannot. */
export async function restrictToOwner({ real, old }: ConfigFile): Promise<boolean> {
	if (!old || (old.mode & 0o077) === 0) return false;
	await chmod(real, PRIVATE).catch((error: unknown) => {
		throw asUnusable(error, 'cannot be closed to others');
	});
	return true;
}

/**
 * Writes the text in place of what was found; with `secret` nobody else may read it afterwards. Returns the path of the
 * copy of the old file, if there was one. Throws Unusable, with nothing changed, when that cannot be done.
 */
export async function replaceConfiguration(
	found: ConfigFile,
	text: string,
	secret: boolean,
): Promise<string | undefined> {
	const { path, real, old } = found;
	const made: string[] = [];
	try {
		await mkdir(dirname(real), { recursive: true });
		const draft = join(dirname(real), `.cf-cache-${randomUUID()}.tmp`);
		made.push(draft);
		const mode = secret ? PRIVATE : old?.mode;
		await create(draft, Buffer.from(found.mark + text), { mode, old, secret });
		const backup = old && (await keepCopy(path, old));
		if (backup !== undefined) made.push(backup);
		const now = await readFile(real).catch(() => undefined);
		if (old ? !now?.equals(old.bytes) : now !== undefined)
			throw new ConfigFileError('was changed by somebody else in this moment; try again');
		await rename(draft, real);
		return backup;
	} catch (error) {
		await Promise.all(made.map((one) => rm(one, { force: true }).catch(() => undefined)));
		throw asUnusable(error, 'cannot be written');
	}
}

async function create(
	path: string,
	bytes: Buffer,
	{ mode, old, secret }: { mode?: number | undefined; old?: ConfigFile['old']; secret: boolean },
): Promise<void> {
	const file = await open(path, 'wx', secret || old ? PRIVATE : 0o666);
	try {
		await file.writeFile(bytes);
		if (old) await keepOwner(file, old);
		if (mode !== undefined) await file.chmod(mode);
		await file.sync();
	} finally {
		await file.close();
	}
}

/** Run as another user, such as root, it stays the file of whose it was; who may not give it away has it anyway. */
async function keepOwner(file: FileHandle, { uid, gid }: NonNullable<ConfigFile['old']>): Promise<void> {
	await file.chown(uid, gid).catch(() => undefined);
}

/** Copies the old file to the first free name. */
async function keepCopy(path: string, old: NonNullable<ConfigFile['old']>): Promise<string> {
	for (let number = 0; ; number++) {
		const copy = `${path}.bak${number === 0 ? '' : `-${number}`}`;
		try {
			await create(copy, old.bytes, { mode: old.mode, old, secret: true });
			return copy;
		} catch (error) {
			if (codeOf(error) !== 'EEXIST') throw error;
		}
	}
}

function asUnusable(error: unknown, what: string): unknown {
	const code = codeOf(error);
	return code === undefined || error instanceof ConfigFileError ? error : new ConfigFileError(`${what} (${code})`);
}
