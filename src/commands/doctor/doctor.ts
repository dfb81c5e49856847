/** Reports whether the configured tools would work, and what to fix. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { Redactor } from '../../base/redact.js';
import { compose, type Product } from '../../compose/product.js';
import { needsOperatorCredential } from '../../compose/sign-in.js';
import type { Config } from '../../config/config.js';
import type { ReadCredential } from '../../config/credential.js';
import { checkNames, checkStateDir, findCredential } from '../../config/preflight.js';
import { ConfigError, cancelled } from '../../errors.js';
import { OPERATIONS } from '../../operations/index.js';
import type { Platform } from '../install/client.js';
import { tokenNeedsOf } from '../token-link.js';
import { ApiChecks, type ApiReport } from './api-checks.js';
import { checkClients } from './clients.js';
import { explainMissing } from './credential.js';
import { describeHost, describeProduct, describeProxies } from './environment.js';
import { checkAuditLog, checkStateFolder } from './files.js';
import { type Finding, fix, note, ok } from './finding.js';
import { offerTrial, tryPurges } from './purge-trial.js';
import { formatJson, formatText, type Report } from './report.js';
import { checkAddress, checkIssuer, checkPolicy, checkRedis, checkTeamOptions } from './team.js';
import { listUnfinished } from './unfinished.js';
import { namedZones } from './zones.js';

/** What the doctor looks at beside the configuration. */
export interface Surroundings {
	readonly platform: Platform;
	/** The version of Node.js, such as `20.18.1`. */
	readonly nodeVersion: string;
	/** Whether the reader's terminal shows colours. */
	readonly colour: boolean;
	readonly redactor?: Redactor;
	/** Gets what is not for the report. */
	readonly log?: Log;
	/** Aborting ends the requests and the token command, and runDoctor then throws a CancelledError. */
	readonly signal?: AbortSignal;
	readonly clock?: Clock;
	/** The time of this machine, in milliseconds since 1970. */
	now(): number;
}

const NAMES = OPERATIONS.map(({ name }) => name);

/**
 * Checks everything and returns the report and the exit code: 0 only when there is nothing to fix. Throws ConfigError where
 * the command line itself is wrong.
 */
export async function runDoctor(config: Config, surroundings: Surroundings): Promise<{ text: string; code: 0 | 1 }> {
	checkNames(config, NAMES);
	checkStateDir(config);
	checkTeamOptions(config);
	if (config.tryPurge && namedZones(config).length === 0)
		throw new ConfigError('doctor --try needs --zone or --zones: it purges one URL there that does not exist');
	const { redactor = new Redactor() } = surroundings;
	const report = await new Doctor(config, { ...surroundings, redactor }).examine();
	const { signal } = surroundings;
	if (signal?.aborted) throw cancelled(signal.reason);
	const text = config.json
		? formatJson(redactor.toOutput(report))
		: formatText(redactor.toOutput(report), surroundings.colour);
	return { text, code: report.findings.some(({ state }) => state === 'fix') ? 1 : 0 };
}

/** One examination. */
class Doctor {
	private readonly config: Config;
	private readonly surroundings: Surroundings & { readonly redactor: Redactor };
	private readonly findings: Finding[] = [];
	/** Whether calls are made with the operator's credential. */
	private needsCredential = true;

	constructor(config: Config, surroundings: Surroundings & { readonly redactor: Redactor }) {
		this.config = config;
		this.surroundings = surroundings;
	}

	async examine(): Promise<Report> {
		const { config, findings } = this;
		const { platform, nodeVersion } = this.surroundings;
		findings.push(describeProduct(nodeVersion, platform.os), describeHost(config), ...describeProxies(platform.env));
		await this.examineTeam();
		const readCredential = this.openCredential();
		const audit = checkAuditLog(config, platform.os);
		const { clock, redactor } = this.surroundings;
		const product = compose(config, {
			log: this.log,
			redactor,
			preflight: { readCredential, auditFile: audit.file },
			...(clock && { clock }),
		});
		let zones: ApiReport['zones'] = [];
		try {
			zones = await this.examineApi(product, readCredential);
		} finally {
			await product.close();
		}
		findings.push(
			checkStateFolder(config, platform.os),
			...audit.findings,
			// Entries in files of clients start a server on stdio.
			...(config.http ? checkAddress(config) : await checkClients(platform, redactor)),
		);
		return { verdict: this.judge(product, zones.length), findings };
	}

	/** Looks at what only a server over HTTP has. */
	private async examineTeam(): Promise<void> {
		const { config, findings, log } = this;
		if (!config.http) return;
		const { env } = this.surroundings.platform;
		const policy = checkPolicy(config, { tools: NAMES, env, log });
		findings.push(...policy.findings, ...(await checkIssuer(config)), ...(await checkRedis(config, log)));
		// A policy file that cannot be used does not tell whose tokens the calls are made with.
		const isUnknown = policy.findings.some(({ state }) => state === 'fix');
		this.needsCredential = isUnknown || needsOperatorCredential(config, policy.policies);
	}

	/** Where the credential cannot be read, the report says so, and goes on without one. */
	private openCredential(): ReadCredential {
		try {
			return findCredential(this.config, this.log);
		} catch (error) {
			if (!(error instanceof ConfigError)) throw error;
			const why = `${error.message}.`;
			return async () => ({ kind: 'none', why, advice: '' });
		}
	}

	private async examineApi(product: Product, readCredential: ReadCredential): Promise<ApiReport['zones']> {
		const { config, findings } = this;
		const { now, platform, signal } = this.surroundings;
		if (!this.needsCredential) {
			findings.push(ok('credential', 'each caller has a token of its own, which is not checked here'));
			return [];
		}
		const needs = tokenNeedsOf(product.allowed);
		const credential = await readCredential(signal);
		const missing = explainMissing(credential, needs, config.tokenCommand?.[0]);
		if (missing) {
			findings.push(missing);
			return [];
		}
		const remedies = { needs, baseUrl: config.baseUrl };
		const checks = new ApiChecks({ product, config, credential, os: platform.os, now, signal, ...remedies });
		const report = await checks.run();
		findings.push(...report.findings);
		if (config.tryPurge) findings.push(...(await tryPurges(product.deps, report.zones, { ...remedies, signal })));
		else if (report.zones.length > 0) findings.push(...offerTrial(product.deps, report.zones));
		findings.push(...(await listUnfinished(product.deps)));
		return report.zones;
	}

	/** Takes warnings of the parts into the report. */
	private readonly log: Log = (level, message, facts) => {
		if (level === 'warn') this.findings.push(note('credential', message));
		else if (level === 'error') this.findings.push(fix('audit', message, ['Name another file: --audit-log FILE']));
		else this.surroundings.log?.(level, message, facts);
	};

	private judge({ allowed }: Product, zonesChecked: number): string {
		const problems = this.findings.filter(({ state }) => state === 'fix').length;
		if (problems > 0) return `Not ready: ${problems} ${problems === 1 ? 'problem' : 'problems'} to fix.`;
		if (!this.needsCredential) return 'Nothing to fix was found. The tokens of callers were not checked.';
		if (zonesChecked === 0) return 'Nothing to fix was found, but no zone was checked: name one with --zone.';
		if (this.findings.some(({ about, state }) => about === 'purge' && state === 'ok'))
			return 'Ready: the tools will work, and a purge was accepted.';
		const canPurge = allowed.some(({ permission }) => permission === 'Cache Purge');
		return canPurge
			? 'Ready, as far as reads can tell. doctor --try also shows the right to purge.'
			: 'Ready: the tools that are allowed will work.';
	}
}
