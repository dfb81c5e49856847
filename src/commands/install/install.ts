/** Adds this server to a client's own configuration, and changes nothing else there. */
import { sanitize } from '../../base/sanitize.js';
import type { Config } from '../../config/config.js';
import { checkNames } from '../../config/preflight.js';
import type { Platform } from './client.js';
import { readConfigFile, replaceConfigFile, restrictToOwner } from './config-file.js';
import { type CredentialOffer, chooseCredential, readOffer } from './credential.js';
import { createEntry, type Entry, type EntryCredential } from './entry.js';
import { type FlagWords, sortFlags } from './flags.js';
import { ConfigFileError } from './format.js';
import { PATH_FLAGS, readGivenFlags } from './given-flags.js';
import { findKeychain } from './keychain.js';
import { createLaunch, splitCommand } from './launch.js';
import { type Merged, mergeEntry, printEntry, readEntry } from './merge.js';
import { nextSteps, waysToGiveToken } from './next-steps.js';
import { describeOldStart, joinWithOld, showWords, TOOL_NAMES } from './old-entry.js';
import { findTargets, type Target } from './target.js';
import { Cancelled, offerKeychain, type User } from './token-offer.js';

/** What to print, and the exit code: 1 when the file was left as it is, 130 when the user cancelled. */
interface Outcome {
	readonly text: string;
	readonly code: 0 | 1 | 130;
}

interface Installation {
	readonly target: Target;
	/** Files of other editions that are here. */
	readonly others: readonly Target[];
	readonly platform: Platform;
	/** The user, where there is a terminal. */
	readonly user: User | undefined;
	/** The flags that were given. */
	readonly given: FlagWords;
	readonly offer: CredentialOffer;
	/** Lines of the report about what was done beside the file. */
	readonly notes: string[];
}

/** An entry, and the text of the file with it. */
interface Change extends Merged {
	readonly flags: FlagWords;
	readonly entry: Entry;
	readonly credential: EntryCredential;
}

const joinLines = (lines: readonly string[]) => `${lines.join('\n').trimEnd()}\n`;
const show = (path: string) => sanitize(path, 1_000);

/** Adds the entry, or shows it with `--print`. On a terminal, it offers to keep the token. Throws ConfigError. */
export async function install(config: Config, platform: Platform, user?: User): Promise<Outcome> {
	const installation = await prepare(config, platform, user);
	const { target, given } = installation;
	const { client, title, file } = target;
	const change = planChange(installation, given, '');
	const shown = ['', printEntry(client, change.entry)];
	if (config.print) {
		const lines = [`${title} reads ${show(file)}. Add this to it:`, ...shown, ...stepsOf(installation, change)];
		return { text: joinLines(lines), code: 0 };
	}
	try {
		requirePresent(installation);
		return { text: joinLines(await addEntry(installation)), code: 0 };
	} catch (error) {
		if (error instanceof Cancelled) return { text: 'Cancelled. Nothing was written.\n', code: 130 };
		if (!(error instanceof ConfigFileError)) throw error;
		const what = `${title}: ${show(file)} ${error.message}. Nothing was written.`;
		const byHand = error.byHand ? ['Add this entry by hand:', ...shown] : [];
		return { text: joinLines([what, ...installation.notes, ...error.hints, ...byHand]), code: 1 };
	}
}

async function prepare(config: Config, platform: Platform, user: User | undefined): Promise<Installation> {
	checkNames(config, TOOL_NAMES);
	const [target, ...others] = findTargets(config, platform);
	return {
		target,
		others,
		platform,
		user,
		given: readGivenFlags(config, platform),
		offer: await readOffer(config, target.isProject),
		notes: [],
	};
}

function planChange(installation: Installation, flags: FlagWords, text: string): Change {
	const { target, platform, offer } = installation;
	const { client, name, isProject } = target;
	const credential = chooseCredential(offer, flags, platform);
	const launch = createLaunch(platform, [...flags.values()].flat(), isProject);
	const entry = createEntry(client, name, launch, credential);
	return { flags, entry, credential, ...mergeEntry(client, entry, text) };
}

