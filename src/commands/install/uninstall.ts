/** Removes this server from a client's own configuration, and changes nothing else there. */
import { sanitize } from '../../base/sanitize.js';
import type { Config } from '../../config/config.js';
import { ConfigError } from '../../errors.js';
import type { Platform } from './client.js';
import { readConfigFile, replaceConfigFile } from './config-file.js';
import { ConfigFileError } from './format.js';
import { findKeychain } from './keychain.js';
import { splitCommand } from './launch.js';
import { readEntry, removeEntry } from './merge.js';
import { findTargets, type Target } from './target.js';

/** What one file had, and what was done to it. */
interface Removal {
	readonly lines: readonly string[];
	/** Whether the file had the entry. */
	readonly hadEntry: boolean;
	readonly hasFailed?: true;
}

/**
 * Removes the entry from the files of every edition that is here, or says with `--print` where it is. Returns what to print
 * and the exit code: 1 when a file could not be changed. Nothing to remove is no error. Throws ConfigError.
 */
export async function uninstall(config: Config, platform: Platform): Promise<{ text: string; code: 0 | 1 }> {
	const [flag] = config.serverFlags ?? [];
	if (flag) throw new ConfigError(`uninstall takes no flags of the server, such as --${flag.flag}`);
	const targets = findTargets(config, platform);
	const removals: Removal[] = [];
	for (const target of targets) removals.push(await removeFrom(target, config.print, platform));
	const found = removals.filter(({ hadEntry, hasFailed }) => hadEntry || hasFailed);
	const lines = (found.length > 0 ? found : removals).flatMap((removal) => removal.lines);
	return { text: `${lines.join('\n')}\n`, code: removals.some(({ hasFailed }) => hasFailed) ? 1 : 0 };
}

const show = (path: string) => sanitize(path, 1_000);

async function removeFrom(target: Target, isPrint: boolean, platform: Platform): Promise<Removal> {
	const { client, name, title, file: path } = target;
	try {
		const file = await readConfigFile(path);
		const entry = readEntry(client, name, file.text);
		if (!entry)
			return { lines: [`${title} has no ${name}, in ${show(path)}. There is nothing to remove.`], hadEntry: false };
		if (!splitCommand(entry))
			throw new ConfigFileError(`has ${name}, but it starts another program; remove it by hand`);
		const { text, heldToken } = removeEntry(client, name, file.text);
		if (isPrint) return { lines: [`${name} would be removed from ${title}, in ${show(path)}.`], hadEntry: true };
		const backup = await replaceConfigFile(file, text, false);
		return {
			lines: [
				`Removed ${name} from ${title}, in ${show(file.realPath)}. The rest of the file is as it was.`,
				`Backup of the old file: ${show(backup ?? '')}${heldToken ? ' It still holds the token: delete it once you need it no more.' : ''}`,
				...linesAboutKeychain(entry, name, platform),
				`Restart ${client.title}, so that it stops the server.`,
			],
			hadEntry: true,
		};
	} catch (error) {
		if (!(error instanceof ConfigFileError)) throw error;
		return {
			lines: [`${title}: ${show(path)} ${error.message}. Nothing was written.`],
			hadEntry: false,
			hasFailed: true,
		};
	}
}

/** Other entries may read the same token, so it stays in the keychain until the user removes it. */
function linesAboutKeychain(entry: Readonly<Record<string, unknown>>, name: string, platform: Platform): string[] {
	const keychain = findKeychain(platform, name);
	const usesKeychain = splitCommand(entry)?.words.some((word) => word.includes(keychain?.readCommand ?? '\0'));
	if (!keychain || !usesKeychain) return [];
	return [`${keychain.title} still has the token. If no other entry uses it, remove it: ${keychain.removeCommand}`];
}
