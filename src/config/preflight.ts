/** Checks a configuration before anything starts, and opens what must be open by then. */
import { isAbsolute } from 'node:path';
import { suggest } from '../base/did-you-mean.js';
import { isHexId, isWithin } from '../base/identifiers.js';
import type { Log } from '../base/log.js';
import { OwnershipError } from '../base/own-files.js';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import type { Credential } from '../cloudflare/api.js';
import { ConfigError } from '../errors.js';
import { LogFile } from '../state/disk/log-file.js';
import type { Config } from './config.js';
import { createCredentialReader, type ReadCredential } from './credential.js';

/** What a checked configuration provides. */
export interface Preflight {
	readonly readCredential: ReadCredential;
	/** Absent without `--audit-log`. */
	readonly auditFile: LogFile | undefined;
}

/** Checks a configuration. `names` are those of all tools. Throws ConfigError when a name, credential or file in it is unusable. */
export function runPreflight(config: Config, names: readonly string[], log: Log): Preflight {
	checkNames(config, names);
	checkStateDir(config);
	const readCredential = config.sandbox
		? async (): Promise<Credential> => ({ kind: 'token', token: 'sandbox-token' })
		: createCredentialReader(config, log);
	return { readCredential, auditFile: openAuditLog(config.auditLog) };
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

/** Clients start servers in the folder of a project, whose files are not the operator's. */
function checkStateDir({ stateDir }: Config): void {
	if (stateDir !== undefined && !isAbsolute(stateDir))
		throw new ConfigError(`--state-dir ${quote(stateDir)} must be an absolute path`);
}

function openAuditLog(path: string | undefined): LogFile | undefined {
	if (path === undefined) return undefined;
	try {
		return new LogFile(path);
	} catch (error) {
		if (error instanceof OwnershipError) throw new ConfigError(`--audit-log: ${quote(path)} ${error.message}`);
		throw new ConfigError(`--audit-log ${quote(path)} cannot be opened (${codeOf(error)})`);
	}
}

/** Throws ConfigError when the default zone is not allowed: every call without a zone would fail. */
function checkDefaultZone({ zone, zones }: Config): void {
	if (zone === undefined || !zones) return;
	const allowed = zones.some(
		({ name, id }) => zone === id || name === undefined || isWithin(zone.toLowerCase(), name) || isHexId(zone),
	);
	const names = zones.flatMap(({ name }) => name ?? []);
	if (!allowed) throw new ConfigError(`--zone ${quote(zone, 80)} is not among --zones.${suggest(zone, names)}`);
}
