/** Lists the options that say where the credential comes from. */

import type { OptionTable } from '../option.js';
import { parseCommandWords, parseText } from '../parsers.js';

export const credentialOptions = {
	token: {
		env: 'CLOUDFLARE_API_TOKEN',
		help: 'API token',
		secret: true,
		dialog: {
			title: 'API token',
			required: true,
			help: 'Create one at https://dash.cloudflare.com/profile/api-tokens with Zone › Cache Purge, Zone Settings › Edit and Zone › Read. It is kept in the keychain of your system.',
		},
		parse: parseText,
	},
	tokenFile: { env: 'CLOUDFLARE_API_TOKEN_FILE', help: 'file that holds the API token', parse: parseText },
	tokenCommand: {
		flag: 'token-command',
		value: 'COMMAND',
		help: 'command that prints the API token, such as "op read op://vault/cloudflare/token"; runs at the first call, in your home folder, without a shell',
		isPrivate: true,
		parse: parseCommandWords,
	},
	email: {
		env: 'CLOUDFLARE_EMAIL',
		help: 'email address that belongs to CLOUDFLARE_API_KEY',
		secret: true,
		parse: parseText,
	},
	key: {
		env: 'CLOUDFLARE_API_KEY',
		help: 'Global API Key (legacy), used with CLOUDFLARE_EMAIL',
		secret: true,
		parse: parseText,
	},
} as const satisfies OptionTable;
