/** The product's name and version, read from package.json so that they are written once. */
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
	name: string;
	version: string;
};

/** npm name of the product; also the name of its command. */
export const NAME = manifest.name;
/** Semantic version of this build. */
export const VERSION = manifest.version;
