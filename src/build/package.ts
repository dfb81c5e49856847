/** Derives the fields of package.json that name the repository, and names those that other files repeat. Pure. */
import { REPOSITORY } from '../version.js';

/** The fields of package.json that are used. */
export interface PackageFacts {
	readonly name: string;
	/** Name in the MCP registry: a reversed domain, a slash, a name. */
	readonly mcpName: string;
	readonly version: string;
	readonly description: string;
	readonly author: string;
	readonly license: string;
	readonly keywords: readonly string[];
	readonly engines: { readonly node: string };
	readonly bin: Readonly<Record<string, string>>;
}

/** Where the product is developed, by the purpose of each address. */
export const LINKS = {
	homepage: REPOSITORY,
	documentation: `${REPOSITORY}#readme`,
	support: `${REPOSITORY}/issues`,
	git: `${REPOSITORY}.git`,
} as const;

/** The text of package.json with the fields that name the repository, in their usual place behind the description. */
export function updatePackageJson(text: string): string {
	const { homepage: _, repository: __, bugs: ___, ...rest } = JSON.parse(text) as Record<string, unknown>;
	const fields = Object.entries(rest).flatMap(([key, value]): [string, unknown][] => {
		if (key === 'mcpName') return [[key, registryNameOf(REPOSITORY)]];
		return key === 'description' ? [[key, value], ...Object.entries(repositoryFields())] : [[key, value]];
	});
	return `${JSON.stringify(Object.fromEntries(fields), undefined, '\t')}\n`;
}

function repositoryFields() {
	return {
		homepage: LINKS.documentation,
		repository: { type: 'git', url: `git+${LINKS.git}` },
		bugs: { url: LINKS.support },
	};
}

/** The name that the MCP registry grants to the owner of a repository on GitHub. */
function registryNameOf(repository: string): string {
	const [, owner, name] = new URL(repository).pathname.split('/');
	return `io.github.${owner}/${name}`;
}
