/** Reads lists of URLs from files inside allowed folders, and never shows text of a file in a result. */
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { quote } from '../base/sanitize.js';
import { InputError, Refused } from '../errors.js';
import { normalizeUrl } from '../operations/purge-items.js';

/** Room for 100,000 URLs, the limit of a call, of 250 characters. */
const MAX_FILE_BYTES = 24 * 1024 * 1024;
const MAX_SHOWN_PROBLEMS = 5;

/**
 * The URLs of a file, one per line; empty lines are skipped. A relative name starts at the first root. Throws Refused for a
 * file outside the roots, and an InputError for lines that are no URLs.
 */
export async function readUrls(name: string, roots: readonly string[]): Promise<string[]> {
	const [home] = roots;
	if (home === undefined)
		throw new Refused('There is no folder that urls_file may read from.', {
			advice: 'Give urls instead, or ask the operator to start the server with --files-root.',
		});
	const file = await openWithin(resolve(home, name), name, roots);
	const urls: string[] = [];
	const problems: string[] = [];
	let at = 0;
	// Reading line by line keeps the file out of memory and lets other calls run in between.
	for await (const line of file.readLines()) {
		at++;
		if (line.trim() === '') continue;
		const normalized = normalizeUrl(line.trim());
		if ('value' in normalized) urls.push(normalized.value);
		else problems.push(`Line ${at} ${normalized.problem}.`);
	}
	if (problems.length > 0) {
		const hidden = problems.length - MAX_SHOWN_PROBLEMS;
		const more = hidden > 0 ? [`… and ${hidden} more lines.`] : [];
		throw new InputError([...problems.slice(0, MAX_SHOWN_PROBLEMS), ...more].join('\n'), {
			advice: 'Correct the file and call again.',
		});
	}
	if (urls.length === 0) throw new InputError('The file contains no URLs.', { advice: 'Write one URL per line.' });
	return urls;
}

/**
 * Checks the real path, after links. A path that lies outside by its spelling is never touched: on Windows, opening
 * `\\host\share` would contact a host of the caller's choice. Missing and forbidden files get the same message.
 */
async function openWithin(path: string, name: string, roots: readonly string[]): Promise<FileHandle> {
	const refused = new Refused(
		`The file ${quote(name, 200)} cannot be read: it does not exist, or it is outside the allowed folders.`,
		{ advice: 'Give a file inside a root of the client or inside --files-root.' },
	);
	const folders = (await Promise.all(roots.map((root) => realpath(root).catch(() => [])))).flat();
	if (![...roots, ...folders].some((folder) => isBelow(path, folder))) throw refused;
	const real = await realpath(path).catch(() => undefined);
	if (real === undefined || !folders.some((folder) => isBelow(real, folder))) throw refused;
	// Opening a pipe would wait for its writer. Windows has no pipes in folders, and no O_NONBLOCK.
	const file = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => {
		throw refused;
	});
	const facts = await file.stat();
	const problem = !facts.isFile() ? refused : facts.size > MAX_FILE_BYTES ? tooLarge() : undefined;
	if (problem) {
		await file.close();
		throw problem;
	}
	return file;
}

function tooLarge(): InputError {
	return new InputError('The file is larger than 24 MB.', { advice: 'Split it, or purge by prefix, host or tag.' });
}

function isBelow(path: string, folder: string): boolean {
	const rest = relative(folder, path);
	return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
}
