/** Lists the options of single commands. */

import type { OptionTable } from '../option.js';
import { parseEntryName, parseText, SWITCH } from '../parsers.js';

export const commandOptions = {
	print: { flag: 'print', help: 'show the change without making it', commands: ['install', 'uninstall'], ...SWITCH },
	entryName: {
		flag: 'name',
		value: 'NAME',
		help: 'name of the entry; a second server needs another one',
		default: 'cf-cache',
		commands: ['install', 'uninstall'],
		parse: parseEntryName,
	},
	project: {
		flag: 'project',
		help: 'use the file below the current folder that a team commits, in place of your own',
		commands: ['install', 'uninstall'],
		...SWITCH,
	},
	edition: {
		flag: 'edition',
		value: 'EDITION',
		help: 'edition of the client, where several are here, such as "VS Code Insiders"',
		commands: ['install', 'uninstall'],
		parse: parseText,
	},
	writeToken: {
		flag: 'write-token',
		help: "write CLOUDFLARE_API_TOKEN into the client's file, and make that file readable by you only",
		commands: ['install'],
		...SWITCH,
	},
	json: { flag: 'json', help: 'print JSON', commands: ['call', 'tools', 'doctor'], ...SWITCH },
	tryPurge: {
		flag: 'try',
		help: 'also purge one URL that does not exist on each zone that --zone and --zones name, which shows the right to purge',
		commands: ['doctor'],
		...SWITCH,
	},
} as const satisfies OptionTable;
