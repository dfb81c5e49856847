/** Parses the flags after `npm run bench --`. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readJson } from './report.js';
import { SECTIONS, type SectionName } from './rows.js';

/** A valid command line. */
export interface Flags {
	sections: readonly SectionName[];
	quick: boolean;
	/** The file that the values are written to. */
	json: string;
	/** Values of an earlier run to compare with, by row. */
	before: ReadonlyMap<string, number | undefined> | undefined;
}

const JSON_FILE = 'node_modules/.cache/bench.json';

const SECTION_HELP: Readonly<Record<SectionName, string>> = {
	start: 'time and memory from the start to the first answers',
	call: 'time that a call adds to its request to the API',
	cancel: 'time from a cancelled call to its closed request',
	tokens: 'tokens that the tools and some answers cost a model',
	size: 'size of the package, and of the code loaded at the start',
	purge: 'large purges at the real rate limits, about 100 seconds',
	http: 'calls over HTTP beside the SDK, sessions, principals, replicas',
	others: 'start, tokens, size, retries and cancels of other servers, from npm',
};

/** The text of --help. */
export const HELP = `Usage: npm run bench -- [FLAGS]

Measures the built command, prints a table and writes the values as JSON.

  --only SECTIONS  measure only these sections, separated by commas
  --quick          make fewer runs, and leave out purge unless --only names it
  --json FILE      write the values to FILE
                   (default ${JSON_FILE})
  --compare FILE   show what changed since the run that wrote FILE
  --help           print this text

Sections (all but others are measured by default):
${SECTIONS.map((name) => `  ${name.padEnd(8)}${SECTION_HELP[name]}`).join('\n')}

Exit codes: 0 success, 1 a row is missing or a row of tokens or size is over its
limit, 2 bad flags.
`;

/** Parses the command line. Throws an Error whose message is one line for the user. */
export function readFlags(argv: readonly string[]): Flags | 'help' {
	const { values } = parseArgs({
		args: [...argv],
		strict: true,
		allowPositionals: false,
		options: {
			only: { type: 'string' },
			quick: { type: 'boolean', default: false },
			json: { type: 'string', default: JSON_FILE },
			compare: { type: 'string' },
			help: { type: 'boolean', default: false, short: 'h' },
		},
	});
	if (values.help) return 'help';
	return {
		sections: values.only === undefined ? byDefault(values.quick) : readSections(values.only),
		quick: values.quick,
		json: values.json,
		before: values.compare === undefined ? undefined : readEarlier(values.compare),
	};
}

/** Leaves out `others`, which downloads packages, and in a quick run `purge`, which takes 90 s at the best rate that the limits allow. */
function byDefault(quick: boolean): SectionName[] {
	return SECTIONS.filter((name) => name !== 'others' && !(quick && name === 'purge'));
}

function readSections(text: string): SectionName[] {
	const names = text.split(',');
	const unknown = names.find((name) => !SECTIONS.some((one) => one === name));
	if (unknown !== undefined)
		throw new Error(`--only: there is no section '${unknown}'. The sections are ${SECTIONS.join(', ')}.`);
	return SECTIONS.filter((name) => names.includes(name));
}

/** Called before anything is measured, because --json may name the same file. */
function readEarlier(path: string): ReadonlyMap<string, number | undefined> {
	try {
		return readJson(readFileSync(path, 'utf8'));
	} catch {
		throw new Error(`--compare: ${path} is not a JSON file written by this bench.`);
	}
}
