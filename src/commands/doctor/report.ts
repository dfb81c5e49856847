/** Formats what the doctor found: the verdict first, then problems, notes, and what is in order. Pure. */

import type { Finding } from './finding.js';
import { styleText } from './style.js';

/** The whole result. */
export interface Report {
	readonly verdict: string;
	readonly findings: readonly Finding[];
}

const LABELS = { fix: 'FIX', note: 'note', ok: 'ok' } as const;
const WIDTH = 6;

/** Lines for a reader. States are words, and colours only repeat them. */
export function formatText({ verdict, findings }: Report, colour: boolean): string {
	const paint = styleText(colour);
	const groups = (['fix', 'note', 'ok'] as const).map((state) => findings.filter((one) => one.state === state));
	const lines = groups
		.filter((group) => group.length > 0)
		.flatMap((group) => [
			'',
			...group.flatMap(({ state, text, next }) => [
				`${paint(state, LABELS[state])}${' '.repeat(WIDTH - LABELS[state].length)}${text}`,
				...next.map((line) => `${' '.repeat(WIDTH)}→ ${line}`),
			]),
		]);
	return [paint('verdict', verdict), ...lines, ''].join('\n');
}

/** One JSON document for programs. */
export function formatJson({ verdict, findings }: Report): string {
	const problems = findings.filter(({ state }) => state === 'fix').length;
	const shown = findings.map(({ next, ...rest }) => ({ ...rest, ...(next.length > 0 && { next }) }));
	return `${JSON.stringify({ status: problems === 0 ? 'ready' : 'not_ready', verdict, problems, findings: shown }, null, 2)}\n`;
}
