/** Reads lists of URLs from files inside allowed folders, and never shows text of a file in a result. */
import { isUtf8 } from 'node:buffer';
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import { Failure, InputError, Refused } from '../errors.js';
import type { Normalized } from '../operations/fields.js';
import { normalizeUrl } from '../operations/purge-items.js';
import { readLines } from './line-reader.js';

const MAX_SHOWN_PROBLEMS = 5;

/**
 * The URLs of a file, one per line; empty lines and comments are skipped. A relative name starts at the first root. Throws Refused for a
 * file outside the roots, and an InputError for lines that are no URLs and for files that cannot be read.
 */
export async function readUrls(name: string, roots: readonly string[]): Promise<string[]> {
	const [home] = roots;
	if (home === undefined)
		throw new Refused('There is no folder that urls_file may read from.', {
			advice: {
				agent: 'Give urls instead, or ask the operator to start the server with --files-root.',
				shell: 'Name a folder with --files-root, or give the file as --urls @FILE.',
			},
		});
	const file = await openWithin(resolve(home, name), name, roots);
	try {
		return await readList(file);
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw new InputError(`The file ${quote(name, 200)} cannot be read (${codeOf(error) ?? 'unknown cause'}).`, {
			advice: 'Check the file and call again.',
			cause: error,
		});
	} finally {
		await file.close();
	}
}

async function readList(file: FileHandle): Promise<string[]> {
	const urls: string[] = [];
	const problems: string[] = [];
	let hidden = 0;
	let number = 0;
	for await (const lines of readLines(file))
		for (const line of lines) {
			number++;
			const url = readLine(number === 1 ? withoutMark(line) : line);
			if (url === undefined) continue;
			if ('value' in url) urls.push(url.value);
			else if (problems.length < MAX_SHOWN_PROBLEMS) problems.push(`Line ${number} ${url.problem}.`);
			else hidden++;
		}
	if (problems.length > 0)
		throw new InputError([...problems, ...(hidden > 0 ? [`… and ${hidden} more lines.`] : [])].join('\n'), {
			advice: 'Correct the file and call again.',
		});
	if (urls.length === 0) throw new InputError('The file contains no URLs.', { advice: 'Write one URL per line.' });
	return urls;
}

/** The URL of a line, undefined for an empty line or a comment. */
function readLine(line: Buffer): Normalized | undefined {
	// Text in UTF-16 has a zero in each letter of English, and a mark of the byte order that no UTF-8 begins with.
	const isUtf16 = line.includes(0) || (line[0] === 0xff && line[1] === 0xfe) || (line[0] === 0xfe && line[1] === 0xff);
	if (isUtf16 || !isUtf8(line)) {
		const encoding = isUtf16 ? 'UTF-16' : 'Latin-1 or Windows-1252';
		return { problem: `is not UTF-8 but probably ${encoding}: save the file as UTF-8` };
	}
	const text = line.toString('utf8').trim();
	// No URL starts with #, so that such a line is a comment.
	return text === '' || text.startsWith('#') ? undefined : normalizeUrl(text);
}

/** The first line without the byte order mark that editors on Windows write. */
function withoutMark(line: Buffer): Buffer {
	return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
}

/**
 * Checks the real path, after links. A path that lies outside by its spelling is never touched: on Windows, opening
 * `\\host\share` would contact a host of the caller's choice. Missing and forbidden files get the same message.
 */
async function openWithin(path: string, name: string, roots: readonly string[]): Promise<FileHandle> {
	const refused = new Refused(
		`The file ${quote(name, 200)} cannot be read: it does not exist, or it is outside the allowed folders.`,
		{
			advice: {
				agent: 'Give a file inside a root of the client or inside --files-root.',
				shell: 'Name its folder with --files-root, or give the file as --urls @FILE.',
			},
		},
	);
	const folders = (await Promise.all(roots.map((root) => realpath(root).catch(() => [])))).flat();
	if (![...roots, ...folders].some((folder) => isBelow(path, folder))) throw refused;
	const real = await realpath(path).catch(() => undefined);
	if (real === undefined || !folders.some((folder) => isBelow(real, folder))) throw refused;
	// Opening a pipe would wait for its writer. Windows has no pipes in folders, and no O_NONBLOCK.
	const file = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => {
		throw refused;
	});
	if ((await file.stat()).isFile()) return file;
	await file.close();
	throw refused;
}

function isBelow(path: string, folder: string): boolean {
	const rest = relative(folder, path);
	return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
}
