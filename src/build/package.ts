/** Names the facts of package.json that server.json and the bundle's manifest repeat. */

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

/** Title of the product in lists of servers. */
export const TITLE = 'Cloudflare Cache';
