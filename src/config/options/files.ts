/** Lists the options of what is written and read on disk, and of the log. */
import { LOG_FORMATS, LOG_LEVELS } from '../../base/log.js';
import type { OptionTable } from '../option.js';
import { choiceOf, parseText, SWITCH } from '../parsers.js';

export const fileOptions = {
	auditLog: {
		flag: 'audit-log',
		env: 'CF_CACHE_AUDIT_LOG',
		value: 'FILE',
		help: 'file of JSON lines, for every call that could change something; with --http also /dev/stdout',
		dialog: {
			title: 'Audit log',
			help: 'Absolute path of a file, which may not exist yet. Every call that could change something adds lines of JSON to it.',
		},
		guard: true,
		parse: parseText,
	},
	auditValues: {
		flag: 'audit-values',
		env: 'CF_CACHE_AUDIT_VALUES',
		help: 'add the arguments of each call to the audit log; values of headers stay out',
		guard: true,
		...SWITCH,
	},
	stateDir: {
		flag: 'state-dir',
		env: 'CF_CACHE_STATE_DIR',
		value: 'DIR',
		help: 'directory for unfinished purges, snapshots, and what changes replaced',
		defaultText: "the operating system's data folder",
		guard: true,
		parse: parseText,
	},
	filesRoot: {
		flag: 'files-root',
		env: 'CF_CACHE_FILES_ROOT',
		value: 'DIR',
		help: 'folder whose files urls_file may name, besides the roots that the client offers',
		dialog: {
			title: 'Folder of URL lists',
			help: 'A purge may take its URLs from text files below this folder, one URL per line.',
		},
		parse: parseText,
	},
	logLevel: {
		flag: 'log-level',
		env: 'CF_CACHE_LOG_LEVEL',
		value: 'LEVEL',
		help: 'how much is logged on stderr',
		default: 'warn',
		...choiceOf(LOG_LEVELS),
	},
	logFormat: {
		flag: 'log-format',
		env: 'CF_CACHE_LOG_FORMAT',
		value: 'FORMAT',
		help: 'form of the lines on stderr, where json is one object a line',
		default: 'text',
		...choiceOf(LOG_FORMATS),
	},
} as const satisfies OptionTable;