function stepsOf({ target, platform, offer }: Installation, change: Change): string[] {
	const { entry, credential, credentials: had, heldToken, flags } = change;
	const start = showWords(splitCommand(entry.start)?.start ?? []);
	const hasPaths = PATH_FLAGS.some((flag) => flags.has(flag));
	const given = { hasToken: offer.inEnvironment !== undefined, hasPaths, isReadOnly: flags.has('read-only') };
	return nextSteps({ target, platform, start, credential, had, heldToken, ...given });
}

/** Throws ConfigFileError when the client is not there: no program would read the file. */
function requirePresent({ target }: Installation): void {
	const { title, isPresent, trace } = target;
	if (isPresent) return;
	throw new ConfigFileError(
		`would be the file, but ${title} was not found here (no ${show(trace)}). Start it once, and run this again`,
		{ byHand: true },
	);
}

/** Writes the file when the entry changes it. Returns the lines that say what was done. */
async function addEntry(installation: Installation): Promise<string[]> {
	const { target, others, platform, given, offer, notes } = installation;
	const { client, name, title, file: path } = target;
	const secret = offer.toWrite !== undefined;
	const file = await readConfigFile(path);
	const old = readEntry(client, name, file.text);
	const { flags, changes } = joinWithOld(given, old);
	const change = await withCredential(installation, planChange(installation, flags, file.text), file.text);
	const { text, entry, hadEntry } = change;
	const command = [entry.start.command, ...(entry.start.args as string[])];
	const where = show(file.realPath === path ? path : `${path} (a link to ${file.realPath})`);
	if (text === file.text) {
		// Windows has access lists in place of the mode.
		const restricted = secret && platform.os !== 'win32' && (await restrictToOwner(file));
		const what = restricted ? 'Only its mode was changed, to 600.' : 'Nothing was written.';
		return [`${title} already has ${name}, in ${where}. ${what}`, ...changes, ...notes];
	}
	const backup = await replaceConfigFile(file, text, secret);
	return [
		`${hadEntry ? 'Updated' : 'Added'} ${name} ${hadEntry ? 'of' : 'to'} ${title}, in ${where}.`,
		`Command: ${showWords(command)}`,
		...describeOldStart(old, splitCommand(entry.start)?.start ?? []),
		...changes,
		...notes,
		...(backup === undefined ? [] : [`Backup of the old file: ${show(backup)}`]),
		...others.map(
			(one) => `Also here, and not changed: ${one.title}, in ${show(one.file)} (--edition "${one.title}").`,
		),
		...stepsOf(installation, change),
	];
}

/**
 * Returns the change with a way to the token, where it has none and the user takes the offer, and notes what is missing
 * otherwise. Throws Cancelled.
 */
async function withCredential(installation: Installation, change: Change, text: string): Promise<Change> {
	const { target, platform, user, offer, notes } = installation;
	const envToken = offer.inEnvironment;
	const { client, name, title, isProject } = target;
	const { isolated, input } = client.token;
	const hasWay = change.credential.kind !== 'client' || change.credentials.length > 0;
	if (hasWay || input || (!isolated && envToken !== undefined)) return change;
	const keychain = findKeychain(platform, name);
	if (keychain && user && !isProject) {
		const why = isolated ? `${title} passes no variable on to servers.` : 'CLOUDFLARE_API_TOKEN is not set here.';
		const { isKept, lines } = await offerKeychain(keychain, user, { why, envToken });
		notes.push(...lines);
		const command = ['--token-command', keychain.readCommand];
		if (isKept)
			return planChange(installation, sortFlags(new Map([...change.flags, ['token-command', command]])), text);
	}
	if (isolated)
		notes.push(
			`The entry does not work yet: it has no token, and ${title} passes no variable on to servers.`,
			...waysToGiveToken(client, platform, name),
		);
	return change;
}
