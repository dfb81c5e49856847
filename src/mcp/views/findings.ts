/** Shows what is wrong in the settings of a zone, each with a button that asks for the change that mends it. */
import type { Finding } from '../../operations/overview/findings.js';
import { SEVERITIES } from '../../operations/overview/severities.js';
import { html, section } from './elements.js';

/** The style of each severity. */
const STYLES = { 1: 'broken', 2: 'costly', 3: 'useless', 4: 'hint' } as const;

/** Asks for the call that mends a finding. */
type Mend = (finding: Finding, fix: NonNullable<Finding['fix']>) => Promise<void>;

/** The findings, worst first, as the server orders them. Without `mend` they have no buttons, because the host calls no tools. */
export function showFindings(findings: readonly Finding[], mend: Mend | undefined): HTMLElement {
	if (findings.length === 0)
		return section('findings', 'Findings', [
			html('p', { class: 'fine', text: 'Nothing to mend in what could be read.' }),
		]);
	return section('findings', `Findings (${findings.length})`, [
		html(
			'ul',
			{ class: 'findings' },
			findings.map((finding) => showFinding(finding, mend)),
		),
	]);
}

function showFinding(finding: Finding, mend: Mend | undefined): HTMLElement {
	const { severity, finding: text, fix } = finding;
	return html('li', { class: STYLES[severity] }, [
		html('div', { class: 'words' }, [
			html('p', {}, [html('span', { class: 'badge', text: SEVERITIES[severity] }), html('span', { text })]),
			fix && html('p', { class: 'quiet' }, [html('code', { text: printCall(fix) })]),
		]),
		fix && mend ? showButton(text, () => mend(finding, fix)) : undefined,
	]);
}

/** A button that waits for what it has begun. It stays focusable meanwhile, so that the keyboard keeps its place. */
function showButton(finding: string, mend: () => Promise<void>): HTMLElement {
	const button = html('button', {
		type: 'button',
		class: 'fix',
		text: 'Fix…',
		'aria-label': `Fix… ${finding}`,
		onclick: () => {
			if (button.getAttribute('aria-disabled') === 'true') return;
			setBusy(true);
			const end = () => setBusy(false);
			mend().then(end, end);
		},
	});
	const setBusy = (isBusy: boolean) => {
		button.setAttribute('aria-disabled', String(isBusy));
		button.textContent = isBusy ? 'Asking…' : 'Fix…';
	};
	return button;
}

/** The call in words, such as `tiered_cache_edit, value: on`. */
function printCall({ tool, arguments: args }: NonNullable<Finding['fix']>): string {
	const values = Object.entries(args).map(
		([name, value]) => `, ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
	);
	return tool + values.join('');
}
