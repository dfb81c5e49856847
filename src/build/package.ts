/** What package.json says that other descriptions of the product repeat. */

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

/** What a person reads in a list of servers. */
export const TITLE = 'Cloudflare Cache';
