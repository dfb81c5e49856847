/** Keeps the token in the keychain of the system, by the program that the system has for it. */
import { NAME, TITLE } from '../../version.js';
import type { Platform } from './client.js';

/** Runs a program with a text as its input. Returns what it printed, or undefined where it failed. */
export type RunProgram = (program: string, args: readonly string[], input?: string) => Promise<string | undefined>;

/** A place of the system that keeps secrets, and the item in it that belongs to one entry. */
export interface Keychain {
	/** Its name, which begins a sentence. */
	readonly title: string;
	/** Prints the token; for `--token-command`. */
	readonly readCommand: string;
	/** Removes the token; for the user. */
	readonly removeCommand: string;
	/** Returns the token that it has. */
	read(run: RunProgram): Promise<string | undefined>;
	/** Keeps a token. Returns whether it can be read again. */
	keep(run: RunProgram, token: string): Promise<boolean>;
}

/** Returns the keychain for the entry of a name, or undefined where the system has no program for one. */
export function findKeychain(platform: Platform, name: string): Keychain | undefined {
	const program = findProgram(platform);
	if (program === undefined) return undefined;
	return platform.os === 'darwin' ? macKeychain(program, name) : secretService(program, name);
}

/** Programs are named by their whole path: a client starts the server with another PATH, or none. */
function findProgram({ os, env, exists }: Platform): string | undefined {
	if (os === 'darwin') return ['/usr/bin/security'].find((path) => exists(path));
	if (os !== 'linux') return undefined;
	const folders = (env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
	// --token-command splits its words at white space.
	return folders.map((folder) => `${folder}/secret-tool`).find((path) => !/[\s"]/.test(path) && exists(path));
}

/** The program of macOS. Its interactive mode takes commands as input, so that the token is in no list of processes. */
function macKeychain(program: string, name: string): Keychain {
	const item = ['-s', NAME, '-a', name];
	const words = ['find-generic-password', ...item, '-w'];
	return {
		title: 'The macOS Keychain',
		readCommand: [program, ...words].join(' '),
		removeCommand: [program, 'delete-generic-password', ...item].join(' '),
		read: (run) => readWith(run, program, words),
		async keep(run, token) {
			// -U replaces the token that it has.
			await run(program, ['-i'], `${['add-generic-password', '-U', ...item, '-w', token].join(' ')}\n`);
			return (await readWith(run, program, words)) === token;
		},
	};
}

/** The program for the Secret Service of Linux desktops, such as GNOME Keyring and KWallet. It reads the token from its input. */
function secretService(program: string, name: string): Keychain {
	const item = ['service', NAME, 'account', name];
	const words = ['lookup', ...item];
	return {
		title: 'The keyring of your desktop',
		readCommand: [program, ...words].join(' '),
		removeCommand: [program, 'clear', ...item].join(' '),
		read: (run) => readWith(run, program, words),
		async keep(run, token) {
			await run(program, ['store', `--label=${TITLE}: API token of ${name}`, ...item], token);
			return (await readWith(run, program, words)) === token;
		},
	};
}

async function readWith(run: RunProgram, program: string, words: readonly string[]): Promise<string | undefined> {
	return (await run(program, words))?.trim() || undefined;
}
