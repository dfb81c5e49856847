/** Draws the README's pictures as SVG: an excerpt of the demo's session, and the steps of a call. Pure. */

/** Folder of the pictures. The README shows them from there; the npm package leaves them out. */
export const PICTURES = 'src/build/pictures';

/** A step of every call. */
interface CallStep {
	readonly title: string;
	readonly detail: readonly string[];
	/** What ends the call at this step, before anything is sent. */
	readonly ends?: string;
}

const STEPS: readonly CallStep[] = [
	{ title: 'Arguments', detail: ['strict: every', 'value is checked'], ends: 'unknown or malformed value' },
	{ title: 'Permission', detail: ['--read-only', '--tools, --zones'], ends: 'tool or zone not allowed' },
	{ title: 'Zone', detail: ['one exact match,', 'used by its id'], ends: 'none, or more than one' },
	{ title: 'Plan', detail: ['requests, counts,', 'current value'], ends: 'dry_run: true' },
	{ title: 'Consent', detail: ['the user types', 'the zone name'], ends: 'anything else typed' },
	{ title: 'Send', detail: ['paced, audited,', 'safely retried'] },
];

const WIDTH = 880;
const STYLE = `<style>
	text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; }
	.card { fill: #f6f8fa; stroke: #d0d7de; } .box { fill: #ffffff; stroke: #57606a; }
	.call { fill: #0550ae; } .form, .title { font-weight: 600; } .form { fill: #9a5b00; } .quiet { fill: #57606a; }
	.end { fill: #b42318; } .line { stroke: #57606a; fill: none; stroke-width: 1.5; } .small { font-size: 11px; }
	@media (prefers-color-scheme: dark) {
		text { fill: #e6edf3; } .card { fill: #161b22; stroke: #30363d; } .box { fill: #0d1117; stroke: #8b949e; }
		.call { fill: #79c0ff; } .form { fill: #e3b341; } .quiet { fill: #8b949e; } .end { fill: #ff7b72; } .line { stroke: #8b949e; }
	}
</style>`;

/** Characters that fit into one line of the session at 13 px. */
const LINE_LENGTH = 104;
const LINE_HEIGHT_PX = 20;

/** The session as a terminal. `excerpt` is the demo's own output; long lines continue on the next one. */
export function drawSession(excerpt: string): string {
	const lines = excerpt.trimEnd().split('\n').flatMap(wrapLine);
	const rows = lines.map(({ text, style }, index) => printText(24, 40 + index * LINE_HEIGHT_PX, style, text));
	const label = 'A session: an assistant calls tools, the server asks for consent and refuses what is wrong';
	return printSvg(lines.length * LINE_HEIGHT_PX + 44, label, rows);
}

/** The way of a call from the assistant to Cloudflare, with what ends it at each step. */
export function drawCall(): string {
	const [width, gap, top] = [132, 12, 56];
	const boxes = STEPS.flatMap(({ title, detail, ends = '' }, index) => {
		const left = 14 + index * (width + gap);
		return [
			`<rect class="box" x="${left}" y="${top}" width="${width}" height="84" rx="6"/>`,
			printText(left + 10, top + 24, 'title', title),
			...detail.map((text, row) => printText(left + 10, top + 46 + row * 18, 'small', text)),
			...(index > 0 ? [`<path class="line" d="M${left - gap} ${top + 42} h${gap}"/>`] : []),
			...(ends ? [`<path class="line" d="M${left + 10} ${top + 84} v16"/>`] : []),
			...breakWords(ends, 18).map((text, row) => printText(left + 4, top + 116 + row * 16, 'end small', text)),
		];
	});
	return printSvg(232, `The steps of a call: ${STEPS.map(({ title }) => title).join(', ')}`, [
		printText(14, 32, 'call', 'assistant →'),
		printText(WIDTH - 114, 32, 'call', '→ Cloudflare'),
		...boxes,
		printText(
			14,
			220,
			'quiet small',
			'Red ends the call before anything is sent. Each answer: what happened, whether anything changed, what to do next.',
		),
	]);
}

/** One line of the demo as lines that fit, with the style that its first characters call for. */
function wrapLine(line: string): { text: string; style: string }[] {
	const indent = /^ */.exec(line)?.[0] ?? '';
	const style = /^\s*→/.test(line) ? 'call' : /^\s*[┌│└]/.test(line) ? 'form' : indent === '' ? 'title' : 'plain';
	return breakWords(line.trimStart(), LINE_LENGTH - indent.length).map((text, row) => ({
		text: indent + (row > 0 ? (style === 'form' ? '│ ' : '  ') : '') + text,
		style,
	}));
}

function breakWords(text: string, length: number): string[] {
	const lines = [''];
	for (const word of text.split(' ')) {
		const line = lines.at(-1) ?? '';
		if (line !== '' && line.length + word.length + 1 > length) lines.push(word);
		else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
	}
	return lines;
}

function printText(x: number, y: number, style: string, text: string): string {
	return `<text class="${style}" x="${x}" y="${y}" xml:space="preserve">${escapeXml(text)}</text>`;
}

function printSvg(height: number, label: string, parts: readonly string[]): string {
	const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(label)}">`;
	const card = `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`;
	return [head, STYLE, card, ...parts, '</svg>', ''].join('\n');
}

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
