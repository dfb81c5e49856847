/** Reads the product's name and version from package.json, so that they are written once. */
import manifest from '../package.json' with { type: 'json' };

/** Name of the npm package and of its command. */
export const NAME: string = manifest.name;
/** Semantic version. */
export const VERSION: string = manifest.version;
