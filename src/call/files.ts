/** Lists of URLs in files: only below the folders that were offered, and nothing of their text in any answer. */
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InputError, Refused } from '../errors.js';
import { judgeUrl } from '../operations/fields.js';
import { quote } from '../quote.js';

/** Largest file (bytes): more than 100,000 URLs of 200 characters. */
const LARGEST = 24 * 1024 * 1024;
/** Lines that are checked before others get their turn. */
const SLICE = 2_000;
const MOST_FAULTS = 5;

/** The URLs of a file, a line each; empty lines are passed over. A relative name is below the first root. */
export async function readUrls(name: string, roots: readonly string[]): Promise<string[]> {
	const [home] = roots;
	if (home === undefined)
		throw new Refused('No folder was offered to read files from.', {
			next: 'Give urls, or let the operator start the server with --files-root.',
		});
	const text = await readWithin(isAbsolute(name) ? name : resolve(home, name), name, roots);
	const urls: string[] = [];
	const faults: string[] = [];
	const lines = text.split(/\r?\n/);
	for (const [at, line] of lines.entries()) {
		if (at % SLICE === 0) await setImmediate();
		if (line.trim() === '') continue;
		const verdict = judgeUrl(line.trim());
		if ('value' in verdict) urls.push(verdict.value);
		else faults.push(`Line ${at + 1} ${verdict.wrong}.`);
	}
	if (faults.length > 0) {
		const more = faults.length > MOST_FAULTS ? [`… and ${faults.length - MOST_FAULTS} more lines.`] : [];
		throw new InputError([...faults.slice(0, MOST_FAULTS), ...more].join('\n'), {
			next: 'Correct the file and call again.',
		});
	}
	if (urls.length === 0) throw new InputError('The file holds no URL.', { next: 'Write one URL a line.' });
	return urls;
}

/** Links are resolved first: what counts is where a file really is. Missing and forbidden files are told apart for nobody. */
async function readWithin(path: string, name: string, roots: readonly string[]): Promise<string> {
	const refused = new Refused(
		`The file ${quote(name, 200)} cannot be read: it is not below a folder that was offered, or not there.`,
		{
			next: 'Name a file below a root of the client, or below --files-root.',
		},
	);
	const real = await realpath(path).catch(() => undefined);
	const folders = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
	if (real === undefined || !folders.some((folder) => folder !== undefined && isBelow(real, folder))) throw refused;
	const file = await open(real, 'r').catch(() => {
		throw refused;
	});
	try {
		const facts = await file.stat();
		if (!facts.isFile()) throw refused;
		if (facts.size > LARGEST)
			throw new InputError('The file is larger than 24 MB.', { next: 'Split it, or purge by prefix, host or tag.' });
		return await file.readFile('utf8');
	} finally {
		await file.close();
	}
}

function isBelow(path: string, folder: string): boolean {
	const way = relative(folder, path);
	return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
