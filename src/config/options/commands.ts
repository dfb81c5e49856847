/** Lists the options of single commands. */

import type { OptionTable } from '../option.js';
import { SWITCH } from '../parsers.js';

export const commandOptions = {
	print: { flag: 'print', help: 'show the change without making it', commands: ['install'], ...SWITCH },
	writeToken: {
		flag: 'write-token',
		help: "write CLOUDFLARE_API_TOKEN into the client's file, and make that file readable by you only",
		commands: ['install'],
		...SWITCH,
	},
	json: { flag: 'json', help: 'print JSON', commands: ['call', 'tools'], ...SWITCH },
} as const satisfies OptionTable;
