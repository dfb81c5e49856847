/** Checks the files of the server: the audit log, the token file and the folder of unfinished purges. */
import { randomUUID } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OwnershipError, ownFolder } from '../../base/own-files.js';
import { quote } from '../../base/sanitize.js';
import { codeOf } from '../../base/system-error.js';
import { stateFolderOf } from '../../compose/server-parts.js';
import type { Config } from '../../config/config.js';
import type { Preflight } from '../../config/preflight.js';
import { openAuditLog } from '../../config/preflight.js';
import { ConfigError } from '../../errors.js';
import { type Finding, fix, note, ok } from './finding.js';

/** Checks that the folder of unfinished purges can be written, or made, and that no other user can write it. */
export function checkStateFolder(config: Pick<Config, 'stateDir'>, os: NodeJS.Platform): Finding {
	const folder = stateFolderOf(config);
	const shown = quote(folder, 500);
	try {
		if (existsSync(folder)) {
			writeInto(ownFolder(folder));
			return ok('state', `state folder ${shown}: writable, and only you can write it`);
		}
		requireFolder(nearestPath(folder));
		return ok('state', `state folder ${shown}: is made when a purge needs it`);
	} catch (error) {
		return fix('state', `state folder ${shown} ${describe(error)}: large purges are refused`, [
			'Name another one: --state-dir DIR',
			...makeOwn(folder, os),
		]);
	}
}

/** Opens the audit log as the server does. The file is absent where that is not possible. */
export function checkAuditLog(
	{ auditLog }: Pick<Config, 'auditLog'>,
	os: NodeJS.Platform,
): {
	findings: Finding[];
	file: Preflight['auditFile'];
} {
	if (auditLog === undefined)
		return { findings: [ok('audit', 'no audit log: --audit-log FILE keeps one')], file: undefined };
	try {
		const file = openAuditLog(auditLog, true);
		return {
			findings: [ok('audit', `audit log ${quote(auditLog, 500)}: writable`), ...checkFolderOf(auditLog, os)],
			file,
		};
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		const next = ['Name another file: --audit-log FILE', ...makeOwn(resolve(auditLog), os)] as const;
		return { findings: [fix('audit', error.message, next)], file: undefined };
	}
}

/** A log is as trustworthy as its folder: other users who can write there can replace it. */
function checkFolderOf(path: string, os: string): Finding[] {
	// Windows has no such modes.
	if (os === 'win32') return [];
	const folder = dirname(resolve(path));
	const { mode } = statSync(folder);
	// In a folder with the sticky bit, such as /tmp, users replace only files of their own.
	if ((mode & 0o022) === 0 || (mode & 0o1000) !== 0) return [];
	return [
		note('audit', `other users can replace the audit log in ${quote(folder, 500)}`, `chmod go-w ${toWord(folder)}`),
	];
}

/** The command that makes a file or folder this user's own. Windows has access lists in place of owners and modes. */
function makeOwn(path: string, os: NodeJS.Platform): string[] {
	if (os === 'win32') return [];
	return [`Or make it yours alone: chown "$(id -u)" ${toWord(path)} && chmod go-w ${toWord(path)}`];
}

/** A path as one word of a shell. */
function toWord(path: string): string {
	return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function writeInto(folder: string): void {
	const path = join(folder, `.doctor-${randomUUID()}`);
	closeSync(openSync(path, 'wx', 0o600));
	rmSync(path);
}

/** The part of a path that is there. */
function nearestPath(path: string): string {
	return existsSync(path) || dirname(path) === path ? path : nearestPath(dirname(path));
}

/** Throws the system's error where no folder can be made in this path. */
function requireFolder(path: string): void {
	if (!statSync(path).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
	accessSync(path, constants.W_OK);
}

function describe(error: unknown): string {
	return error instanceof OwnershipError ? error.message : `cannot be written (${codeOf(error) ?? 'unknown error'})`;
}
