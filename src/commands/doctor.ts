/** Reports whether the configured tools would work, and what to fix. */
import type { Product } from '../compose.js';
import type { Config } from '../config/config.js';
import { DoctorChecks } from './doctor-checks.js';
import { describeEnvironment } from './doctor-environment.js';
import type { Finding } from './doctor-finding.js';

/** What the doctor looks at beside the product. */
interface DoctorOptions {
	readonly config: Config;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** The time of this machine, in milliseconds since 1970. */
	now(): number;
}

/** Checks everything and returns the report and the exit code: 0 only when there is nothing to fix. */
export async function runDoctor(
	product: Product,
	{ config, env, now }: DoctorOptions,
): Promise<{ text: string; code: 0 | 1 }> {
	const findings = [...describeEnvironment(config, env), ...(await new DoctorChecks(product, config, now).run())];
	const problems = findings.filter(({ mark }) => mark === 'FIX').length;
	const lines = [...findings.map(formatFinding), '', formatVerdict(problems), ''];
	return { text: product.deps.toOutput(lines.join('\n')), code: problems === 0 ? 0 : 1 };
}

function formatFinding({ mark, text }: Finding): string {
	return `${mark.padEnd(4)}${text}`;
}

function formatVerdict(problems: number): string {
	if (problems === 0) return 'The configured tools should work. These checks only read.';
	return problems === 1 ? '1 problem to fix, marked FIX.' : `${problems} problems to fix, marked FIX.`;
}
