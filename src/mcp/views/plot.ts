/** Plots the hit ratio over time, with the numbers as a table for those who do not see the plot. */
import { formatNumber, formatPercent } from '../../base/amounts.js';
import { fitted, html, svg } from './elements.js';
import type { RatioPoint } from './ratios.js';
import { formatTime } from './words.js';

const HEIGHT_PX = 190;
/** Room for the labels of both axes. */
const MARGIN_PX = { left: 44, right: 12, top: 22, bottom: 26 };
/** Width that a label of the time takes. */
const LABEL_PX = 74;

/** Where a point of the series stands. */
interface Scale {
	readonly width: number;
	x(index: number): number;
	y(ratio: number): number;
}

/** The plot and its table. */
export function showPlot(points: readonly RatioPoint[]): readonly HTMLElement[] {
	return [fitted((width) => drawPlot(points, width)), showTable(points)];
}

function drawPlot(points: readonly RatioPoint[], width: number): SVGSVGElement {
	const across = width - MARGIN_PX.left - MARGIN_PX.right;
	const up = HEIGHT_PX - MARGIN_PX.top - MARGIN_PX.bottom;
	const scale: Scale = {
		width,
		x: (index) => MARGIN_PX.left + (points.length < 2 ? across / 2 : (index / (points.length - 1)) * across),
		y: (ratio) => MARGIN_PX.top + (1 - ratio) * up,
	};
	const known = points.flatMap(({ ratio }) => ratio ?? []);
	const label = `Hit ratio over time, from ${formatPercent(Math.min(...known))} to ${formatPercent(Math.max(...known))}`;
	const plot = svg(
		'svg',
		{ viewBox: `0 0 ${width} ${HEIGHT_PX}`, width, height: HEIGHT_PX, role: 'img', 'aria-label': label, class: 'plot' },
		[...drawGrid(scale), ...drawTimes(points, scale), ...runsOf(points).flatMap((run) => drawRun(run, points, scale))],
	);
	addReading(plot, points, scale);
	return plot;
}

function drawGrid({ width, y }: Scale): SVGElement[] {
	return [0, 0.5, 1].flatMap((ratio) => [
		svg('path', { class: 'grid', d: `M${MARGIN_PX.left} ${y(ratio)}H${width - MARGIN_PX.right}` }),
		svg('text', {
			class: 'axis',
			x: MARGIN_PX.left - 8,
			y: y(ratio) + 4,
			'text-anchor': 'end',
			text: `${ratio * 100} %`,
		}),
	]);
}

function drawTimes(points: readonly RatioPoint[], { width, x }: Scale): SVGElement[] {
	const every = Math.max(1, Math.ceil((points.length * LABEL_PX) / width));
	return points.flatMap(({ time }, index) =>
		index % every === 0 && x(index) < width - LABEL_PX / 3
			? [
					svg('text', {
						class: 'axis',
						x: x(index),
						y: HEIGHT_PX - 6,
						'text-anchor': 'middle',
						text: formatTime(time),
					}),
				]
			: [],
	);
}

/** The indices of points that follow each other without a gap. */
function runsOf(points: readonly RatioPoint[]): number[][] {
	const runs: number[][] = [[]];
	for (const [index, { ratio }] of points.entries())
		if (ratio === undefined) runs.push([]);
		else runs.at(-1)?.push(index);
	return runs.filter((run) => run.length > 0);
}

function drawRun(run: readonly number[], points: readonly RatioPoint[], { x, y }: Scale): SVGElement[] {
	const line = run.map((index) => `${x(index).toFixed(1)} ${y(points[index]?.ratio ?? 0).toFixed(1)}`).join('L');
	const [first = 0, last = 0] = [run[0], run.at(-1)];
	if (run.length === 1) return [svg('circle', { class: 'dot', cx: x(first), cy: y(points[first]?.ratio ?? 0), r: 3 })];
	return [
		svg('path', { class: 'area', d: `M${x(first)} ${y(0)}L${line}L${x(last)} ${y(0)}Z` }),
		svg('path', { class: 'curve', d: `M${line}` }),
	];
}

/** Shows the numbers of the point under the pointer. The table has them for the keyboard. */
function addReading(plot: SVGSVGElement, points: readonly RatioPoint[], { width, x, y }: Scale): void {
	const dot = svg('circle', { class: 'dot', r: 4 });
	const words = svg('text', { class: 'reading', y: 12 });
	plot.addEventListener('pointerleave', () => {
		dot.remove();
		words.remove();
	});
	plot.addEventListener('pointermove', ({ clientX }) => {
		const across = (clientX - plot.getBoundingClientRect().left - x(0)) / Math.max(1, x(points.length - 1) - x(0));
		const index = Math.round(Math.min(1, Math.max(0, across)) * (points.length - 1));
		const point = points[index];
		if (point?.ratio === undefined) return;
		dot.setAttribute('cx', String(x(index)));
		dot.setAttribute('cy', String(y(point.ratio)));
		words.setAttribute('x', String(Math.min(width - 110, Math.max(110, x(index)))));
		words.setAttribute('text-anchor', 'middle');
		words.textContent = `${formatTime(point.time)} · ${formatPercent(point.ratio)} of the eligible`;
		plot.append(dot, words);
	});
}

function showTable(points: readonly RatioPoint[]): HTMLElement {
	const cells = ({ time, ratio, requests }: RatioPoint) => [
		html('th', { scope: 'row', text: formatTime(time) }),
		html('td', { text: ratio === undefined ? 'none eligible' : formatPercent(ratio) }),
		html('td', { text: formatNumber(requests) }),
	];
	const head = ['Time (UTC)', 'Hit ratio', 'Requests'].map((text) => html('th', { scope: 'col', text }));
	return html('details', {}, [
		html('summary', { text: 'Numbers of the plot' }),
		html('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Numbers of the plot' }, [
			html('table', {}, [
				html('thead', {}, [html('tr', {}, head)]),
				html(
					'tbody',
					{},
					points.map((point) => html('tr', {}, cells(point))),
				),
			]),
		]),
	]);
}
