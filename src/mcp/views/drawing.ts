/** Draws the way of a request through the tiers: those that it passes on one line, and an arc around those that are off. */
import { html, svg } from './elements.js';
import { isPassed, STATE_WORDS, type Tier } from './tiers.js';
import { breakWords } from './words.js';

/** Icons in a square of 24 pixels. */
const ICONS: Readonly<Record<Tier['key'], string>> = {
	visitor: 'M12 12a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM4 20.5c.8-4 4-6 8-6s7.2 2 8 6',
	lower:
		'M12 21.5s7-6.2 7-11.5a7 7 0 0 0-14 0c0 5.300 7 11.500 7 11.500zM12 12.500a2.500 2.500 0 1 0 0-5a2.500 2.500 0 0 0 0 5z',
	regional:
		'M12 15a3 3 0 1 0 0-6a3 3 0 0 0 0 6zM12 9V3.500M12 20.500V15M14.600 10.500l4.900-2.800M4.500 16.300l4.900-2.800M9.400 10.500L4.500 7.700M19.500 16.300l-4.900-2.800',
	upper:
		'M12 3.500l8.500 4.500l-8.500 4.500l-8.500-4.500zM3.500 12l8.500 4.500l8.500-4.500M3.500 16l8.500 4.500l8.500-4.500',
	reserve:
		'M4.500 6.500c0-1.700 3.400-3 7.500-3s7.500 1.300 7.500 3s-3.400 3-7.500 3s-7.500-1.300-7.500-3zM4.500 6.500v11c0 1.700 3.400 3 7.500 3s7.500-1.300 7.500-3v-11M4.500 12c0 1.700 3.400 3 7.500 3s7.500-1.300 7.500-3',
	origin: 'M4 4.500h16v6h-16zM4 13.500h16v6h-16zM7.500 7.500h.1M7.500 16.500h.1M11 7.500h5.500M11 16.500h5.500',
};

/** Below this width in pixels the way goes from top to bottom. */
const MIN_ACROSS_PX = 600;
const [RADIUS, ARC] = [24, 34];
/** Characters of 11 pixels that fit under a station. */
const LABEL_CHARACTERS = 18;

/** Where the stations stand, and which way the line goes. */
interface Layout {
	readonly isDown: boolean;
	readonly step: number;
	/** The point at a distance along the line and beside it. */
	at(along: number, beside: number): string;
}

/** The drawing for a width in pixels. Its words are said by {@link listTiers}, so that readers of a screen skip it. */
export function drawTiers(tiers: readonly Tier[], width: number): SVGSVGElement {
	const isDown = width < MIN_ACROSS_PX;
	const step = isDown ? 78 : width / tiers.length;
	const start = isDown ? RADIUS + 4 : step / 2;
	const line = isDown ? ARC + RADIUS + 6 : ARC + RADIUS + 2;
	const at = (along: number, beside: number) =>
		isDown ? `${line - beside} ${start + along}` : `${start + along} ${line - beside}`;
	const layout: Layout = { isDown, step, at };
	const height = isDown ? step * (tiers.length - 1) + 2 * RADIUS + 8 : line + RADIUS + 78;
	return svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': true, class: 'way' }, [
		...drawLines(tiers, layout),
		...tiers.map((tier, index) => drawStation(tier, index * step, layout)),
	]);
}

/** The same as a list for readers of a screen. */
export function listTiers(tiers: readonly Tier[]): HTMLElement {
	const sayTier = (tier: Tier) => [tier.name, STATE_WORDS[tier.state], tier.detail].filter(Boolean).join(', ');
	return html(
		'ol',
		{ class: 'unseen', 'aria-label': 'The way of a request' },
		tiers.map((tier) => html('li', { text: sayTier(tier) })),
	);
}

/** The line that requests take, and the one that they would take if every tier were on. */
function drawLines(tiers: readonly Tier[], { step, at }: Layout): SVGElement[] {
	const passed = tiers.flatMap((tier, index) => (isPassed(tier) ? [index] : []));
	const whole = svg('path', { class: 'possible', d: `M${at(0, 0)}L${at((tiers.length - 1) * step, 0)}` });
	const taken = passed.slice(1).map((to, nth) => {
		const from = passed[nth] ?? 0;
		return svg('path', { class: 'taken', d: from + 1 === to ? straight(from, to) : around(from, to) });
	});
	return [whole, ...taken];

	function straight(from: number, to: number): string {
		return `M${at(from * step + RADIUS, 0)}L${at(to * step - RADIUS, 0)}`;
	}

	function around(from: number, to: number): string {
		const [start, end] = [from * step, to * step];
		const bend = step / 2;
		return [
			`M${at(start + RADIUS, 0)}`,
			`C${at(start + bend, 0)} ${at(start + bend * 0.9, ARC)} ${at(start + bend * 1.6, ARC)}`,
			`L${at(end - bend * 1.6, ARC)}`,
			`C${at(end - bend * 0.9, ARC)} ${at(end - bend, 0)} ${at(end - RADIUS, 0)}`,
		].join('');
	}
}

function drawStation(tier: Tier, along: number, { at, isDown }: Layout): SVGElement {
	const [x = 0, y = 0] = at(along, 0).split(' ').map(Number);
	const state = STATE_WORDS[tier.state];
	const rows = [
		{ style: 'name', text: tier.name },
		...(state ? [{ style: `state ${tier.state}`, text: state }] : []),
		...cutDetail(tier.detail, { isDown, most: (isDown ? 2 : 3) - (state ? 1 : 0) }).map((text) => ({
			style: 'detail',
			text,
		})),
	];
	const [left, top, anchor] = isDown
		? [x + RADIUS + 14, y + 5 - (rows.length - 1) * 8, 'start']
		: [x, y + RADIUS + 22, 'middle'];
	return svg('g', { class: `station ${tier.state}` }, [
		svg('circle', { cx: x, cy: y, r: RADIUS }),
		svg('path', { class: 'icon', d: ICONS[tier.key], transform: `translate(${x - 12} ${y - 12})` }),
		...rows.map(({ style, text }, row) =>
			svg('text', { class: style, x: left, y: top + row * 17, 'text-anchor': anchor, text }),
		),
	]);
}

/** The detail in lines that fit beside a station. The list for readers of a screen has all of it. */
function cutDetail(detail: string, { isDown, most }: { isDown: boolean; most: number }): string[] {
	const lines = breakWords(detail, isDown ? 2 * LABEL_CHARACTERS : LABEL_CHARACTERS);
	if (lines.length <= most) return lines;
	return [...lines.slice(0, most - 1), `${lines[most - 1]} …`];
}
