/** Reads files of the operator that only their owner, this user or root, can write. A container mounts them as links. */
import { closeSync, constants, fstatSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { resolve } from 'node:path';
import type { Log } from '../base/log.js';
import { OwnershipError, openOwnFile } from '../base/own-files.js';
import { codeOf } from '../base/system-error.js';
import { ConfigError } from '../errors.js';

/** Byte order marks of UTF-16, in both byte orders. */
const UTF_16_MARKS = new Set(['fffe', 'feff']);

/** Longer than any credential, so that a wrong path does not fill the memory. */
const MAX_SECRET_BYTES = 65_536;

/** The content of a file with a secret; `name` is the option or field that names it. Throws ConfigError where it is unusable. */
export function readSecretFile(path: string, name: string, log: Log): string {
	const { text, isReadByOthers } = readOwnText(path, { name, maxBytes: MAX_SECRET_BYTES });
	if (isReadByOthers) log('warn', `Other users can read the file that ${name} names: run chmod 600 on it.`);
	return text;
}

/** The content of a file, and whether other users can read it. Throws ConfigError where it is unusable. */
export function readOwnText(
	path: string,
	{ name, maxBytes }: { name: string; maxBytes: number },
): { text: string; isReadByOthers: boolean } {
	try {
		const { bytes, isReadByOthers } = readOwnFile(path, maxBytes);
		if (bytes === undefined) throw new ConfigError(`${name}: the file has more than ${maxBytes} bytes`);
		// PowerShell writes UTF-16 by `>`. Read as UTF-8, the content would be refused without a visible reason.
		if (UTF_16_MARKS.has(bytes.toString('hex', 0, 2)))
			throw new ConfigError(`${name} is written in UTF-16: save it as UTF-8`);
		return { text: bytes.toString('utf8'), isReadByOthers };
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		if (error instanceof OwnershipError) throw new ConfigError(`${name}: the file ${error.message}`);
		throw new ConfigError(`${name} cannot be read (${codeOf(error)})`);
	}
}

/** The bytes are undefined where there are more than `maxBytes`. */
function readOwnFile(path: string, maxBytes: number): { bytes: Buffer | undefined; isReadByOthers: boolean } {
	const file = openOwnFile(resolve(path), { flags: constants.O_RDONLY, followLinks: true, allowRoot: true });
	try {
		const { mode, size } = fstatSync(file);
		return {
			bytes: size > maxBytes ? undefined : readFileSync(file),
			// Windows has no such mode bits.
			isReadByOthers: platform() !== 'win32' && (mode & 0o077) !== 0,
		};
	} finally {
		closeSync(file);
	}
}
