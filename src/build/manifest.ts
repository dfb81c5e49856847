/** Derives the manifest of the bundle for Claude Desktop from package.json, operations and options. Pure. */
import { describeWithChoices } from '../config/help.js';
import { type Option, type OptionTable, optionKindOf } from '../config/option.js';
import type { Operation } from '../operations/operation.js';
import { TITLE } from '../version.js';
import { LINKS, type PackageFacts } from './package.js';

/** Name of the icon in the bundle. */
export const ICON = 'icon.png';

/** Markdown that the client shows before the user installs the bundle. */
const LONG_DESCRIPTION = [
	'Lets Claude manage the cache of your Cloudflare zones: purge, invalidate, Cache Reserve, Tiered Cache, image variants and origin cloud regions.',
	'**You stay in control.** Every tool that changes something has a dry run. Emptying a whole zone or host needs your consent first. *Read only* takes all tools away that change something, and *Allowed zones* names the only zones that can be reached.',
	'**You need** a Cloudflare API token with `Zone › Cache Purge`, `Zone Settings › Edit` and `Zone › Read`. `Zone › Cache Purge` and `Zone › Read` are enough to purge. Claude keeps the token in the keychain of your system.',
	'**Then ask**, for example: "Purge https://www.example.com/news/ from the cache", or "Which cache settings does example.com have?"',
	'The server talks to the Cloudflare API, and fetches URLs of your own zones where you ask it to look at them. It sends no telemetry.',
].join('\n\n');

/** The manifest, version 0.3. Every field of its dialog reaches the server as an environment variable. */
export function toManifest(
	{ name, version, description, author, license, keywords, engines, bin }: PackageFacts,
	operations: readonly Pick<Operation, 'name' | 'title'>[],
	options: OptionTable,
) {
	const entry = bin[name];
	if (entry === undefined) throw new Error(`package.json has no command ${name}`);
	const fields = Object.entries(options).flatMap(([option, record]) =>
		record.dialog && record.env ? [{ key: snakeCase(option), env: record.env, field: toField(record) }] : [],
	);
	return {
		manifest_version: '0.3',
		name,
		display_name: TITLE,
		version,
		description,
		long_description: LONG_DESCRIPTION,
		author: { name: author },
		repository: { type: 'git', url: LINKS.git },
		homepage: LINKS.homepage,
		documentation: LINKS.documentation,
		support: LINKS.support,
		icon: ICON,
		license,
		keywords,
		server: {
			type: 'node',
			entry_point: entry,
			mcp_config: {
				command: 'node',
				args: [`\${__dirname}/${entry}`],
				env: {
					CF_CACHE_DIALOG: '1',
					...Object.fromEntries(fields.map(({ key, env }) => [env, `\${user_config.${key}}`])),
				},
			},
		},
		tools: operations.map((operation) => ({ name: operation.name, description: operation.title })),
		compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: engines.node } },
		user_config: Object.fromEntries(fields.map(({ key, field }) => [key, field])),
	};
}

function toField(record: Option<unknown>) {
	const { default: standard = record.stdioDefault } = record;
	const kind = optionKindOf(record);
	return {
		// The dialog's file picker offers only existing files, and a log may not exist yet.
		type: kind === 'file' ? 'string' : kind,
		title: record.dialog?.title,
		description: record.dialog?.help ?? describeWithChoices(record).replace(/^\w/, (first) => first.toUpperCase()),
		required: record.dialog?.required ?? false,
		...(record.secret && { sensitive: true }),
		...(standard !== undefined && { default: standard }),
	};
}

function snakeCase(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
