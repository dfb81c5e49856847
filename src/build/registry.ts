/** Derives server.json, by which the MCP registry lists the product, from package.json and options. Pure. */
import { type Option, type OptionTable, optionKindOf } from '../config/option.js';
import { REPOSITORY, TITLE } from '../version.js';
import { LINKS, type PackageFacts } from './package.js';

const FORMATS = {
	boolean: 'boolean',
	number: 'number',
	file: 'filepath',
	directory: 'filepath',
	string: undefined,
} as const;

/** The text of server.json: the npm package, started with npx, and the environment variables it reads. */
export function printServerJson({ name, mcpName, version, description }: PackageFacts, options: OptionTable): string {
	const server = {
		$schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
		name: mcpName,
		title: TITLE,
		description,
		repository: { url: REPOSITORY, source: 'github' },
		websiteUrl: LINKS.documentation,
		version,
		packages: [
			{
				registryType: 'npm',
				identifier: name,
				version,
				runtimeHint: 'npx',
				transport: { type: 'stdio' },
				environmentVariables: Object.values(options).flatMap((record) => (record.env ? [toVariable(record)] : [])),
			},
		],
	};
	return `${JSON.stringify(server, undefined, '\t')}\n`;
}

function toVariable(record: Option<unknown>) {
	const { default: standard = record.stdioDefault } = record;
	const format = FORMATS[optionKindOf(record)];
	return {
		name: record.env,
		description: record.help,
		...(format && { format }),
		...(record.choices && { choices: record.choices }),
		...(standard !== undefined && { default: String(standard) }),
		...(record.secret && { isSecret: true }),
	};
}
