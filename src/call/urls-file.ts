/** Lists of URLs in files: only below the folders that were offered, and nothing of their text in any answer. */
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { quote } from '../base/sanitize.js';
import { InputError, Refused } from '../errors.js';
import { normalizeUrl } from '../operations/fields.js';

/** Largest file (bytes): more than 100,000 URLs of 200 characters. */
const MAX_FILE_BYTES = 24 * 1024 * 1024;
const MOST_FAULTS = 5;

/** The URLs of a file, a line each; empty lines are passed over. A relative name is below the first root. */
export async function readUrls(name: string, roots: readonly string[]): Promise<string[]> {
	const [home] = roots;
	if (home === undefined)
		throw new Refused('No folder was offered to read files from.', {
			advice: 'Give urls, or let the operator start the server with --files-root.',
		});
	const file = await openWithin(resolve(home, name), name, roots);
	const urls: string[] = [];
	const faults: string[] = [];
	let at = 0;
	// Line by line as the disk gives them: the file is never in memory as a whole, and others get their turn.
	for await (const line of file.readLines()) {
		at++;
		if (line.trim() === '') continue;
		const normalized = normalizeUrl(line.trim());
		if ('value' in normalized) urls.push(normalized.value);
		else faults.push(`Line ${at} ${normalized.problem}.`);
	}
	if (faults.length > 0) {
		const more = faults.length > MOST_FAULTS ? [`… and ${faults.length - MOST_FAULTS} more lines.`] : [];
		throw new InputError([...faults.slice(0, MOST_FAULTS), ...more].join('\n'), {
			advice: 'Correct the file and call again.',
		});
	}
	if (urls.length === 0) throw new InputError('The file holds no URL.', { advice: 'Write one URL a line.' });
	return urls;
}

/**
 * What counts is where a file really is, behind all links. A name that is not even by its words below a folder is not looked
 * at: on Windows, looking at `\\\\host\\share` asks a host of the caller's choice. Missing and forbidden files are told apart for nobody.
 */
async function openWithin(path: string, name: string, roots: readonly string[]): Promise<FileHandle> {
	const refused = new Refused(
		`The file ${quote(name, 200)} cannot be read: it is not below a folder that was offered, or not there.`,
		{
			advice: 'Name a file below a root of the client, or below --files-root.',
		},
	);
	const folders = (await Promise.all(roots.map((root) => realpath(root).catch(() => [])))).flat();
	if (![...roots, ...folders].some((folder) => isBelow(path, folder))) throw refused;
	const real = await realpath(path).catch(() => undefined);
	if (real === undefined || !folders.some((folder) => isBelow(real, folder))) throw refused;
	// Not to wait for whoever writes into it, if it is a pipe; Windows has none in folders.
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
	const way = relative(folder, path);
	return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
