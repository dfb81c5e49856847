/** Finds the entries of this server in the files of clients, and says which would start. */

import type { Redactor } from '../../base/redact.js';
import { quote } from '../../base/sanitize.js';
import { readSecrets } from '../../config/config.js';
import { isUnfilledPlaceholder } from '../../config/parsers.js';
import { NAME } from '../../version.js';
import { type Client, type Platform, pathsOf } from '../install/client.js';
import { CLIENTS } from '../install/clients.js';
import { readConfigFile } from '../install/config-file.js';
import { ConfigFileError } from '../install/format.js';
import { DEFAULT_NAME } from '../install/launch.js';
import { entriesIn } from '../install/merge.js';
import { checkEntry, stringsOf } from './entry-check.js';
import { type Finding, note, ok } from './finding.js';

/** A file of a client. */
interface ClientFile {
	readonly client: Client;
	/** The name of the client on the command line. */
	readonly id: string;
	readonly title: string;
	readonly path: string;
	readonly isProject: boolean;
}

/** Checks every entry that starts this server. Tokens in files become known to the redactor before anything is shown. */
export async function checkClients(platform: Platform, redactor: Redactor): Promise<Finding[]> {
	if (!pathsOf(platform).isAbsolute(platform.home))
		return [note('client', 'HOME is not an absolute path, so no client was looked for')];
	const findings: Finding[] = [];
	for (const file of filesOf(platform))
		if (platform.exists(file.path)) findings.push(...(await checkFile(file, platform, redactor)));
	if (findings.length > 0) return findings;
	return [note('client', 'no client has an entry for this server', `Add one: ${NAME} install CLIENT`)];
}

function filesOf(platform: Platform): ClientFile[] {
	return Object.entries<Client>(CLIENTS).flatMap(([id, client]) => [
		...client.locations(platform).map(({ file, edition }) => {
			return { client, id, title: edition ?? client.title, path: file, isProject: false };
		}),
		...(client.project ? [inProject(id, client, client.project.path, platform)] : []),
	]);
}

function inProject(id: string, client: Client, path: readonly string[], platform: Platform): ClientFile {
	const file = pathsOf(platform).join(platform.cwd, ...path);
	return { client, id, title: `${client.title}, in this folder`, path: file, isProject: true };
}

async function checkFile(file: ClientFile, platform: Platform, redactor: Redactor): Promise<Finding[]> {
	const { client, title, path } = file;
	try {
		const { text } = await readConfigFile(path);
		return entriesIn(client, text).map(([name, entry]) => {
			for (const secret of readSecrets(stringsOf(entry.env))) if (!isUnfilledPlaceholder(secret)) redactor.add(secret);
			const { state, text, next } = checkEntry(client, entry, platform);
			const what = `${title}: ${quote(name, 80)} ${text}`;
			if (state === 'ok') return ok('client', what);
			const again = state === 'fix' ? [`Write it again: ${installCommand(file, name)}`] : [];
			return { about: 'client', state, text: what, next: [...next, ...again] };
		});
	} catch (error) {
		if (!(error instanceof ConfigFileError)) throw error;
		return [note('client', `${title}: ${quote(path, 500)} ${error.message}`)];
	}
}

function installCommand({ id, isProject }: ClientFile, name: string): string {
	const flags = [...(isProject ? ['--project'] : []), ...(name === DEFAULT_NAME ? [] : [`--name ${quote(name, 80)}`])];
	return [NAME, 'install', id, ...flags].join(' ');
}
