/** Draws the results of cache_overview and cache_analytics with the characters of a terminal, as the view does elsewhere. Pure. */
import { formatNumber, formatPercent } from '../base/amounts.js';
import { type Content, readContent, readRegions } from '../mcp/views/content.js';
import { type Fate, mergeSteps, toRatios, toStatuses } from '../mcp/views/ratios.js';
import { isPassed, STATE_WORDS, type Tier, toTiers } from '../mcp/views/tiers.js';
import { breakWords, formatTime } from '../mcp/views/words.js';
import { styleText } from './doctor/style.js';

/** Lines of the drawing are at most 80 characters long. */
const INDENT = '  ';
const MAX_POINTS = 76;
const BAR_LENGTH = 40;
/** Blanks between two stations. */
const GAP = 3;
/** Room for the words about the last one. */
const LAST_LENGTH = 11;
const LEVELS = '▁▂▃▄▅▆▇█';

type Paint = ReturnType<typeof styleText>;

/** The drawing of a tool's structured content; empty where there is nothing to draw. */
export function drawResult(structured: unknown, colour: boolean): string {
	const { facts, analytics } = readContent(structured);
	const paint = styleText(colour);
	const lines = facts
		? [...drawTiers(toTiers(facts), paint), ...drawRegions(facts, paint)]
		: analytics
			? [...drawRatios(analytics), ...drawStatuses(analytics, paint)]
			: [];
	return lines.length > 0 ? `\n${lines.map((line) => line.trimEnd()).join('\n')}\n` : '';
}

/** The stations in columns. A thick line joins those that requests pass. */
function drawTiers(tiers: readonly Tier[], paint: Paint): string[] {
	const columns = tiers.map((tier, index) => {
		const width = index < tiers.length - 1 ? tier.name.length + GAP : LAST_LENGTH;
		return {
			tier,
			width,
			words: [
				tier.name,
				STATE_WORDS[tier.state],
				...breakWords(tier.detail, index < tiers.length - 1 ? width - 1 : width),
			].filter(Boolean),
		};
	});
	const track = columns.map(({ tier, width }, index) => {
		const next = tiers[index + 1];
		const isJoined = isPassed(tier) && next !== undefined && isPassed(next);
		const line = next ? (isJoined ? '━' : '╌').repeat(width - 1) : '';
		if (!isPassed(tier)) return `○${line}`;
		return isJoined ? paint('ok', `●${line}`) : paint('ok', '●') + line;
	});
	const rows = Math.max(...columns.map(({ words }) => words.length));
	const words = Array.from({ length: rows }, (_, row) =>
		columns.map(({ words: own, width }) => (own[row] ?? '').padEnd(width)).join(''),
	);
	return [track.join(''), ...words].map((line) => INDENT + line);
}

function drawRegions(facts: NonNullable<Content['facts']>, paint: Paint): string[] {
	const regions = readRegions(facts);
	const most = Math.max(...regions.map(({ origins }) => origins));
	const rows = regions.map(({ vendor, region, origins }) =>
		drawBar({ name: `${vendor} ${region}`, share: origins / most, words: formatNumber(origins) }, paint),
	);
	return rows.length > 0 ? ['', 'Origins by cloud region:', ...rows] : [];
}

function drawRatios({ series }: NonNullable<Content['analytics']>): string[] {
	const points = toRatios(mergeSteps(series, MAX_POINTS));
	const known = points.flatMap(({ ratio }) => ratio ?? []);
	const [first, last] = [points[0], points.at(-1)];
	if (known.length === 0 || !first || !last) return [];
	const line = points.map(({ ratio }) => (ratio === undefined ? ' ' : LEVELS[Math.round(ratio * (LEVELS.length - 1))]));
	const range = `lowest ${formatPercent(Math.min(...known))}, highest ${formatPercent(Math.max(...known))}`;
	return [
		`Hit ratio from ${formatTime(first.time)} to ${formatTime(last.time)} UTC, ${range}:`,
		INDENT + line.join(''),
		'',
	];
}

function drawStatuses({ statuses }: NonNullable<Content['analytics']>, paint: Paint): string[] {
	const counts = toStatuses(statuses);
	const total = counts.reduce((sum, { requests }) => sum + requests, 0);
	const rows = counts.map(({ status, requests, fate }) => {
		const share = requests / total;
		return drawBar({ name: status, share, words: `${formatNumber(requests)}  ${formatPercent(share)}`, fate }, paint);
	});
	return rows.length > 0 ? ['Requests by cache status:', ...rows] : [];
}

const ROLES: Partial<Record<Fate, Parameters<Paint>[0]>> = { served: 'ok', fetched: 'note' };

/** A name, a bar of that share of the longest, and a number. A name from outside cannot break the line. */
function drawBar(
	{ name, share, words, fate = 'served' }: { name: string; share: number; words: string; fate?: Fate },
	paint: Paint,
): string {
	const role = ROLES[fate];
	const bar = '█'.repeat(Math.max(1, Math.round(share * BAR_LENGTH)));
	return `${INDENT}${name.slice(0, 16).padEnd(17)}${role ? paint(role, bar) : bar} ${words}`;
}
