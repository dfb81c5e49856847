/** Asks the doctor in this process, against an API of the test. */
import { homedir } from 'node:os';
import { runDoctor } from '../../../src/commands/doctor/doctor.js';
import type { Platform } from '../../../src/commands/install/client.js';
import { type Config, readConfig } from '../../../src/config/config.js';
import { createVirtualClock } from '../../support/clock.js';
import { temporaryFolder } from '../../support/files.js';

/** One finding of the report in JSON. */
interface Finding {
	about: string;
	state: 'ok' | 'fix' | 'note';
	text: string;
	next?: string[];
}

interface AskOptions {
	env?: Record<string, string>;
	now?: () => number;
	colour?: boolean;
	nodeVersion?: string;
	/** Replaces facts of the machine. Without it, no client is there. */
	platform?: Partial<Platform>;
}

/** Asks the doctor. Its report is text, unless the flags ask for JSON. */
export async function ask(flags: readonly string[], upstream: string, options: AskOptions = {}) {
	const { now = Date.now, colour = false, nodeVersion = process.versions.node } = options;
	const env = {
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: upstream,
		CF_CACHE_STATE_DIR: temporaryFolder(),
		...options.env,
	};
	const platform: Platform = {
		os: process.platform,
		env,
		home: homedir(),
		cwd: process.cwd(),
		node: process.execPath,
		script: '/clone/dist/cli.js',
		exists: () => false,
		...options.platform,
	};
	const config = readConfig(['doctor', ...flags], env) as Config;
	return runDoctor(config, { platform, nodeVersion, colour, now, clock: createVirtualClock() });
}

/** Asks for JSON and takes it apart. */
export async function askForJson(flags: readonly string[], upstream: string, options: AskOptions = {}) {
	const { text, code } = await ask([...flags, '--json'], upstream, options);
	const report = JSON.parse(text) as { status: string; verdict: string; problems: number; findings: Finding[] };
	const of = (about: string) => report.findings.filter((one) => one.about === about);
	return { code, ...report, of, problem: report.findings.find(({ state }) => state === 'fix') };
}
