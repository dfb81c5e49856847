/** Reads the product's name and version from package.json, so that they are written once. */
import manifest from '../package.json' with { type: 'json' };

/** npm name of the product; also the name of its command. */
export const NAME: string = manifest.name;
/** Semantic version of this build. */
export const VERSION: string = manifest.version;
