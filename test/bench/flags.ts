/** The words behind `npm run bench --` → what is asked for, or one line on what is wrong. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readJson } from './report.js';
import { SECTIONS, type SectionName } from './rows.js';

/** What is asked for. */
export interface Flags {
	sections: readonly SectionName[];
	quick: boolean;
	/** Where the values go. */
	json: string;
	/** Values of an earlier run. */
	before: ReadonlyMap<string, number | undefined> | undefined;
}

const JSON_FILE = 'node_modules/.cache/bench.json';

/** Reads the words. Throws an Error whose message is for the user. */
export function readFlags(argv: readonly string[]): Flags {
	const { values } = parseArgs({
		args: [...argv],
		strict: true,
		allowPositionals: false,
		options: {
			only: { type: 'string' },
			quick: { type: 'boolean', default: false },
			json: { type: 'string', default: JSON_FILE },
			compare: { type: 'string' },
		},
	});
	return {
		sections: values.only === undefined ? byDefault(values.quick) : readSections(values.only),
		quick: values.quick,
		json: values.json,
		before: values.compare === undefined ? undefined : readEarlier(values.compare),
	};
}

/** Large purges take a minute and a half whatever is done; other servers are downloaded first. */
function byDefault(quick: boolean): SectionName[] {
	return SECTIONS.filter((name) => name !== 'others' && !(quick && name === 'purge'));
}

function readSections(text: string): SectionName[] {
	const names = text.split(',');
	const unknown = names.find((name) => !SECTIONS.some((one) => one === name));
	if (unknown !== undefined)
		throw new Error(`--only: there is no section '${unknown}'; there are ${SECTIONS.join(', ')}`);
	return SECTIONS.filter((name) => names.includes(name));
}

/** Read before anything is measured: the new values may go to the same file. */
function readEarlier(path: string): ReadonlyMap<string, number | undefined> {
	try {
		return readJson(readFileSync(path, 'utf8'));
	} catch {
		throw new Error(`--compare: ${path} is no JSON file of this bench`);
	}
}
