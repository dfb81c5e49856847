/** `completion`: prints the completions for a shell. */
import { suggest } from '../../base/did-you-mean.js';
import { quote } from '../../base/sanitize.js';
import { ConfigError } from '../../errors.js';
import { writeFish } from './fish.js';
import { writeBash, writeZsh } from './posix.js';
import { type Completions, listCompletions, SHELLS, type Shell } from './words.js';

const WRITERS: Readonly<Record<Shell, (completions: Completions) => string>> = {
	bash: writeBash,
	zsh: writeZsh,
	fish: writeFish,
};

/** Returns the script that a shell reads. Throws ConfigError for another shell. */
export function writeCompletion(name = ''): string {
	const shell = SHELLS.find((one) => one === name);
	if (shell) return WRITERS[shell](listCompletions());
	const found = name === '' ? 'completion needs the name of a shell' : `there are no completions for ${quote(name)}`;
	throw new ConfigError(`${found}; there are ${SHELLS.join(', ')}.${name && suggest(name, SHELLS)}`);
}
