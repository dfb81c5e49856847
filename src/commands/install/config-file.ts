/** Reads a configuration file, and replaces it as a whole or not at all, keeping a copy of the old one. */
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

/** The mode of a file that only its owner reads and writes. */
const PRIVATE = 0o600;

/** What the copy of the file from before the last change is called. The name is ours, so no copy of the user's is overwritten. */
const BACKUP_SUFFIX = '.cf-cache.bak';

/** How many symbolic links are followed, the limit of Linux. */
const MAX_LINKS = 40;

/** A configuration file as it was read. */
interface ConfigFile {
	/** The path that the client uses. */
	readonly path: string;
	/** The path behind all links. Writing there keeps the link, which a dotfile manager may have made. */
	readonly realPath: string;
	/** Absent when there is no file. */
	readonly old?: OldFile;
	/** Its text; empty when there is no file. */
	readonly text: string;
	/** The byte order mark before the text; empty when there is none. */
	readonly byteOrderMark: string;
}

interface OldFile {
	readonly bytes: Buffer;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
}

/** Reads a file, which need not exist. Throws ConfigFileError when it is not a readable text file. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
	try {
		const realPath = await followLinks(path);
		const stats = await stat(realPath).catch((error: unknown) => {
			if (codeOf(error) === 'ENOENT') return undefined;
			throw error;
		});
		if (!stats) return { path, realPath, text: '', byteOrderMark: '' };
		if (!stats.isFile()) throw new ConfigFileError('is not a regular file');
		const bytes = await readFile(realPath);
		const decoded = decode(bytes);
		const byteOrderMark = decoded.startsWith('\uFEFF') ? '\uFEFF' : '';
		const { mode, uid, gid } = stats;
		const old = { bytes, mode: mode & 0o777, uid, gid };
		return { path, realPath, old, text: decoded.slice(byteOrderMark.length), byteOrderMark };
	} catch (error) {
		throw toConfigFileError(error, 'cannot be read');
	}
}

function decode(bytes: Buffer): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new ConfigFileError('is not UTF-8 text');
	}
}

/** Returns the path behind all links. The last link may point to a file that does not exist yet. */
async function followLinks(path: string, linksLeft = MAX_LINKS): Promise<string> {
	try {
		return await realpath(path);
	} catch (error) {
		if (codeOf(error) !== 'ENOENT') throw error;
		const stats = await lstat(path).catch(() => undefined);
		if (!stats?.isSymbolicLink() || linksLeft === 0) return path;
		return followLinks(resolve(dirname(path), await readlink(path)), linksLeft - 1);
	}
}

/** Makes the file private to its owner. Returns false when it was. Throws ConfigFileError when it fails. */
export async function restrictToOwner({ realPath, old }: ConfigFile): Promise<boolean> {
	if (!old || (old.mode & 0o077) === 0) return false;
	await chmod(realPath, PRIVATE).catch((error: unknown) => {
		throw toConfigFileError(error, 'cannot be made private');
	});
	return true;
}

/**
 * Replaces the file by one with this text; with `secret` only its owner can read the new file. Returns the path of the
 * copy of the old file, if there was one: it replaces the copy from before. Throws ConfigFileError, with the file unchanged,
 * when it fails.
 */
export async function replaceConfigFile(file: ConfigFile, text: string, secret: boolean): Promise<string | undefined> {
	const { path, realPath, old } = file;
	const drafts: string[] = [];
	const draftBeside = (one: string) => {
		const draft = join(dirname(one), `.cf-cache-${randomUUID()}.tmp`);
		drafts.push(draft);
		return draft;
	};
	try {
		await mkdir(dirname(realPath), { recursive: true });
		const draft = draftBeside(realPath);
		await create(draft, Buffer.from(file.byteOrderMark + text), { mode: secret ? PRIVATE : old?.mode, old, secret });
		const copy = draftBeside(path);
		// The old file may hold a secret, whatever its own mode is.
		if (old) await create(copy, old.bytes, { mode: PRIVATE, old, secret: true });
		const now = await readFile(realPath).catch(() => undefined);
		if (old ? !now?.equals(old.bytes) : now !== undefined)
			throw new ConfigFileError('was changed by another program just now; try again');
		const backup = path + BACKUP_SUFFIX;
		if (old) await rename(copy, backup);
		await rename(draft, realPath);
		return old && backup;
	} catch (error) {
		await Promise.all(drafts.map((one) => rm(one, { force: true }).catch(() => undefined)));
		throw toConfigFileError(error, 'cannot be written');
	}
}

interface CreateOptions {
	readonly mode: number | undefined;
	readonly old: OldFile | undefined;
	readonly secret: boolean;
}

async function create(path: string, bytes: Buffer, { mode, old, secret }: CreateOptions): Promise<void> {
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

/** Keeps the owner when run as root. A user who may not change the owner already owns the file. */
async function keepOwner(file: FileHandle, { uid, gid }: OldFile): Promise<void> {
	await file.chown(uid, gid).catch(() => undefined);
}

function toConfigFileError(error: unknown, what: string): unknown {
	const code = codeOf(error);
	return code === undefined || error instanceof ConfigFileError ? error : new ConfigFileError(`${what} (${code})`);
}
