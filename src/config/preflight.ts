/** Checks a configuration before anything starts, and opens what must be open by then. */
import { isAbsolute } from 'node:path';
import { suggest } from '../base/did-you-mean.js';
import type { Log } from '../base/log.js';
import { OwnershipError } from '../base/own-files.js';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import { ConfigError } from '../errors.js';
import { LogFile } from '../state/disk/log-file.js';
import { OutputLog, STANDARD_OUTPUT } from '../state/disk/output-log.js';
import type { Config } from './config.js';
import { createCredentialReader, type ReadCredential } from './credential.js';
import { isAmong } from './zone-list.js';

/** What a checked configuration provides. */
export interface Preflight {
	readonly readCredential: ReadCredential;
	/** Absent without `--audit-log`. */
	readonly auditFile: Pick<LogFile, 'append' | 'close'> | undefined;
}

/** Checks a configuration. `names` are those of all tools. Throws ConfigError when a name, credential or file in it is unusable. */
export function runPreflight(config: Config, names: readonly string[], log: Log): Preflight {
	checkNames(config, names);
	checkStateDir(config);
	return {
		readCredential: findCredential(config, log),
		auditFile: openAuditLog(config.auditLog, config.http !== undefined),
	};
}

/** Finds out where the credential comes from. Throws ConfigError on a token file that cannot be read. */
export function findCredential(config: Config, log: Log): ReadCredential {
	if (!config.sandbox) return createCredentialReader(config, log);
	return async () => ({ kind: 'token', token: 'sandbox-token', source: 'the sandbox' });
}

/** Throws ConfigError when a configuration names an unknown tool, or a default zone that is not allowed. */
export function checkNames(config: Config, names: readonly string[]): void {
	for (const [flag, tools] of [
		['--tools', config.tools],
		['--exclude-tools', config.excludeTools],
	] as const)
		for (const name of tools ?? [])
			if (!names.includes(name))
				throw new ConfigError(`${flag}: there is no tool ${quote(name)}.${suggest(name, names)}`);
	checkDefaultZone(config);
}

/** Throws ConfigError on a relative path: clients start servers in the folder of a project, whose files are not the operator's. */
export function checkStateDir({ stateDir }: Config): void {
	if (stateDir !== undefined && !isAbsolute(stateDir))
		throw new ConfigError(`--state-dir ${quote(stateDir)} must be an absolute path`);
}

/**
 * Opens the audit log for appending, if there is one. Throws ConfigError where that is not possible, or not safe.
 * `isOutputFree` tells whether nothing else is written to stdout.
 */
export function openAuditLog(path: string | undefined, isOutputFree: boolean): Preflight['auditFile'] {
	if (path === undefined) return undefined;
	if (path === STANDARD_OUTPUT && isOutputFree) return new OutputLog();
	if (path === STANDARD_OUTPUT)
		throw new ConfigError(`--audit-log ${path} needs --http: without it, answers are written there`);
	try {
		return new LogFile(path);
	} catch (error) {
		if (error instanceof OwnershipError) throw new ConfigError(`--audit-log: ${quote(path)} ${error.message}`);
		throw new ConfigError(`--audit-log ${quote(path)} cannot be opened (${codeOf(error)})`);
	}
}

/** Throws ConfigError when the default zone is not allowed: every call without a zone would fail. */
function checkDefaultZone({ zone, zones }: Config): void {
	if (zone === undefined || !zones || isAmong(zone, zones)) return;
	const names = zones.flatMap(({ name }) => name ?? []);
	throw new ConfigError(`--zone ${quote(zone, 80)} is not among --zones.${suggest(zone, names)}`);
}
