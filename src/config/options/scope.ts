/** Lists the options that limit which zones and tools a call may use. */
import { TOOLSETS } from '../../operations/operation.js';
import type { OptionTable } from '../option.js';
import { parseHostnames, parseNames, parseText, parseToolsets, parseZoneEntries, SWITCH } from '../parsers.js';

export const scopeOptions = {
	zone: {
		flag: 'zone',
		env: 'CLOUDFLARE_ZONE',
		value: 'ZONE',
		help: 'default zone, by name or id',
		dialog: {
			title: 'Default zone',
			help: 'Zone that is meant where a request names none, such as example.com.',
		},
		guard: true,
		parse: parseText,
	},
	zones: {
		flag: 'zones',
		env: 'CF_CACHE_ZONES',
		value: 'ZONES',
		help: 'the only zones that tools may touch, such as a.com,b.com=ID; a name with =ID needs no look-up',
		dialog: {
			title: 'Allowed zones',
			help: 'The only zones that can be reached, separated by commas, such as example.com,example.org. Empty: all zones of the token.',
		},
		guard: true,
		parse: parseZoneEntries,
	},
	customHostnames: {
		flag: 'custom-hostnames',
		env: 'CF_CACHE_CUSTOM_HOSTNAMES',
		value: 'HOSTS',
		help: 'custom hostnames (Cloudflare for SaaS) that purges may name without a look-up, separated by commas',
		parse: parseHostnames,
	},
	readOnly: {
		flag: 'read-only',
		env: 'CF_CACHE_READ_ONLY',
		help: 'allow only tools that read',
		dialog: { title: 'Read only', help: 'Take away all tools that change something.' },
		guard: true,
		...SWITCH,
	},
	toolsets: {
		flag: 'toolsets',
		env: 'CF_CACHE_TOOLSETS',
		value: 'NAMES',
		help: `allow only these families of tools: ${TOOLSETS.join(',')}`,
		dialog: {
			title: 'Families of tools',
			help: `The only families of tools that are offered, separated by commas: ${TOOLSETS.join(', ')}. Empty: all.`,
		},
		guard: true,
		parse: parseToolsets,
	},
	tools: {
		flag: 'tools',
		env: 'CF_CACHE_TOOLS',
		value: 'NAMES',
		help: 'allow only these tools',
		guard: true,
		parse: parseNames,
	},
	excludeTools: {
		flag: 'exclude-tools',
		env: 'CF_CACHE_EXCLUDE_TOOLS',
		value: 'NAMES',
		help: 'allow all tools except these',
		guard: true,
		parse: parseNames,
	},
} as const satisfies OptionTable;
