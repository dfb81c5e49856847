/** Shows what the cache did: the figures, the hit ratio over time, the statuses, the paths that it did not serve, and the last purges. */
import { formatBytes, formatNumber, formatPercent } from '../../base/amounts.js';
import type { Analytics } from '../../operations/analytics/figures.js';
import { html, section } from './elements.js';
import { showPlot } from './plot.js';
import { showPurges } from './purges.js';
import { type Fate, type StatusCount, toRatios, toStatuses } from './ratios.js';

/** The sections about traffic. */
export function showTraffic(analytics: Analytics): readonly (HTMLElement | undefined)[] {
	const { hours, series, statuses, uncached } = analytics;
	const points = toRatios(series);
	const hasPlot = points.some(({ ratio }) => ratio !== undefined);
	return [
		section('traffic', `Traffic of the last ${formatNumber(hours)} hours`, [
			html('dl', { class: 'figures' }, figuresOf(analytics).map(showFigure)),
			...(hasPlot
				? [html('h3', { text: 'Hit ratio over time (UTC)' }), ...showPlot(points)]
				: [html('p', { class: 'quiet', text: 'There were no eligible requests to plot.' })]),
		]),
		Object.keys(statuses).length > 0
			? section('statuses', 'What became of requests', [showStatuses(toStatuses(statuses)), showLegend()])
			: undefined,
		uncached.length > 0 ? section('uncached', 'Paths that the cache did not serve', [showPaths(uncached)]) : undefined,
		showPurges(analytics),
	];
}

interface Figure {
	readonly name: string;
	readonly value: string;
	readonly detail: string;
}

function figuresOf(analytics: Analytics): Figure[] {
	const {
		eligible,
		requests,
		bytes,
		hit_ratio: hits,
		ineligible_ratio: ineligible,
		reserve,
		sample_interval: interval,
	} = analytics;
	const sampled = interval === undefined ? '' : `sampled, 1 of about ${formatNumber(interval)}`;
	return [
		{
			name: 'Hit ratio',
			value: hits === undefined ? 'too few' : formatPercent(hits),
			detail: `of ${formatNumber(eligible)} eligible`,
		},
		{ name: 'Requests', value: formatNumber(requests), detail: sampled },
		{
			name: 'Not eligible',
			value: ineligible === undefined ? 'not known' : formatPercent(ineligible),
			detail: 'dynamic or bypass',
		},
		{ name: 'Sent', value: formatBytes(bytes), detail: 'to visitors' },
		...(reserve
			? [
					{
						name: 'Cache Reserve',
						value: `${reserve.usd_a_month.toFixed(2)} USD`,
						detail: `a month for ${formatBytes(reserve.stored_bytes)}, estimated`,
					},
				]
			: []),
	];
}

function showFigure({ name, value, detail }: Figure): HTMLElement {
	return html('div', {}, [
		html('dt', { text: name }),
		html('dd', { class: 'value', text: value }),
		...(detail ? [html('dd', { class: 'quiet', text: detail })] : []),
	]);
}

function showStatuses(counts: readonly StatusCount[]): HTMLElement {
	const total = counts.reduce((sum, { requests }) => sum + requests, 0);
	return html(
		'ul',
		{ class: 'bars' },
		counts.map(({ status, requests, fate }) =>
			showBar({ name: status, value: formatNumber(requests), share: requests / total, style: fate }),
		),
	);
}

const LEGEND: Readonly<Record<Fate, string>> = {
	served: 'served from the cache',
	fetched: 'fetched from the origin',
	ineligible: 'not eligible',
	other: 'other',
};

function showLegend(): HTMLElement {
	const entries = Object.entries(LEGEND).map(([fate, text]) =>
		html('li', {}, [html('span', { class: `bar ${fate}` }), html('span', { text })]),
	);
	return html('ul', { class: 'legend quiet', 'aria-label': 'Colors of the bars' }, entries);
}

/** One bar with its name and number. */
export function showBar({
	name,
	value,
	share,
	style,
}: {
	name: string;
	value: string;
	share: number;
	style: string;
}): HTMLElement {
	const bar = html('span', { class: `bar ${style}` });
	bar.style.width = `${Math.max(0.5, share * 100).toFixed(1)}%`;
	return html('li', {}, [
		html('span', { class: 'label', text: name }),
		html('span', { class: 'track', 'aria-hidden': 'true' }, [bar]),
		html('span', { class: 'number', text: value }),
	]);
}

function showPaths(paths: Analytics['uncached']): HTMLElement {
	const head = ['Path', 'Status', 'Requests', 'Bytes'].map((text) => html('th', { scope: 'col', text }));
	const rows = paths.map(({ host, path, status, requests, bytes }) =>
		html('tr', {}, [
			html('th', { scope: 'row', class: 'path' }, [
				html('span', { class: 'quiet', text: host }),
				html('span', { text: path }),
			]),
			html('td', { text: status }),
			html('td', { text: formatNumber(requests) }),
			html('td', { text: formatBytes(bytes) }),
		]),
	);
	return html(
		'div',
		{ class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Paths that the cache did not serve' },
		[html('table', {}, [html('thead', {}, [html('tr', {}, head)]), html('tbody', {}, rows)])],
	);
}
