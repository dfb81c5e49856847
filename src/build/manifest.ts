/** Derives the manifest of the bundle for Claude Desktop from package.json, operations and options. Pure. */
import { describeWithChoices } from '../config/help.js';
import { type Option, type OptionTable, optionKindOf } from '../config/option.js';
import type { Operation } from '../operations/operation.js';
import { type PackageFacts, TITLE } from './package.js';

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
		author: { name: author },
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
	const kind = optionKindOf(record);
	return {
		// The dialog's file picker offers only existing files, and a log may not exist yet.
		type: kind === 'file' ? 'string' : kind,
		title: record.dialog?.title,
		description: describeWithChoices(record).replace(/^\w/, (first) => first.toUpperCase()),
		required: record.dialog?.required ?? false,
		...(record.secret && { sensitive: true }),
		...(record.default !== undefined && { default: record.default }),
	};
}

function snakeCase(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
