/** What of a configuration must be right before anything starts; what is heavy waits behind it. */

import { suggest } from '../base/did-you-mean.js';
import { isHexId, isWithin } from '../base/identifiers.js';
import type { Log } from '../base/log.js';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import type { Credential } from '../cloudflare/api.js';
import { ConfigError } from '../errors.js';
import { LogFile } from '../state/disk/log-file.js';
import type { Config } from './config.js';
import { type ReadCredential, readCredential } from './credential.js';

/** What is open and checked. */
export interface Preflight {
	readonly readSecret: ReadCredential;
	readonly auditFile: LogFile | undefined;
}

/** Checks a configuration against the names of all tools. Throws ConfigError when a name, credential or file in it is unusable. */
export function runPreflight(config: Config, names: readonly string[], log: Log): Preflight {
	checkNames(config, names);
	const readSecret = config.sandbox
		? async (): Promise<Credential> => ({ kind: 'token', token: 'sandbox-token' })
		: readCredential(config, log);
	return { readSecret, auditFile: openAuditLog(config.auditLog) };
}

/** Throws ConfigError when a configuration names a tool that does not exist, or a default zone that is not allowed. */
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

function openAuditLog(path: string | undefined): LogFile | undefined {
	if (path === undefined) return undefined;
	try {
		return new LogFile(path);
	} catch (error) {
		throw new ConfigError(`--audit-log ${quote(path)} cannot be opened (${codeOf(error)})`);
	}
}

/** A default zone outside the list would fail at every call: better to say so at the start. */
function checkDefaultZone({ zone, zones }: Config): void {
	if (zone === undefined || !zones) return;
	const allowed = zones.some(
		({ name, id }) => zone === id || name === undefined || isWithin(zone.toLowerCase(), name) || isHexId(zone),
	);
	const names = zones.flatMap(({ name }) => name ?? []);
	if (!allowed) throw new ConfigError(`--zone ${quote(zone, 80)} is not among --zones.${suggest(zone, names)}`);
}
