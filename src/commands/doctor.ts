/** Reports whether the configured tools would work, and what to fix. */
import type { Product } from '../compose.js';
import { checkProduct, type Finding } from './doctor-checks.js';

/** Checks everything and returns the report and the exit code: 0 only when there is nothing to fix. */
export async function runDoctor(product: Product, now: () => number): Promise<{ text: string; code: 0 | 1 }> {
	const findings = await checkProduct(product, now);
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
