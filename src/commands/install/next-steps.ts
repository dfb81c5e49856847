/** Says what the user does after an installation. */
import type { Client, Platform } from './client.js';
import type { EntryCredential } from './entry.js';
import { findKeychain } from './keychain.js';
import { copyOf, startsThisCopy } from './launch.js';
import type { Target } from './target.js';

/** What the next steps depend on. */
interface Situation {
	readonly target: Target;
	readonly platform: Platform;
	/** The command that starts the server, without flags. */
	readonly start: string;
	readonly credential: EntryCredential;
	/** Variables that gave the entry a credential before. */
	readonly had: readonly string[];
	/** Whether the entry held a token itself before. */
	readonly heldToken: boolean;
	/** Whether the environment has a token that the client can pass on. */
	readonly hasToken: boolean;
	/** Whether a flag names a file or folder. */
	readonly hasPaths: boolean;
	readonly isReadOnly: boolean;
}

/** Returns the lines of the next steps. */
export function nextSteps(situation: Situation): string[] {
	const { target, start, credential, isReadOnly } = situation;
	const isSandbox = credential.kind === 'none';
	const { client, name, isProject } = target;
	const steps = [
		...tokenSteps(situation),
		...(isProject ? projectSteps(situation) : []),
		client.restart(name),
		isSandbox ? undefined : `To check the token and this entry, run: ${start} doctor`,
		isReadOnly || isSandbox ? undefined : 'To look around without changing anything, install with --read-only first.',
	];
	return ['', 'Next:', ...steps.filter((step) => step !== undefined).map((step) => `- ${step}`)];
}

function tokenSteps({ target: { client }, credential, had, hasToken }: Situation): (string | undefined)[] {
	const [first] = had;
	switch (credential.kind) {
		case 'none':
			return [];
		case 'written':
			return ['The file holds the token. Keep the file and its copies out of repositories.'];
		case 'client': {
			if (first) return [`The entry keeps its ${first}.`];
			if (client.token.input || client.token.isolated || hasToken) return [client.token.advice];
			return [
				`${client.token.advice} The variable is not set here, and without it every call fails.`,
				`Or install with --token-command "COMMAND", or with CLOUDFLARE_API_TOKEN_FILE set to the path of a file that only you can read.`,
			];
		}
		case 'file':
		case 'command':
			return [
				first === 'CLOUDFLARE_API_TOKEN'
					? `The entry still has a ${first}, which wins. Remove it from the file.`
					: undefined,
			];
	}
}

function projectSteps({ target: { client }, platform, heldToken, hasPaths }: Situation): (string | undefined)[] {
	const isClone = copyOf(platform.script) === 'clone';
	const advice = isClone ? ' For a file that others can use, install from the package instead of a clone.' : '';
	return [
		heldToken ? 'The entry holds a token. Remove it from the file before you commit it.' : undefined,
		isClone || hasPaths
			? `The entry works on this machine only, because it names paths of it. Do not commit it.${advice}`
			: 'Commit the file. It holds no token: each user needs one of their own.',
		platform.os === 'win32' && !startsThisCopy(platform.script, true)
			? 'The entry starts npx through cmd, as Windows needs it. On other systems, "command" is "npx".'
			: undefined,
		client.project?.advice,
	];
}

/** Returns the lines that say how an entry can get a token where the client passes no variable on. */
export function waysToGiveToken({ token }: Client, platform: Platform, name: string): string[] {
	return [
		'Give it the token in one of these ways:',
		...(findKeychain(platform, name)
			? ['- Run this in a terminal. It asks for the token and keeps it in the keychain.']
			: []),
		'- Add --token-command "COMMAND": a command that prints the token, such as "op read op://vault/cloudflare/token".',
		'- Set CLOUDFLARE_API_TOKEN_FILE to the path of a file that holds the token and that only you can read.',
		'- Set CLOUDFLARE_API_TOKEN and add --write-token. The file of the client then holds the token.',
		...(token.ownWay ? [`- ${token.ownWay}`] : []),
	];
}
