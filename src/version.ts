/** States the product's name, version, title and repository, so that they are written once. */
import manifest from '../package.json' with { type: 'json' };

/** Name of the npm package and of its command. */
export const NAME: string = manifest.name;
/** Semantic version. */
export const VERSION: string = manifest.version;
/** Title of the product in lists of servers. */
export const TITLE = 'Cloudflare Cache';
/**
 * Address of the source on GitHub. It is a placeholder: no such repository exists yet. After a change, `npm run generate`
 * writes it into package.json and server.json; the bundle's manifest and the server's `websiteUrl` read it from here.
 */
export const REPOSITORY = 'https://github.com/cloudflare-cache-mcp/cloudflare-cache-mcp';
/** The lowest version of Node.js that runs it. */
export const MIN_NODE: string = manifest.engines.node.replace(/^>=\s*/, '');
